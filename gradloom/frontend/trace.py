"""A trace: the recording of one call of a user's function into nodes.

Traces nest (a `grad` inside a traced function opens its own). A value of an outer trace that an
inner one meets becomes a captured parameter of the inner graph. Values are computed only when
Python looks at one (`if x > 0`): then the nodes so far are run on the arrays at hand, if there are
any.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, Literal, final

import numpy as np

from gradloom.frontend.collecting import rarely
from gradloom.frontend.leaks import leaked
from gradloom.frontend.parts import Part, part_of
from gradloom.ir.build import Builder, scope
from gradloom.ir.constants import Constant
from gradloom.ir.errors import ForeignTarget, ValueNeeded
from gradloom.ir.graph import Graph, Node, Operand, Value, literal
from gradloom.ir.graph import Literal as IrLiteral
from gradloom.ir.interpret import evaluate, read
from gradloom.ir.location import Location, user_location
from gradloom.ir.op import Zero
from gradloom.ir.types import Dim, TensorType, tensor_type, type_of

if TYPE_CHECKING:
    from gradloom.frontend.source.converter import Converter
    from gradloom.frontend.staging.each import EachYielded, Taker
    from gradloom.frontend.staging.regions import Region

Keys = Literal["drawn", "later", "each", "baked", "refused"]
_VALUE_HINT = (
    "choose with np.where or gl.cond, loop with gl.scan or gl.while_loop, "
    "or make the argument static"
)


@final
class Hidden:
    """An array reached from outside the arguments: its parameter, the array, and what it held
    when met.
    """

    __slots__ = ("array", "parameter", "part", "snapshot")

    def __init__(self, array: np.ndarray, parameter: Value, part: Part | None) -> None:
        self.array = array
        self.parameter = parameter
        self.part = part
        self.snapshot = array.copy()


@final
class Trace:
    """The nodes of one call, its parameters, and what is known of their values."""

    __slots__ = (
        "active", "advanced", "alive", "baked", "builder", "captures", "constants", "converter",
        "decided", "dependent", "draws", "hidden", "hides", "keys", "known", "labels", "lays",
        "looked", "name", "opened", "parameters", "parent", "paths", "picked", "providers",
        "regions", "revived", "root", "seen", "shown", "standing", "tries", "twins", "waiting",
    )  # fmt: skip

    def __init__(
        self, name: str, parent: Trace | None, paths: dict[int, str] | None = None
    ) -> None:
        self.name = name
        self.parent = parent
        # Where nodes go: to the root, or to the innermost region that is open (frontend/staging).
        self.builder = self.root = Builder()
        self.regions: list[Region] = []
        self.opened = False  # whether there has been a region
        self.tries = False  # whether there has been a `try` with handlers
        # Lists and dicts that may be one another, by identity (frontend/staging/twins.py).
        self.twins: dict[int, list[Any]] = {}
        # Objects that a traced condition chose among, by label (frontend/chosen.py).
        self.labels: list[Any] = []
        # Values that are one of two or more, as a condition or a loop decides.
        self.picked: set[Operand] = set()
        # Bools that say which of them it is: the label asked about, what it is where the bool is
        # true, and where it is false.
        self.decided: dict[Operand, tuple[Operand, tuple[int, ...], tuple[int, ...]]] = {}
        # Iterators, and where each was advanced (frontend/staging/advanced.py).
        self.advanced: dict[int, tuple[Any, Builder]] = {}
        # The loops that wait for the generators that run now (frontend/staging/each.py).
        self.waiting: list[EachYielded | Taker] = []
        self.parameters: list[Value] = []
        self.captures: dict[Operand, tuple[Value, Any]] = {}
        self.hidden: dict[int | Part, Hidden] = {}
        # Whether arrays with a path become inputs; in rules of custom functions they can't.
        self.hides = True
        # What rewrites the functions called, where Python may not look at values; else None.
        self.converter: Converter | None = None
        # Keys drawn from numpy's generators, by generator, and how (`record` says what it means).
        self.draws: dict[int, Any] = {}
        self.keys: Keys = "drawn"
        self.paths = paths or {}
        self.constants: dict[int, tuple[np.ndarray, Value, np.ndarray]] = {}
        self.baked: list[str] = []
        self.known: dict[Value, Any] = {}
        self.providers: dict[Value, Callable[[], Any]] = {}
        self.active: set[Value] = set()
        self.dependent: set[Operand] = set()
        self.seen: dict[Builder, int] = {}
        # The values that were formatted as text, by how their texts begin (frontend/posing.py).
        self.shown: dict[str, list[tuple[Operand, str]]] = {}
        # What its constants are, once it has ended (frontend/revived.py).
        self.revived: dict[Value, Any] = {}
        self.looked = False
        # Whether the program depends on how the caller's arrays lie in memory.
        self.lays = False
        # Traced arrays that stand for arrays from outside.
        self.standing: dict[Any, Any] = {}
        self.alive = True

    def parameter(
        self, type: TensorType, name: str = "", provider: Callable[[], Any] | None = None
    ) -> Value:
        """A new input; `provider` gives its array when Python looks at a value."""
        value = Value(type, name=name)
        self.parameters.append(value)
        if provider is not None:
            self.providers[value] = provider
        return value

    # ---- constants and values from outside -------------------------------------------------------

    def lift(self, array: np.ndarray) -> Operand:
        """An array that the function met: a literal, a hidden input, or a constant."""
        type = type_of(array)
        key = self._key(array)
        if key is not None:
            standing = self.standing.get(key)
            return self._hide(array, type, key) if standing is None else standing.value
        outer = self.parent
        if outer is not None and self.hides and outer.hides and outer.names(array):
            return self.capture(outer.lift(array), lambda: array, False)
        if array.ndim == 0:
            return literal(array[()], type)
        return self._bake(array, type)

    def depend_on_layouts(self) -> None:
        """Take note that other arrays' order in memory would give another program."""
        trace: Trace | None = self
        while trace is not None:
            trace.lays = True
            trace = trace.parent

    def stand_in(self, array: np.ndarray, made: Any) -> None:
        """Let a traced array stand for one from outside, which the function changes in place."""
        self.standing[self._key(array)] = made

    def stand_ins(self) -> list[tuple[int, str, Any]]:
        """The traced arrays that stand for arrays from outside: number, label, array."""
        found = enumerate(self.hidden)
        return [(k, self.paths[key], self.standing[key]) for k, key in found
                if not isinstance(key, Part) and key in self.standing]  # fmt: skip

    def names(self, array: np.ndarray) -> bool:
        """Whether this trace or one around it takes the array as a hidden input."""
        outer = self.parent
        return self._key(array) is not None or (
            outer is not None and outer.hides and outer.names(array)
        )

    def _key(self, array: np.ndarray) -> int | Part | None:
        if id(array) in self.paths:
            return id(array)
        return part_of(array, self.paths) if self.paths and array.base is not None else None

    def _hide(self, array: np.ndarray, type: TensorType, key: int | Part) -> Value:
        known = self.hidden.get(key)
        part = key if isinstance(key, Part) else None
        path = self.paths[part.base if part is not None else id(array)]
        if known is not None:
            self._unchanged(known, path)
            return known.parameter
        parameter = Value(type, name=path.rpartition(".")[2].strip("[]'"))
        made = self.hidden[key] = Hidden(array, parameter, part)

        def content() -> np.ndarray:
            self._unchanged(made, path)
            return made.snapshot  # the array may be changed by what is computed from it

        self.providers[parameter] = content
        return parameter

    def _unchanged(self, known: Hidden, path: str) -> None:
        if not same_bits(known.snapshot, known.array):
            raise ForeignTarget(
                f"the array {path} is changed while the function is traced",
                location=user_location(),
                hint="work on a copy: inside the function, start with  y = x.copy()",
                array=known.array,
            )

    def settle(self) -> None:
        """Raise `TraceError` where an array that was met has been changed by the function since."""
        for key, known in self.hidden.items():
            self._unchanged(known, self.paths[key.base if isinstance(key, Part) else key])

    def _bake(self, array: np.ndarray, type: TensorType) -> Operand:
        from gradloom.ir import ops as o

        before = self.constants.get(id(array))
        if before is not None and same_bits(before[2], array):
            return before[1]
        if array.size and _is_uniform(array):
            return literal(array.flat[0], type)
        constant = Constant(array)
        (value,) = self.root.emit(o.constant, (), o.constant.attrs(value=constant))  # type: ignore[misc]
        assert isinstance(value, Value)
        self.constants[id(array)] = (array, value, constant.array)
        self.known[value] = constant.array
        if array.size > 16:
            self.baked.append(f"baked in: an array {type}, met at {self.builder.location}")
        return value

    def capture(self, outer: Operand, provider: Callable[[], Any], is_active: bool) -> Value:
        """The parameter that stands for a value of an outer trace."""
        found = self.captures.get(outer)
        if found is None:
            value = Value(outer.type, name=getattr(outer, "name", ""))
            self.providers[value] = provider
            self.captures[outer] = found = (value, provider)
            if is_active:
                self.active.add(value)
        return found[0]

    # ---- looking at values -----------------------------------------------------------------------

    def value_of(self, operand: Operand, what: str, hint: str = "") -> Any:
        """The array of an operand, run from the inputs at hand; raises `ValueNeeded` when there
        are none.
        """
        if isinstance(operand, IrLiteral):
            return read(self.known, operand)
        if operand not in self.known:
            self._advance()
        if operand not in self.known:
            advice = self.converter.advice() if self.converter is not None else ""
            raise ValueNeeded(
                f"{what} needs a number, and {operand.type} here is traced without values",
                location=user_location(), hint=hint or advice or _VALUE_HINT,
            )  # fmt: skip
        if operand in self.dependent:
            self.looked = True
        return self.known[operand]

    def constant_of(self, x: Any) -> np.ndarray | None:
        """The array of a tracer that depends on no input, when that is already known."""
        return self.constant_value(x.here(self))

    def constant_value(self, value: Operand) -> np.ndarray | None:
        """The array of an operand that depends on no input, when that is already known."""
        if isinstance(value, IrLiteral):
            return np.asarray(read(self.known, value))
        found = self.known.get(value)
        return np.asarray(found) if found is not None and value not in self.dependent else None

    def _advance(self) -> None:
        for value, provider in self.providers.items():
            if value not in self.known:
                given = provider()
                if given is not None:
                    self.known[value] = given
                    self.dependent.add(value)
        self.providers = {v: p for v, p in self.providers.items() if v not in self.known}
        with np.errstate(all="ignore"):
            for builder in self.builders():
                for node in builder.nodes[self.seen.get(builder, 0) :]:
                    self._run(node)
                self.seen[builder] = len(builder.nodes)

    def builders(self) -> list[Builder]:
        """Where the nodes are that this point of the program can see: the root, open regions."""
        return [self.root, *[region.builder for region in self.regions]]

    def _run(self, node: Node) -> None:
        known = self.known
        if (
            node.op.effect in (None, "assert")
            and all(isinstance(x, IrLiteral) or x in known for x in node.operands)
            and (known.keys() & node.operands or _has_numbers(node))
        ):
            outputs = evaluate(node, tuple([read(known, x) for x in node.operands]))
            known.update(zip(node.results, outputs, strict=True))
            if not self.dependent.isdisjoint(node.operands):
                self.dependent.update(node.results)

    def depends_on(self, operand: Operand, sources: set[Value]) -> bool:
        """Whether an operand is computed from any of these parameters, through values that have
        derivatives.
        """
        reached: set[Operand] = set(sources)
        for node in (node for builder in self.builders() for node in builder.nodes):
            if not isinstance(node.op.jvp, Zero) and not reached.isdisjoint(node.operands):
                reached.update(r for r in node.results if r.type.inexact)
        return operand in reached

    def finish(self, results: Sequence[Operand]) -> Graph:
        """The graph: own parameters, then hidden inputs, drawn keys, and captured values."""
        extra = [h.parameter for h in self.hidden.values()]
        extra += [] if self.keys == "baked" else [d.parameter for d in self.draws.values()]
        extra += [v for v, _ in self.captures.values()]
        return Graph(
            (*self.parameters, *extra),
            tuple(self.root.nodes),
            tuple(results),
            self.name,
            tuple(self.baked),
        )


