"""What functions over axes share: reading `axis=`, shapes with and without them, operands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.frontend.numpy.arguments import integer
from gradloom.frontend.numpy.lift import broadcast_shapes, cast, lift
from gradloom.frontend.trace import require_trace
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import AxisOutOfRange, CallError, ShapeError
from gradloom.ir.graph import Literal, Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import DType, Shape, size_of, tensor_type

NO_VALUE: Any = np._NoValue
"""What numpy's signatures have for an argument that is not given."""


def entries(given: Any) -> tuple[Any, ...]:
    """A shape or axes argument as a tuple: a single one, a sequence, or a vector of them."""
    if isinstance(given, tuple | list | range) or (isinstance(given, np.ndarray) and given.ndim):
        return tuple(given)
    return (given,)


def whole(name: str, x: Any, what: str = "an axis") -> int:
    """A whole number that is no truth value, which numpy takes for none."""
    if isinstance(x, bool | np.bool_):
        raise CallError(f"np.{name}: an integer is required, not {x}", location=user_location())
    return integer(what, x)


def one_axis(name: str, axis: Any, ndim: int) -> int:
    """One axis, counted from the front; raises `AxisOutOfRange` when there is none."""
    index = whole(name, axis)
    if not -ndim <= index < ndim:
        raise AxisOutOfRange(
            f"np.{name}: axis {index} is out of bounds for an array of {ndim} axes",
            location=user_location(),
            hint=f"axes are counted from 0 to {ndim - 1}, or from -1 backwards" if ndim else "",
        )
    return index % ndim


def axis_list(name: str, axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis=` as axes counted from the front, in the order given; None is every axis."""
    if axis is None:
        return tuple(range(ndim))
    given = entries(axis)
    axes = tuple(one_axis(name, a, ndim) for a in given)
    if len(set(axes)) != len(axes):
        raise ShapeError(
            f"np.{name}: an axis occurs twice in {tuple(given)}", location=user_location()
        )
    return axes


def axis_set(name: str, axis: Any, ndim: int) -> tuple[int, ...]:
    """`axis=` as a sorted set of axes."""
    return tuple(sorted(axis_list(name, axis, ndim)))


def operand(x: Any, dtype: DType | None = None) -> Operand:
    """`x` as an operand of the running trace, converted when a dtype is given."""
    value = lift(x).here(require_trace())
    return value if dtype is None else cast(value, dtype)


def fill(value: object, dtype: DType, shape: Shape = ()) -> Literal:
    """`value` everywhere."""
    return literal(value, tensor_type(dtype, shape))


def reshaped(x: Operand, shape: Shape) -> Operand:
    """`x` in another shape of equal size."""
    if x.type.shape == shape:
        return x
    if isinstance(x, Literal):
        return Literal(x.value, x.type.with_shape(shape))
    result: Operand = o.reshape(x, shape=shape)
    return result


def permuted(x: Operand, perm: Sequence[int]) -> Operand:
    """`x` with its axes in another order."""
    if tuple(perm) == tuple(range(len(perm))):
        return x
    if isinstance(x, Literal):
        return Literal(x.value, x.type.with_shape([x.type.shape[p] for p in perm]))
    result: Operand = o.permute_dims(x, perm=tuple(perm))
    return result


def with_ones(x: Operand, shape: Shape, axes: Sequence[int]) -> Operand:
    """A value reduced over `axes` of an array of `shape`, with those axes back as 1."""
    return reshaped(x, tuple(1 if i in axes else d for i, d in enumerate(shape)))


def part(x: Operand, axis: int, start: int | Dim, stop: int | Dim, step: int = 1) -> Operand:
    """`x[start:stop:step]` along one axis."""
    shape = x.type.shape
    if (start, stop, step) == (0, shape[axis], 1):
        return x
    spans = [(start, stop, step) if i == axis else (0, d, 1) for i, d in enumerate(shape)]
    starts, stops, steps = zip(*spans, strict=True)
    if isinstance(x, Literal):
        count = (stop - start + step - 1) // step
        return Literal(
            x.value, x.type.with_shape([count if i == axis else d for i, d in enumerate(shape)])
        )
    result: Operand = o.slice(x, start=starts, stop=stops, step=steps)
    return result


def count_of(shape: Shape, axes: Sequence[int], dtype: DType) -> Operand:
    """The number of elements along `axes`, as a scalar of this dtype."""
    size = size_of([shape[a] for a in axes])
    if isinstance(size, Dim):
        return cast(o.dim(size=size), dtype)
    return fill(size, dtype)


def same_shape(name: str, *xs: Operand) -> list[Operand]:
    """The operands broadcast to one shape."""
    shape = broadcast_shapes(f"np.{name}", [x.type.shape for x in xs])
    return [broadcast(x, shape) for x in xs]


def choose(name: str, condition: Operand, a: Operand, b: Operand) -> Operand:
    """`a` where the condition holds, else `b`, all broadcast to one shape."""
    result: Operand = o.where(*same_shape(name, condition, a, b))
    return result


def position(axis: int, shape: Shape) -> Operand:
    """The index of each element along an axis."""
    result: Operand = o.iota(dtype=np.dtype(np.int64), shape=shape, axis=axis)
    return result


def ints(array: Any) -> Operand:
    """Whole numbers that are known while tracing, as an i64 operand."""
    return lift(np.ascontiguousarray(array, np.int64)).here(require_trace())
