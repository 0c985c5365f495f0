"""What a variable holds at the end of a region, leaf by leaf, and what two such ends have in
common.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.growing import Grown, State, state_of
from gradloom.frontend.numpy.lift import cast, lift, result_dtype
from gradloom.frontend.numpy.views import root_of
from gradloom.frontend.params.ambient import itself
from gradloom.frontend.selection import is_selected
from gradloom.frontend.staging.structure import take_apart
from gradloom.frontend.trace import Trace, same_bits
from gradloom.frontend.tracer import Kind, Tracer
from gradloom.ir.graph import Literal, Operand, literal
from gradloom.ir.location import Location
from gradloom.ir.types import TensorType, tensor_type

_KINDS: Final[dict[Kind, int]] = {"weak": 0, "scalar": 1, "array": 2}
_PLAIN: Final = (int, float, complex, str, bytes, np.generic)
MADE: Final[Any] = object()
"""The Python object of a leaf that only the graph has."""


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf: the Python object, and for a number or array what it is in the graph."""

    raw: Any
    operand: Operand | None
    kind: Kind = "array"
    root: Tracer | None = None
    """The traced array whose memory it has, if it is one."""
    in_order: bool = True
    origin: Location | None = None

    @property
    def held(self) -> Operand:
        """What a number or array is in the graph."""
        assert self.operand is not None
        return self.operand

    @property
    def type(self) -> TensorType:
        """The type of a number or array."""
        return self.held.type

    def told(self) -> str:
        """How a message calls it: `f64[3]`, `int`, `'a'`."""
        if self.operand is None:
            return repr(self.raw) if isinstance(self.raw, _PLAIN) else f"a {_type_name(self.raw)}"
        if self.kind == "weak":
            return type(self.type.dtype.type(0).item()).__name__
        return str(self.type)


@final
@dataclass(frozen=True, slots=True)
class Ends:
    """A value's leaves and their structure."""

    raw: Any
    leaves: tuple[Leaf, ...]
    tree: Any
    state: State | None = None
    """What a list with a traced length held: the list itself may hold something else by now."""

    def told(self) -> str:
        """How a message calls it."""
        if len(self.leaves) == 1 and self.leaves[0].raw is self.raw:
            return self.leaves[0].told()
        if self.raw is None:
            return "None"
        if self.state is not None:
            return f"a list of {self.state.shape.most} at most"
        name = _type_name(self.raw)
        if isinstance(self.raw, list | tuple | dict) and not self.tree.num_children:
            return f"an empty {name}"
        if isinstance(self.raw, list | tuple):
            return f"a {name} of {self.tree.num_children}"
        if isinstance(self.raw, dict):
            return f"a {name} with {', '.join(map(repr, self.raw))}"
        return f"a {name}"


def _type_name(x: Any) -> str:
    return type(x).__name__


def ends_of(value: Any, trace: Trace) -> Ends:
    """The value as it is now."""
    try:
        leaves, tree = take_apart(value)
    except Exception:  # a dict whose keys have no order, a node that does not unpack
        leaves, tree = [value], None
    state = value if type(value) is State else state_of(value) if type(value) is Grown else None
    return Ends(value, tuple([leaf_of(x, trace) for x in leaves]), tree, state)


def leaf_of(x: Any, trace: Trace) -> Leaf:
    """The leaf as it is now: in the graph where it is a number or an array of numbers."""
    if is_selected(x):
        x = x.taken()
    x = itself(x)
    if type(x) is Tracer:
        root = root_of(x) if x.kind == "array" else None
        return Leaf(x, x.here(trace), x.kind, root, x.layout == "C", x.origin)
    if isinstance(x, bool | int | float | complex | np.generic) and _is_number(x):
        made = lift(x)
        return Leaf(x, made.here(trace), made.kind)
    if isinstance(x, np.ndarray) and x.dtype.kind in "biufc":
        return Leaf(x, lift(x).here(trace), "array", None, False)
    return Leaf(x, None)


def _is_number(x: Any) -> bool:
    if isinstance(x, np.generic):
        return x.dtype.kind in "biufc"
    return not isinstance(x, int) or (-(2**63) <= x < 2**63 and not isinstance(x, enum.Enum))


def is_same(a: Leaf, b: Leaf) -> bool:
    """Whether both are one object, or equal numbers or texts.

    One array is the same one whatever was written into it: its content is joined apart.
    """
    if a.raw is b.raw and a.raw is not MADE and (type(a.raw) is not Tracer or a.kind == "array"):
        return True
    if type(a.raw) is Tracer or type(b.raw) is Tracer:
        alike = type(a.raw) is type(b.raw) and a.root is b.root and a.kind == b.kind
        return alike and (a.operand is b.operand or _same_literal(a.operand, b.operand))
    if type(a.raw) is not type(b.raw):
        return False
    if isinstance(a.raw, np.ndarray):
        return a.raw.dtype == b.raw.dtype and same_bits(a.raw, b.raw)
    if isinstance(a.raw, set | frozenset):  # what has a hash is no traced value
        return bool(a.raw == b.raw)
    return isinstance(a.raw, _PLAIN) and (bool(a.raw == b.raw) or _both_nan(a.raw, b.raw))


def _same_literal(a: Operand | None, b: Operand | None) -> bool:
    return isinstance(a, Literal) and a == b


def _both_nan(a: Any, b: Any) -> bool:
    return bool(a != a and b != b)


def common(a: Leaf, b: Leaf) -> tuple[TensorType, Kind] | None:
    """The type and kind that both can have; None where they disagree."""
    if a.operand is None or b.operand is None or a.type.shape != b.type.shape:
        return None
    kind = a.kind if _KINDS[a.kind] >= _KINDS[b.kind] else b.kind
    if a.type.dtype == b.type.dtype:
        return a.type, kind
    dtype = result_dtype([_example(a), _example(b)])
    strong = [leaf.type.dtype for leaf in (a, b) if leaf.kind != "weak"]
    return (tensor_type(dtype, a.type.shape), kind) if all(d == dtype for d in strong) else None


def _example(leaf: Leaf) -> Any:
    """Something with the dtype and kind of the leaf, for promotion to ask."""
    return _Typed(leaf.type.dtype, leaf.kind)


@final
@dataclass(frozen=True, slots=True)
class _Typed:
    dtype: np.dtype
    kind: Kind


def as_type(operand: Operand, type: TensorType) -> Operand:
    """The operand in this dtype (recorded where nodes go now)."""
    if isinstance(operand, Literal):
        return literal(operand.value, type)
    return cast(operand, type.dtype)


def zeros(ends: Sequence[Leaf]) -> tuple[Leaf, ...]:
    """Zeros like these leaves; what is not traced stays."""
    return tuple(
        Leaf(MADE, literal(0, leaf.type), leaf.kind) if type(leaf.raw) is Tracer else leaf
        for leaf in ends
    )
