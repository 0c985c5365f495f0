"""gl.compile: a function, traced once per signature, optimised, and run by a backend."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, final

import numpy as np

from gradloom.backends.backend import Backend
from gradloom.frontend.collecting import rarely
from gradloom.frontend.contents import Contents
from gradloom.frontend.devices import current_device
from gradloom.frontend.drawn import Drawn
from gradloom.frontend.entries import (
    Entry,
    Miss,
    described,
    fast_call,
    foreign_type,
    hidden_fit,
    key_of,
    layouts_of,
    leaf_key,
    static_objects,
    why,
)
from gradloom.frontend.environment import scan
from gradloom.frontend.guards import checker, reader
from gradloom.frontend.progress import progress
from gradloom.frontend.record import Writes, name_of
from gradloom.frontend.run import native as as_native
from gradloom.frontend.run import owned
from gradloom.frontend.signature import Leaf, flatten, leaf_of, rebuild, restore, unflatten
from gradloom.frontend.spec import ShapeDtypeStruct
from gradloom.frontend.stateful import record_call
from gradloom.frontend.statics import statics_of
from gradloom.frontend.target import target
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import ArgumentError, CallError, NotSupported, TraceError
from gradloom.ir.graph import Graph
from gradloom.ir.ops.called import require_numbers
from gradloom.passes import pipeline as pipelines

if TYPE_CHECKING:
    from gradloom.runtime.remote import Remote

_MANY: Final = 8
"""Programs for one static argument's values after which the compiler says which one it is."""


class Retracing(UserWarning):
    """A static argument takes so many values that compiling costs more than it saves."""


