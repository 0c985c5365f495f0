"""What the functions of `gl.nn` take: arrays, plain or traced; the errors of what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import broadcast_shapes, lift
from gradloom.frontend.params.ambient import itself
from gradloom.frontend.trace import current_trace, require_trace
from gradloom.frontend.tracer import is_tracer, wrap
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ArgumentError, AxisOutOfRange, DtypeError, ShapeError
from gradloom.ir.graph import literal
from gradloom.ir.location import user_location
from gradloom.ir.op import Op
from gradloom.ir.types import is_inexact, tensor_type

Array = Any
"""An array of numpy, or a traced one that behaves like it."""

_REDUCTIONS: Final = ("mean", "sum", "none")


def array(x: Any) -> Array:
    """`x` as an array; a traced one stays as it is."""
    x = itself(x)
    if is_tracer(x):
        return x
    if current_trace() is not None and not isinstance(x, np.ndarray | np.generic):
        return lift(x)
    return np.asarray(x)


def floating(what: str, x: Any) -> Array:
    """`x` as an array of floats or complex numbers; integers and bools become f64, as in numpy."""
    made = array(x)
    if is_inexact(made.dtype):
        return made
    if made.dtype.kind not in "biu":
        raise DtypeError(
            f"{what}: numbers are due, not an array of {made.dtype}", location=user_location()
        )
    return made.astype(np.float64)


def integers(what: str, x: Any, role: str) -> Array:
    """`x` as an array of integers."""
    made = array(x)
    if made.dtype.kind not in "iu":
        raise DtypeError(
            f"{what}: the {role} are integers, not {made.dtype}",
            location=user_location(), hint=f"convert them: {role}.astype(int)",
        )  # fmt: skip
    return made


def zero(x: Array) -> Any:
    """0 in the dtype of `x`."""
    return x.dtype.type(0)


def wide(x: Array) -> Array:
    """The array in f32 where it has 16 bits: there, the square of 256 is infinite in f16, and a sum
    of squares has 8 bits in bf16.
    """
    return x.astype(np.float32) if x.dtype.itemsize == 2 else x


def fixed(x: Array) -> Array:
    """The array as a constant for derivatives."""
    return applied(o.stop_gradient, x) if is_tracer(x) else x


def applied(op: Op, *xs: Array, **attrs: Any) -> Array:
    """An op without a function of numpy's: recorded where an operand is traced, else computed."""
    if not any(map(is_tracer, xs)):
        given = [np.asarray(x) for x in xs]
        return op.numpy(*given) if op.attrs is None else op.numpy(op.attrs(**attrs), *given)
    trace = require_trace()
    return wrap(op(*[lift(x).here(trace) for x in xs], **attrs), "array")


def counted(size: Any) -> Array:
    """0, 1, ... to below a size, which may have only a name as yet."""
    if not named(size):
        return np.arange(size)
    return wrap(o.iota(dtype=np.dtype(np.int64), shape=(size,), axis=0), "array")


def taken(x: Array, index: Array, axis: int | None = None) -> Array:
    """`np.take`, also of a plain array at traced places."""
    return np.take(lift(x) if is_tracer(index) else x, index, axis=axis)


def padded(x: Array, edges: Sequence[tuple[Any, Any]], value: float) -> Array:
    """The array with so many of a value before and after each of its last axes; negative numbers
    take elements off.
    """
    if all(edge == (0, 0) for edge in edges):
        return x
    lead = x.ndim - len(edges)
    low = (*[0] * lead, *[before for before, _ in edges])
    high = (*[0] * lead, *[after for _, after in edges])
    interior = (0,) * x.ndim
    if not is_tracer(x):
        return applied(o.pad, x, np.asarray(value, x.dtype), low=low, high=high, interior=interior)
    number = literal(value, tensor_type(x.dtype, ()))
    made = o.pad(x.here(require_trace()), number, low=low, high=high, interior=interior)
    return wrap(made, "array")


