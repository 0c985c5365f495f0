"""Tracing a user's function into a graph with a signature."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal, final

import numpy as np

import gradloom.frontend.numpy.install  # noqa: F401  (gives the tracer its operators)
from gradloom.frontend import layouts
from gradloom.frontend.classes import meet
from gradloom.frontend.layouts import Layout
from gradloom.frontend.numpy import views
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.numpy.masked import resolved
from gradloom.frontend.parts import Part
from gradloom.frontend.random.generators import stand_in, stand_ins
from gradloom.frontend.random.sources import keys_for
from gradloom.frontend.returned import require_result
from gradloom.frontend.signature import Leaf, Signature, flatten, leaf_of, unflatten
from gradloom.frontend.spec import ShapeDtypeStruct
from gradloom.frontend.staging.convert import converter
from gradloom.frontend.staging.leaks import require_inside
from gradloom.frontend.staging.unset import require_set
from gradloom.frontend.state import Watch
from gradloom.frontend.tensors import refuse_tensors
from gradloom.frontend.trace import Keys, Trace, current_trace, tracing
from gradloom.frontend.tracer import Tracer, is_tracer
from gradloom.frontend.written import Written, refuse_state, with_state, written_by
from gradloom.ir.errors import GradloomError, TraceError
from gradloom.ir.graph import Graph, Operand, literal
from gradloom.ir.types import TensorType, tensor_type

Writes = Literal["refused", "forgotten", "returned"]
"""What becomes of arguments that are changed in place."""


@final
@dataclass(frozen=True, slots=True)
class Recorded:
    """A traced call: the graph, the values behind its extra parameters, and whether Python
    looked at a value.
    """

    graph: Graph
    extras: tuple[Any, ...]
    looked: bool
    parts: tuple[Part | None, ...] = ()
    """For each extra array that is a part of one with a path: which part."""
    draws: tuple[Any, ...] = ()
    """The sources of the keys that follow these arrays among the extras."""
    written: Written | None = None
    """The arguments that the function changes, where it changes any: then the result is `(its own,
    {name: changed})`.
    """
    lays: bool = False
    """Whether the program depends on how the arrays given lie in memory."""

    @property
    def signature(self) -> Signature:
        """The structure of arguments and results."""
        found: Signature = self.graph.signature
        return found

    @property
    def inputs(self) -> set[int]:
        """The arrays with paths that are inputs, whole or in part."""
        pairs = zip(self.extras, self.parts, strict=False)
        return {id(x) if part is None else part.base for x, part in pairs}


def record(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    active: Sequence[bool] | None = None,
    values: bool = True,
    paths: dict[int, str] | None = None,
    types: Sequence[TensorType | None] | None = None,
    static: Sequence[bool] | None = None,
    numbers: bool = False,
    hides: bool = True,
    keys: Keys = "drawn",
    writes: Writes = "refused",
    watch: Watch | None = None,
) -> Recorded:
    """Trace `f(*args, **kwargs)`.

    `active` marks leaves that are differentiated; `values`: Python may look at the arrays given;
    `paths` names arrays that become hidden inputs instead of constants; `types` replaces the
    leaves' types (vmap's slices); `static` marks leaves that are no inputs; `numbers`: Python ints
    and bools are traced too, not static. `hides=False`: arrays from outside are constants also
    where a trace around this one has them as inputs. `keys` says how keys come from numpy's
    generators: `drawn` now; `later`, with each call; `each`, one per example of a vmap; `baked`
    into the graph; or `refused`. `writes` says what becomes of changes of arguments in place: they
    are `refused`, `forgotten` (a derivative takes the values given), or `returned` as a second
    result. `watch`: the state that is put back, and becomes part of these changes.
    """
    leaves, in_tree = flatten((args, kwargs))
    fixed = [False] * len(leaves) if static is None else static
    inputs = [
        Leaf(None, static=x) if s else _number(x) if numbers and isinstance(x, int) else leaf_of(x)
        for x, s in zip(leaves, fixed, strict=True)
    ]
    names = leaf_names(f, args, kwargs)
    refuse_tensors(leaves, names)
    trace = Trace(name_of(f), current_trace(), paths)
    trace.hides, trace.keys = hides, keys if hides else "refused"
    around = trace.parent.converter if trace.parent is not None else None
    if around is not None or not values:
        trace.converter = around or converter()
    given: list[Any] = []
    for i, (x, leaf) in enumerate(zip(leaves, inputs, strict=True)):
        if leaf.type is None:
            given.append(stand_in(leaf.static))
            continue
        type = (types[i] if types is not None else None) or leaf.type
        kind = leaf.kind if type.shape == leaf.type.shape else ("array" if type.shape else "scalar")
        parameter = trace.parameter(type, names[i], _provider(x, trace) if values else None)
        if active is not None and active[i]:
            trace.active.add(parameter)
        made = Tracer(
            trace, parameter, kind, None, "" if writes != "refused" else f"argument '{names[i]}'"
        )
        made.layout, made.given = _layout(x, type), True
        given.append(made)
    new_args, new_kwargs = unflatten(in_tree, given)
    with tracing(trace), stand_ins(f), _watched(watch, (args, kwargs), (new_args, new_kwargs)):
        _prepare(trace, f, new_args, new_kwargs)
        result = _called(as_called(f), new_args, new_kwargs)
        written = written_by(given, names, result) if writes == "returned" else None
        if watch is not None and watch.applies:
            written, result = with_state(written, watch, trace, given, result)
        elif written is not None:
            result = written.beside(result, given)
        if watch is not None and not watch.applies:
            refuse_state(watch, given, writes == "forgotten")
        outputs, operands, out_tree = _results(result, trace)
        trace.settle()
    extras: list[Any] = [h.array for h in trace.hidden.values()]
    extras += keys_for(trace)
    extras += [Tracer(outer_trace(trace), outer) for outer in trace.captures]
    signature = Signature(
        tuple(inputs), tuple(outputs), in_tree, out_tree, tuple(names), len(extras)
    )
    require_inside(trace, operands)
    graph = trace.finish(operands)
    return Recorded(
        Graph(
            graph.parameters,
            graph.nodes,
            graph.results,
            graph.name,
            (*graph.notes, *(written.notes(len(operands)) if written is not None else ())),
            signature,
        ),
        tuple(extras),
        trace.looked,
        tuple(h.part for h in trace.hidden.values()),
        () if keys == "baked" else tuple(d.source for d in trace.draws.values()),
        written,
        trace.lays,
    )


def _prepare(trace: Trace, *given: Any) -> None:
    """What a trace changes in what the function reaches, until the trace has ended."""
    from gradloom.frontend.patches import reach

    if trace.converter is not None:
        meet(*given)
    else:
        reach(*given)


def _layout(x: Any, type: TensorType) -> Layout:
    """How an argument lies in memory; the slices of a vmap count as in C order."""
    if not isinstance(x, np.ndarray) and not hasattr(x, "shape"):
        return "C"
    if type.shape != tuple(x.shape):
        return "C"
    return views.layout_of(x) if is_tracer(x) else layouts.of_array(x)


def _stand_in(array: np.ndarray) -> Tracer:
    """A traced array in the place of one from outside, which the function changes."""
    made = lift(array)
    made.owner.stand_in(array, made)
    return made


@contextmanager
def _watched(watch: Watch | None, call: Any, copied: Any) -> Iterator[None]:
    """Put back afterwards what the function changes in the caller's objects."""
    if watch is None:
        yield
        return
    watch.follow(call, copied, _stand_in)
    try:
        yield
    finally:
        watch.restore()