@final
class Compiled:
    """A compiled function; see `compile`."""

    def __init__(
        self, f: Callable[..., Any], backend: Backend | Remote, options: dict[str, Any]
    ) -> None:
        functools.update_wrapper(self, f, updated=())
        self._f = f
        self._backend = backend
        self._options = options
        self._statics = statics_of(f, options["static_argnums"], options["static_argnames"])
        self._entries: list[Entry] = []
        self._settled: dict[str, int] = {}
        self._lock = threading.RLock()
        self._fast: Callable[[tuple[Any, ...]], Any] | None = None

    @property
    def backend(self) -> str:
        """The backend's name."""
        return self._backend.name

    @property
    def history(self) -> tuple[Any, ...]:
        """`(pass, graph, seconds)` of the last compilation."""
        return self._entries[-1].history if self._entries else ()

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's result, by the program for these arguments."""
        fast = self._fast
        if fast is not None and not kwargs and current_trace() is None:
            try:
                return fast(args)
            except Miss:
                pass
        if current_trace() is not None:
            return self._f(*args, **kwargs)
        return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        leaves, tree = flatten((args, kwargs))
        native = any(self._is_foreign(x) for x in leaves)
        inputs = self._inputs(args, kwargs, leaves)
        entry = self._entry(key_of(tree, inputs), args, kwargs, leaves, inputs)
        arrays = [x for x, leaf in zip(leaves, inputs, strict=True) if leaf.type is not None]
        written = entry.recorded.written
        if written is None:
            return self._run(entry, arrays, native)
        hidden = entry.hidden()
        written.require(leaves, hidden)
        return written.apply(self._run(entry, arrays, native), leaves, (args, kwargs), hidden)

    def _run(self, entry: Entry, arrays: Sequence[Any], native: bool) -> Any:
        given = [*arrays, *entry.hidden(), *entry.keys()]
        if native or self._options.get("native"):
            run = entry.program.main if self._options.get("native") else entry.program
            outs = run(
                *[
                    x if self._is_foreign(x) else self._backend.from_numpy(np.asarray(x))
                    for x in given
                ]
            )
            return rebuild(entry.recorded.signature, outs, lambda value, leaf: value)
        own = as_native(entry.graph, given)
        return rebuild(entry.recorded.signature, owned(entry.run(*own), own), restore)

    def _inputs(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], leaves: Sequence[Any]
    ) -> list[Leaf]:
        static = self._statics.marks(args, kwargs)
        out = []
        for x, fixed in zip(leaves, static, strict=True):
            out.append(
                Leaf(None, static=x)
                if fixed
                else Leaf(foreign_type(x))
                if self._is_foreign(x)
                else leaf_of(x)
            )
        return out

    def _is_foreign(self, x: Any) -> bool:
        """Whether `x` is a tensor of the backend's framework."""
        return not isinstance(x, np.ndarray | np.generic) and self._backend.is_native(x)

    # ---- finding and making programs -------------------------------------------------------------

    def _entry(
        self,
        key: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        leaves: Sequence[Any],
        inputs: list[Leaf],
    ) -> Entry:
        found = self._find(key, leaves)
        if found is not None:
            return found
        with self._lock:
            found = self._find(key, leaves)
            if found is None:
                reason = self._reason(key, inputs)
                doing = f"gradloom: tracing and compiling {name_of(self._f)} for {self.backend}"
                with rarely(), progress(doing):
                    found = self._make(key, args, kwargs, leaves, inputs, reason)
                self._entries = [*self._entries, found]
                self._warn_of_many(key)
                self._fast = self._fast_path(found, args, kwargs)
            return found

    def _find(self, key: Any, leaves: Sequence[Any]) -> Entry | None:
        for entry in reversed(self._entries):
            if entry.key == key and entry.fits() and hidden_fit(entry) and entry.lies(leaves):
                return entry
        return None

    def _make(
        self,
        key: Any,
        args: Any,
        kwargs: Any,
        leaves: Sequence[Any],
        inputs: list[Leaf],
        reason: str,
    ) -> Entry:
        environment = scan(self._f, static_objects(self._f, args, kwargs, inputs))
        drawn, then = Drawn(environment), Contents(environment, set(), {})
        static = [leaf.type is None for leaf in inputs]
        given = [
            leaf.type is not None and self._is_foreign(x)
            for x, leaf in zip(leaves, inputs, strict=True)
        ]
        if any(given):
            args, kwargs = self._as_specs(args, kwargs, inputs, given)
        writes: Writes = "returned" if self._options["mutation"] == "apply" else "refused"
        recorded = record_call(self._f, args, kwargs, static, environment, then, writes)
        drawn.warn()
        if recorded.signature.extra != len(recorded.extras) or any(
            type(x) is Tracer for x in recorded.extras
        ):
            raise TraceError(
                "a compiled function uses traced values of another trace",
                hint="pass them as arguments",
            )
        before = next(
            (e for e in self._entries if e.key == key and e.recorded.graph == recorded.graph), None
        )
        written = set(then.changed())  # by the function itself: it has to run at every call
        if before is not None:  # only contents changed, not the program: they were inputs alone
            for label in set(before.contents.changed()) - written:
                self._settled[label] = self._settled.get(label, 0) + 1
            self._entries = [e for e in self._entries if e is not before]
            graph, history, program, reason = (
                before.graph,
                before.history,
                before.program,
                before.reason,
            )
        else:
            graph, history = pipelines.run(recorded.graph, self._options["pipeline"] or "default")
            program = self._backend.build(graph, device=self._options["device"] or current_device())
        return Entry(
            key,
            tuple(inputs),
            environment,
            checker(environment),
            reader(environment, recorded.extras[: len(recorded.parts)], recorded.parts),
            then if written else Contents(environment, recorded.inputs, self._settled),
            recorded,
            graph,
            tuple(history),
            program,
            program.function if self._backend.name == "numpy" else program.numpy,
            reason,
            layouts_of((*leaves, *recorded.extras[: len(recorded.parts)]))
            if recorded.lays
            else None,
        )

    def _as_specs(
        self, args: Any, kwargs: Any, inputs: list[Leaf], native: list[bool]
    ) -> tuple[Any, Any]:
        leaves, tree = flatten((args, kwargs))
        specs = [
            ShapeDtypeStruct(leaf.type.shape, leaf.type.dtype) if n and leaf.type is not None else x
            for x, leaf, n in zip(leaves, inputs, native, strict=True)
        ]
        new_args, new_kwargs = unflatten(tree, specs)
        return new_args, new_kwargs

    def _fast_path(
        self, entry: Entry, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Callable[[tuple[Any, ...]], Any] | None:
        """A call with the least checking: plain positional arrays, numpy in and out."""
        leaves = entry.leaves
        given = (*args, *entry.recorded.extras)
        plain = not kwargs and all(type(x) is np.ndarray and x.dtype.isnative for x in given)
        if (
            not plain
            or len(args) != len(leaves)
            or any(leaf.type is None for leaf in leaves)
            or self._backend.name != "numpy"
            or self._options.get("native")
            or entry.recorded.written is not None
            or entry.layouts is not None
        ):
            return None
        outputs = entry.recorded.signature.outputs
        single = (
            len(outputs) == 1
            and entry.recorded.signature.out_tree.num_nodes == 1
            and outputs[0].type is not None
        )
        signature = entry.recorded.signature
        wrap = (
            (lambda outs: restore(outs[0], outputs[0]))
            if single
            else (lambda outs: rebuild(signature, outs, restore))
        )
        return fast_call(entry, wrap)

    # ---- saying why ------------------------------------------------------------------------------

    def _reason(self, key: Any, inputs: list[Leaf]) -> str:
        if not self._entries:
            return "first call"
        last = self._entries[-1]
        same = [e for e in self._entries if e.key == key]
        if same:
            return why(same[-1])
        if key[0] != last.key[0]:
            return "the arguments are structured differently"
        names = last.recorded.signature.names
        for name, old, new in zip(names, last.leaves, inputs, strict=False):
            if leaf_key(old) != leaf_key(new):
                return f"argument '{name}' was {described(old)} and is {described(new)}"
        return "another signature"

    def _warn_of_many(self, key: Any) -> None:
        shapes = [
            e
            for e in self._entries
            if e.key[0] == key[0]
            and [k for k in e.key[1] if k[0] != "static"] == [k for k in key[1] if k[0] != "static"]
        ]
        if len(shapes) == _MANY + 1:
            warnings.warn(
                f"{name_of(self._f)} was compiled {len(shapes)} times; "
                f"the last because {self._entries[-1].reason}. "
                "Pass such a value as an array (np.asarray(n)) to compile once",
                Retracing,
                stacklevel=4,
            )

    def explain(self) -> str:
        """Every compilation so far, and why it happened."""
        lines = [f"{name_of(self._f)}: {len(self._entries)} compiled for {self.backend}"]
        for i, entry in enumerate(self._entries):
            types = ", ".join(described(leaf) for leaf in entry.leaves)
            lines.append(f"  {i + 1}. ({types}): {entry.reason}")
            lines += [f"       {note}" for note in entry.graph.notes]
        return "\n".join(lines)

    def graph(self, *args: Any, **kwargs: Any) -> Graph:
        """The optimised graph for these arguments."""
        return self._entry_for(args, kwargs).graph

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The emitted program for these arguments."""
        return str(self._entry_for(args, kwargs).program.source)

    def arrays(self, *args: Any, **kwargs: Any) -> list[Any]:
        """What the graph for these arguments runs on: their arrays, hidden inputs, keys."""
        entry, leaves = self._entry_for(args, kwargs), flatten((args, kwargs))[0]
        own = [x for x, leaf in zip(leaves, entry.leaves, strict=True) if leaf.type is not None]
        return [*map(np.asarray, own), *entry.hidden(), *entry.keys()]

    def _entry_for(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Entry:
        leaves, tree = flatten((args, kwargs))
        inputs = self._inputs(args, kwargs, leaves)
        return self._entry(key_of(tree, inputs), args, kwargs, leaves, inputs)


def compile(
    f: Callable[..., Any] | None = None,
    backend: Any = "auto",
    *,
    static_argnums: Any = (),
    static_argnames: Any = (),
    pipeline: str | None = None,
    memory_budget: int | str | None = None,
    mesh: Any = None,
    in_shardings: Any = None,
    out_shardings: Any = None,
    device: str | None = None,
    mutation: Literal["apply", "refuse"] = "apply",
) -> Any:
    """`f`, traced once per signature of its arguments and run by a backend; also a decorator.

    numpy arrays in give numpy arrays out; a framework's own tensors in give its tensors out. Python
    ints, bools and strings are static: another value is another program. Arrays reached through
    globals, closures and `self` are read anew at every call. Arrays among the arguments that `f`
    changes in place are changed after the run (`mutation="refuse"`: a `TraceError`).
    `.graph(*args)`, `.source(*args)`, `.history`, `.backend` and `.explain()` show what was made.

    >>> import numpy as np
    >>> @compile(backend="numpy")
    ... def f(x):
    ...     return x * 2 + 1
    >>> f(np.array([1.0, 2.0]))
    array([3., 5.])
    """
    for name, value in (
        ("mesh", mesh),
        ("in_shardings", in_shardings),
        ("out_shardings", out_shardings),
    ):
        if value is not None:
            raise NotSupported(
                f"compile({name}=...) is still to come",
                hint="passes.sharding shards and simulates graphs today",
            )
    if mutation not in ("apply", "refuse"):
        raise ArgumentError(f"compile: mutation is 'apply' or 'refuse', not {mutation!r}")
    if memory_budget is not None:
        pipeline = f"{pipeline or 'default'},remat(budget={memory_budget})"
    options = {
        "static_argnums": static_argnums,
        "static_argnames": static_argnames,
        "pipeline": pipeline,
        "device": device,
        "mutation": mutation,
    }
    if f is None:
        return lambda g: compile(g, backend, **options)
    if not callable(f):
        raise CallError(f"compile wants a function, and got {type(f).__name__}")
    return Compiled(require_numbers(f, "compile"), target(backend), options)
