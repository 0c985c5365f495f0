"""Anything that numpy takes as an array, as an operand of the running trace."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.chosen import Chosen, value_of
from gradloom.frontend.layouts import of_array
from gradloom.frontend.params.ambient import is_ambient, meaning
from gradloom.frontend.selection import is_selected
from gradloom.frontend.stores import refuse_foreign
from gradloom.frontend.trace import Trace, require_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ShapeError, ValueNeeded
from gradloom.ir.graph import Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import DType, Shape, holds, tensor_type

Tag = DType | type
"""What promotion asks of an operand: its dtype, or a Python type when it is weak."""

Array = Any
"""A tracer where it is used as the numpy array that it stands for: numpy's functions and
operators take it.
"""

_WEAK = {"i": int, "u": int, "f": float, "c": complex, "b": np.dtype("bool")}

_NUMBERS: Final = frozenset({bool, int, float, complex})

_FLOAT: Final = tensor_type(np.dtype(np.float64), ())


def lift(x: Any) -> Tracer:
    """`x` (tracer, array, number, or nested lists of them) as a tracer of the running trace."""
    if type(x) is Tracer:
        return x
    trace = require_trace()
    if type(x) is float:  # the commonest case, and numpy's own conversion would be half its cost
        return Tracer(trace, literal(x, _FLOAT), "weak")
    if type(x) is Chosen:
        return lift(value_of(x))
    if is_ambient(x):
        return lift(meaning(x))
    if isinstance(x, Dim):
        return Tracer(trace, o.dim(size=x), "weak")
    if isinstance(x, np.generic):  # first: np.float64 is a float to Python, and not weak to numpy
        return Tracer(trace, trace.lift(np.asarray(x)), "scalar")
    if type(x) in _NUMBERS:
        return Tracer(trace, literal(x, tensor_type(np.asarray(x).dtype, ())), "weak")
    if isinstance(x, int | float | complex):  # an IntEnum, say: numpy takes it for an array's
        return Tracer(trace, trace.lift(np.asarray(x)), "scalar")
    if is_selected(x):
        return x.taken()  # type: ignore[no-any-return]
    if not isinstance(x, np.ndarray) and any_tracer(x):
        return stacked(x)
    array = x if isinstance(x, np.ndarray) else np.asarray(x)
    made = Tracer(trace, trace.lift(_plain(array)), "array")
    made.layout, made.given = of_array(array), True
    return made


def _plain(array: np.ndarray) -> np.ndarray:
    refuse_foreign(array, "an argument")
    return np.asarray(array)


def stacked(xs: Any, dtype: DType | None = None) -> Tracer:
    """Nested lists that hold tracers, as `np.array` would stack them."""
    if type(xs) is Tracer or not isinstance(xs, list | tuple):
        return lift(xs)
    parts = [stacked(x) for x in xs]
    if not parts:
        return lift(np.empty((0,)))
    shape = parts[0].shape
    for part in parts:
        if part.shape != shape:
            raise ShapeError(
                f"np.array: parts of shapes {shape} and {part.shape} do not stack",
                location=user_location(),
                hint="make all parts one shape",
            )
    common = dtype if dtype is not None else np.result_type(*[p.dtype for p in parts])
    rows = [o.reshape(cast(p.here(require_trace()), common), shape=(1, *shape)) for p in parts]
    return wrap(o.concatenate(*rows, axis=0) if len(rows) > 1 else rows[0], "array")


def operand_of(x: Any, trace: Trace) -> Operand:
    """The operand of `x` in `trace`."""
    return x.here(trace) if type(x) is Tracer else lift(x).here(trace)


def tag_of(x: Tracer) -> Tag:
    """What promotion asks of a tracer."""
    dtype = x.dtype
    weak: Any = _WEAK.get(dtype.kind, dtype)
    return weak if x.kind == "weak" else dtype


def result_dtype(xs: list[Tracer]) -> DType:
    """numpy's common dtype (NEP 50: Python scalars are weak)."""
    tags = [tag_of(x) for x in xs]
    examples: list[Any] = [t(0) if isinstance(t, type) else t for t in tags]
    return np.result_type(*examples)


def cast(x: Operand, dtype: DType) -> Operand:
    """`x` as `dtype`."""
    if x.type.dtype == dtype:
        return x
    if not holds(dtype):
        raise refuse(f"dtype {dtype}", "graphs hold bools, integers, floats and complex numbers")
    result: Operand = o.astype(x, dtype=dtype)
    return result


def broadcast_shapes(what: str, shapes: list[Shape]) -> Shape:
    """numpy's broadcast of shapes; raises `ShapeError` naming the two that disagree."""
    ndim = max(map(len, shapes), default=0)
    out: list[int | Dim] = [1] * ndim
    for shape in shapes:
        for i, size in enumerate(shape, ndim - len(shape)):
            if out[i] == 1:
                out[i] = size
            elif size != 1 and size != out[i]:
                raise ShapeError(
                    _broadcast_message(what, shapes, out[i], size),
                    location=user_location(),
                    hint=_broadcast_hint(shapes),
                )
    return tuple(out)


def _broadcast_message(what: str, shapes: list[Shape], a: int | Dim, b: int | Dim) -> str:
    listed = " and ".join(str(tuple(s)) for s in shapes)
    return f"{what}: shapes {listed} do not broadcast: sizes {a} and {b} differ"


def _broadcast_hint(shapes: list[Shape]) -> str:
    if any(isinstance(d, Dim) for s in shapes for d in s):
        return (
            "a named dimension is never taken for 1 or a number: use one name or size on both sides"
        )
    return "reshape or index with np.newaxis so that sizes match or are 1"


def broadcast_operands(what: str, xs: list[Operand]) -> list[Operand]:
    """The operands, broadcast to one shape."""
    shape = broadcast_shapes(what, [x.type.shape for x in xs])
    return [broadcast(x, shape) for x in xs]


def at_hand(x: Any) -> np.ndarray | None:
    """The value of anything numpy takes as an array; None where the trace has none."""
    try:
        return np.asarray(require_trace().value_of(lift(x).here(require_trace()), "a value"))
    except ValueNeeded:
        return None


def as_array(x: Any) -> Array:
    """`x` as `np.asarray` makes it: a Python scalar is weak no more; an array keeps its handle."""
    tracer = lift(x)
    return wrap(tracer.here(require_trace()), "array") if tracer.kind == "weak" else tracer


def value_at_hand(x: Array) -> np.ndarray | None:
    """The numbers of a traced array, or None where the trace has none (`gl.compile`, `gl.vmap`)."""
    trace = require_trace()
    try:
        return np.asarray(trace.value_of(x.here(trace), "a value"))
    except ValueNeeded:
        return None


def scalar_if_rank_0(x: Array) -> Array:
    """`x`, a numpy scalar when it has no axes: what functions give that end in `x[()]`."""
    return x if x.ndim or x.kind == "scalar" else wrap(x.here(require_trace()), "scalar")