def _has_numbers(node: Node) -> bool:
    """Whether all sizes that a node without inputs speaks of are numbers."""
    types = [x.type for x in (*node.operands, *node.results)]
    attrs = node.attrs
    given = [] if attrs is None else [getattr(attrs, f) for f in attrs.__dataclass_fields__]
    return not any(isinstance(d, Dim) for d in (*given, *(d for t in types for d in t.shape)))


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether both hold the same numbers, NaNs included."""
    return a.shape == b.shape and (np.array_equal(a, b) or a.tobytes() == b.tobytes())


def _is_uniform(array: np.ndarray) -> bool:
    first = array.flat[0]
    return bool((array == first).all()) and (
        first != 0 or not np.signbit(np.real(array)).any() if array.dtype.kind == "f" else True
    )


class _Stack(threading.local):
    trace: Trace | None = None


stack: Final = _Stack()
"""The innermost trace of each thread."""


def current_trace() -> Trace | None:
    """The innermost trace of this thread."""
    return stack.trace


def require_trace(location: Location | None = None) -> Trace:
    """The innermost trace; raises `LeakedTracer` when none is running."""
    trace = stack.trace
    if trace is None:
        raise leaked(location)
    return trace


@contextmanager
def tracing(trace: Trace) -> Iterator[Trace]:
    """Make `trace` the innermost one of this thread while the user's function runs."""
    from gradloom.frontend.patches import patched

    outer, stack.trace = stack.trace, trace
    try:
        with rarely() if outer is None else nullcontext(), scope(trace.builder), patched():
            yield trace
    finally:
        stack.trace = outer
        trace.alive = False
        if trace.converter is not None and (outer is None or outer.converter is None):
            trace.converter.forget()


@contextmanager
def no_trace() -> Iterator[None]:
    """Run plainly inside: what is called computes with numpy and is not recorded."""
    outer, stack.trace = stack.trace, None
    try:
        yield
    finally:
        stack.trace = outer


__all__ = [
    "Hidden",
    "Trace",
    "current_trace",
    "no_trace",
    "require_trace",
    "stack",
    "tensor_type",
    "tracing",
]
