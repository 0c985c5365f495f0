"""A graph that grows node by node on actual arrays; a node on which they misbehave is taken back.

Every value is held three times: as it is, and twice with every float disturbed a little, after each
node anew. A node stays only when all three agree: so no domain is left, nothing overflows, no tie
and no jump is near, and what backends round differently stays small. Comparing backends on such
graphs needs no exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.dims import Dim, evaluate, symbol
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value, literal
from gradloom.ir.interpret import evaluate as run_node
from gradloom.ir.op import Attrs, Op
from gradloom.ir.specialize import specialize
from gradloom.ir.types import DType, TensorType, dtype_of, is_inexact, tensor_type

Triple = tuple[np.ndarray, np.ndarray, np.ndarray]

LARGEST = 1000.0
"""The largest number of a graph: an integer product of two still fits 32 bits."""
SLACK = 1e-4
"""How far the disturbed values may drift, relative to 1 + |x|."""
_DISTURBANCE = {2: 2e-3, 4: 1e-6, 8: 1e-6, 16: 1e-6}
"""By bytes of the dtype; complex64 is 8, as precise as float32, and 1e-6 suits both."""


class Grower:
    """Collects parameters with their arrays, nodes, and what each value is."""

    def __init__(
        self,
        draw: Callable[..., Any],
        dtypes: Sequence[str],
        sizes: dict[str, int],
        seed: int,
        empty: bool = False,
    ) -> None:
        self.draw = draw
        self.dtypes = [dtype_of(name) for name in dtypes]
        self.sizes = sizes
        self.rng = np.random.default_rng(seed)
        self.empty = empty
        self.builder = build.Builder()
        self.parameters: list[Value] = []
        self.arrays: list[np.ndarray] = []
        self.env: dict[Value, Triple] = {}
        self.choose: Callable[[Grower], Any] = lambda g: None
        self.depth = 0
        self.closed = False  # a region takes no more parameters than it was begun with

    # ---- choosing ------------------------------------------------------------------------------

    def index(self, count: int) -> int:
        """One of 0 ... count - 1."""
        return int(self.draw(st.integers(0, count - 1)))

    def one_of(self, options: Sequence[Any]) -> Any:
        """One of the options."""
        return options[self.index(len(options))]

    def flag(self) -> bool:
        """True or False."""
        return bool(self.draw(st.booleans()))

    def size(self) -> int | Dim:
        """A dimension: small, now and then 1, a symbol, or 0 when empty arrays are asked for."""
        named = [] if self.closed else map(symbol, self.sizes)  # constants have no named sizes
        options: list[int | Dim] = [2, 3, 4, 1, *named, *[0] * self.empty]
        found: int | Dim = self.one_of(options)
        return found

    def shape(self, low: int = 0, high: int = 3) -> tuple[int | Dim, ...]:
        """A shape of `low` to `high` axes."""
        return tuple(self.size() for _ in range(low + self.index(high - low + 1)))

    def draw_order(self) -> list[DType]:
        """The graph's dtypes, some one first."""
        at = self.index(len(self.dtypes))
        return self.dtypes[at:] + self.dtypes[:at]

    def dtype(self, kinds: str = "bifcu") -> DType | None:
        """One of the graph's dtypes that is of these kinds; None when there is none."""
        fitting = [d for d in self.dtypes if kind_of(d) in kinds]
        return self.one_of(fitting) if fitting else None

    def concrete(self, shape: Sequence[int | Dim]) -> tuple[int, ...]:
        """The shape as numbers."""
        return tuple(evaluate(d, self.sizes) for d in shape)

    # ---- values --------------------------------------------------------------------------------

    def find(self, fits: Callable[[TensorType], bool]) -> Value | None:
        """A value that exists and fits, the newer the likelier; None when there is none."""
        found = [v for v in reversed(self.env) if fits(v.type)]
        return found[min(self.index(len(found)), self.index(len(found)))] if found else None

    def of_dtype(self, dtype: DType) -> Value | None:
        """A value of this dtype that exists."""
        return self.find(lambda t: t.dtype == dtype)

    def same(self, type: TensorType) -> Value | None:
        """A value of exactly this type that exists."""
        return self.find(lambda t: t == type)

    def value(self, kinds: str = "bifcu", low: int = 0, high: int = 3) -> Value | None:
        """A value of one of these kinds with `low` to `high` axes: one that exists, or a new
        parameter.
        """
        found = self.find(lambda t: kind_of(t.dtype) in kinds and low <= t.ndim <= high)
        if found is not None and self.index(4):
            return found
        dtype = self.dtype(kinds)
        return found if dtype is None else self.parameter(tensor_type(dtype, self.shape(low, high)))

    def of_type(self, type: TensorType, literals: bool = True) -> Operand:
        """An operand of exactly this type: one that exists, a literal, or a new parameter."""
        choice = self.index(6)
        if choice == 0 and literals:
            return self.literal(type)
        found = self.same(type)
        return found if found is not None and choice < 5 else self.parameter(type)

    def literal(self, type: TensorType) -> Literal:
        """A literal of this type."""
        return literal(self.one_of([0, 1, 2, 3, 0.5, 1.25]), type)

    def parameter(self, type: TensorType, array: np.ndarray | None = None) -> Value:
        """A new parameter, with an array for it; in a closed region a constant."""
        if self.closed:
            return self._constant(type, array)
        value = Value(type, name=f"x{len(self.parameters)}" if self.index(5) else "")
        made = self.array(type) if array is None else array
        self.parameters.append(value)
        self.arrays.append(made)
        self.env[value] = (made, self.disturbed(made), self.disturbed(made))
        return value

    def _constant(self, type: TensorType, array: np.ndarray | None) -> Value:
        symbolic = any(isinstance(d, Dim) for d in type.shape)
        small = type.with_shape(()) if symbolic else type
        made = self.add(o.constant, value=Constant(self.array(small) if array is None else array))
        if made is not None and symbolic:
            made = self.add(o.broadcast_to, *made, shape=type.shape)
        assert made is not None
        assert isinstance(made[0], Value)
        return made[0]

    def array(self, type: TensorType) -> np.ndarray:
        """Numbers of both signs, none very small, none above 3."""
        shape, dtype = self.concrete(type.shape), type.dtype
        if dtype.kind == "b":
            return np.asarray(self.rng.integers(0, 2, shape), dtype)
        if dtype.kind in "iu":
            return np.asarray(self.rng.integers(0 if dtype.kind == "u" else -4, 5, shape), dtype)
        made = self.rng.uniform(0.2, 2.5, shape) * self.rng.choice([-1.0, 1.0], shape)
        if dtype.kind == "c":
            made = made + 1j * self.rng.uniform(0.2, 2.0, shape) * self.rng.choice(
                [-1.0, 1.0], shape
            )
        return np.asarray(made).astype(dtype)

    def disturbed(self, array: np.ndarray) -> np.ndarray:
        """The array with a little noise on every float."""
        if not is_inexact(array.dtype):
            return array
        scale = _DISTURBANCE[array.dtype.itemsize]
        noise: Any = self.rng.uniform(-scale, scale, array.shape)
        if array.dtype.kind == "c":
            noise = noise + 1j * self.rng.uniform(-scale, scale, array.shape)
        wide = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
        with np.errstate(invalid="ignore"):  # inf, which the grower leaves out afterwards
            return np.asarray(wide + noise * (1 + abs(wide))).astype(array.dtype)

    # ---- nodes ---------------------------------------------------------------------------------

    def add(
        self, op: Op, *operands: Operand | None, regions: tuple[Graph, ...] = (), **attrs: Any
    ) -> tuple[Operand, ...] | None:
        """The results of a new node; None when it does not fit or misbehaves, and then nothing is
        added.
        """
        given = [x for x in operands if x is not None]
        if len(given) < len(operands):
            return None
        made: Attrs | None = op.attrs(**attrs) if op.attrs is not None else None
        before = len(self.builder.nodes)
        try:
            results = self.builder.emit(op, tuple(given), made, regions)
        except GradloomError:
            return None
        if len(self.builder.nodes) == before:
            return results  # folded: a literal
        node = self.builder.nodes[-1]
        outputs = self._run(node)
        if outputs is None:
            self.builder.nodes.pop()
            return None
        self.env.update(zip(node.results, outputs, strict=True))
        return results

    def _run(self, node: Node) -> list[Triple] | None:
        attrs = node.attrs.substitute(self.sizes) if node.attrs is not None else None
        regions = tuple(specialize(r, self.sizes) for r in node.regions)
        types = tuple(r.type.with_shape(self.concrete(r.type.shape)) for r in node.results)
        sized = Node(node.op, node.operands, attrs, types, regions)
        each = []
        for which in range(3):
            inputs = tuple(self._read(x, which) for x in node.operands)
            try:
                with np.errstate(all="raise", under="ignore"):
                    outputs = tuple(map(np.asarray, run_node(sized, inputs)))
            except (ArithmeticError, ValueError, np.linalg.LinAlgError, NotImplementedError):
                return None
            self._check(node, types, outputs)
            each.append(outputs)
        triples = [(a, self.disturbed(b), self.disturbed(c)) for a, b, c in zip(*each, strict=True)]
        return triples if all(map(behaves, triples)) else None

    def _check(
        self, node: Node, types: Sequence[TensorType], outputs: Sequence[np.ndarray]
    ) -> None:
        given = [(a.dtype, a.shape) for a in outputs]
        due = [(t.dtype, t.shape) for t in types]
        assert given == due, f"{node.op.name}: numpy gives {given}, and the type rule says {due}"

    def _read(self, operand: Operand, which: int) -> Any:
        if isinstance(operand, Literal):
            return np.broadcast_to(operand.value, self.concrete(operand.type.shape))
        return self.env[operand][which]

    def finish(self, results: Sequence[Operand], name: str = "main") -> Graph:
        """The graph as it stands."""
        return Graph(tuple(self.parameters), tuple(self.builder.nodes), tuple(results), name)


def behaves(triple: Triple) -> bool:
    """Whether a value is finite, not large, and hardly moved by the disturbances."""
    exact, *others = triple
    if exact.dtype.kind == "b" or not is_inexact(exact.dtype):
        wide = exact.astype(np.float64)
        return bool(np.all(abs(wide) <= LARGEST)) and all(np.array_equal(exact, x) for x in others)
    wide = exact.astype(np.complex128)
    with np.errstate(all="ignore"):
        if not np.all(np.isfinite(wide)) or np.any(abs(wide) > LARGEST):
            return False
        slack = (SLACK if exact.dtype.itemsize > 2 else 0.1) * (1 + abs(wide))
        return all(bool(np.all(abs(x.astype(np.complex128) - wide) <= slack)) for x in others)


def kind_of(dtype: DType) -> str:
    """numpy's kind, low-precision floats counting as floats."""
    return "f" if dtype.kind == "V" else dtype.kind