def outer_trace(trace: Trace) -> Trace:
    """The trace around this one, which has captured from it."""
    assert trace.parent is not None
    return trace.parent


def as_called(f: Callable[..., Any]) -> Callable[..., Any]:
    """The user's function as the running trace calls it: rewritten, where there are no values; the
    traced form of a library's.
    """
    trace = current_trace()
    if trace is None:
        return f
    from gradloom.frontend.patches import DIRECT  # whose traced forms need this module for loops

    made = f if trace.converter is None else trace.converter.c(f)
    return DIRECT.get(id(made), made)


def _called(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The user's result; our own error, where numpy hid it ("setting an array element with a
    sequence").
    """
    try:
        return f(*args, **kwargs)
    except ValueError as error:
        if isinstance(error.__cause__, GradloomError):
            raise error.__cause__ from error
        raise


def _number(x: int) -> Leaf:
    return Leaf(tensor_type(np.asarray(x).dtype, ()), "weak")


def _provider(x: Any, trace: Trace) -> Callable[[], Any] | None:
    if isinstance(x, ShapeDtypeStruct):
        return None
    if type(x) is Tracer:
        outer = trace.parent

        def peek() -> Any:
            try:
                return outer.value_of(x.here(outer), "a value") if outer is not None else None
            except GradloomError:
                return None

        return peek
    return lambda: np.asarray(x)


_VALUES: Final = (np.ndarray, np.generic, bool, int, float, complex, str, bytes)


def _results(result: Any, trace: Trace) -> tuple[list[Leaf], list[Operand], Any]:
    leaves, tree = flatten(result)
    require_set(leaves)
    leaves = [resolved(x) for x in leaves]
    outputs: list[Leaf] = []
    operands: list[Operand] = []
    for x in leaves:
        if not isinstance(x, _VALUES):
            require_result(trace.name, x)
        leaf = leaf_of(x)
        if isinstance(x, ShapeDtypeStruct):
            raise TraceError("a traced function returned a spec", hint="return arrays")
        outputs.append(leaf)
        if leaf.type is None:
            continue
        if type(x) is Tracer:
            operands.append(x.here(trace))
        else:
            array = np.asarray(x)
            operands.append(
                trace.lift(array)
                if leaf.kind != "weak"
                else literal(x, tensor_type(array.dtype, ()))
            )
    return outputs, operands, tree


def name_of(f: Callable[..., Any]) -> str:
    """An identifier for a function."""
    name = getattr(f, "__name__", type(f).__name__)
    return name if name.isidentifier() else "fn"


def leaf_names(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
    """The user's argument names, one per leaf: `w`, `params_w1`."""
    while hasattr(f, "__wrapped__"):
        f = f.__wrapped__
    code = getattr(getattr(f, "__func__", f), "__code__", None)
    own = list(code.co_varnames[: code.co_argcount]) if code is not None else []
    if getattr(f, "__self__", None) is not None or (
        own and own[0] == "self" and not hasattr(f, "__code__")
    ):
        own = own[1:]
    out: list[str] = []
    for i, arg in enumerate(args):
        out += _paths_of(arg, own[i] if i < len(own) else f"arg{i}")
    for key in sorted(kwargs):
        out += _paths_of(kwargs[key], key)
    return out


def _paths_of(tree: Any, base: str) -> list[str]:
    import optree

    from gradloom.frontend.signature import NAMESPACE

    if type(tree) is Tracer or isinstance(
        tree, np.ndarray | np.generic | int | float | complex | str
    ):
        return [base]
    paths, _, _ = optree.tree_flatten_with_path(tree, namespace=NAMESPACE)
    return ["_".join([base, *(_clean(part) for part in path)]) for path in paths]


def _clean(part: Any) -> str:
    text = "".join(c if c.isalnum() or c == "_" else "_" for c in str(part))
    return text if text.isascii() else "x"