# ---- options -------------------------------------------------------------------------------------


def per_axis(what: str, given: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """One number per axis, of one for all or a sequence of them."""
    listed = given.tolist() if isinstance(given, np.ndarray | np.generic) else given
    each = list(listed) if isinstance(listed, Sequence) else [listed] * axes
    if not all(isinstance(n, int | np.integer) for n in each):
        raise ArgumentError(
            f"{what}: {given!r} is not {axes} whole numbers", location=user_location(),
            hint="give one number, or one per axis",
        )  # fmt: skip
    numbers = tuple(map(int, each * axes if len(each) == 1 else each))
    if len(numbers) != axes or min(numbers, default=least) < least:
        raise ArgumentError(
            f"{what}: {given} is not {axes} numbers of at least {least}",
            location=user_location(), hint="give one number, or one per axis",
        )  # fmt: skip
    return numbers


def axis_of(what: str, axis: Any, ndim: int) -> int:
    """The axis counted from 0."""
    number = int(axis)
    if not -ndim <= number < ndim:
        error = AxisOutOfRange(
            f"{what}: axis {number} of an array of {ndim} axes", location=user_location()
        )
        raise error
    return number % ndim


def require_probability(what: str, p: Any) -> None:
    """Raise where a known number is not between 0 and 1."""
    if not is_tracer(p) and (np.ndim(p) or not np.isreal(p)):
        raise DtypeError(
            f"{what}: a probability is a number, not a {type(p).__name__}", location=user_location()
        )
    if not is_tracer(p) and not 0 <= p <= 1:
        raise ArgumentError(
            f"{what}: a probability is between 0 and 1, not {p}", location=user_location()
        )


def require_reduction(what: str, reduction: str, *more: str) -> None:
    """Raise where it names none."""
    offered = (*_REDUCTIONS, *more)
    if reduction not in offered:
        raise ArgumentError(
            f"{what}: reduction={reduction!r} is not a valid value for reduction",
            location=user_location(),
            hint=f"give {', '.join(map(repr, offered[:-1]))} or {offered[-1]!r}",
        )  # fmt: skip


def reduced(x: Array, reduction: str) -> Array:
    """The mean or the sum of a loss's elements, or all of them."""
    return np.mean(x) if reduction == "mean" else np.sum(x) if reduction == "sum" else x


def require_shape(what: str, role: str, x: Array | None, shape: Sequence[Any]) -> None:
    """Raise where an array that is given has another shape."""
    if x is not None and tuple(x.shape) != tuple(shape):
        raise ShapeError(
            f"{what}: {role} has shape {tuple(x.shape)}, where {tuple(shape)} is due",
            location=user_location(),
        )


def require_equal_shapes(what: str, x: Array, target: Array) -> None:
    """Raise where a loss's two arrays do not have one shape."""
    if tuple(x.shape) != tuple(target.shape):
        raise ShapeError(
            f"{what}: the input has shape {tuple(x.shape)} and the target {tuple(target.shape)}",
            location=user_location(), hint="reshape one of them: broadcasting here hides mistakes",
        )  # fmt: skip


def require_broadcast(what: str, due: Sequence[Any] | None = None, **arrays: Array) -> None:
    """Raise where arrays do not broadcast together, or to more than the shape that is due."""
    shapes = [tuple(x.shape) for x in arrays.values()]
    try:
        made = broadcast_shapes(what, shapes if due is None else [tuple(due), *shapes])
        fits = due is None or tuple(made) == tuple(due)
    except ShapeError:
        fits = False
    if not fits:
        told = " and ".join(f"{name} {shape}" for name, shape in zip(arrays, shapes, strict=True))
        place = "do not fit together" if due is None else f"do not fit {tuple(due)}"
        raise ShapeError(f"{what}: {told} {place}", location=user_location())


def named(size: Any) -> bool:
    """Whether a size has only a name as yet."""
    return isinstance(size, Dim)
