"""Reductions and running results of ufuncs that have no op of their own: folds, step by step."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import dtype_of
from gradloom.frontend.numpy.axes import one_axis
from gradloom.frontend.numpy.lift import as_array, lift
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import DtypeError
from gradloom.ir.location import user_location
from gradloom.ir.types import Dim, DType

_ASSOCIATIVE: Final = frozenset(
    {
        np.add,
        np.multiply,
        np.maximum,
        np.minimum,
        np.fmax,
        np.fmin,
        np.logical_and,
        np.logical_or,
        np.logical_xor,
        np.bitwise_and,
        np.bitwise_or,
        np.bitwise_xor,
        np.logaddexp,
        np.logaddexp2,
        np.hypot,
        np.gcd,
        np.lcm,
    }
)
UNROLLED: Final = 256
"""So many steps of a ufunc that is not associative are written out; more make no readable graph."""


def folded(
    ufunc: np.ufunc, array: Any, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any
) -> Any:
    """What `ufunc.reduce(array, ...)` gives, axis by axis."""
    x = as_array(array)
    taken, given = _loop(ufunc, x.dtype, dtype)
    axes = _axes(ufunc, axis, x.ndim)
    if len(axes) > 1 and (ufunc not in _ASSOCIATIVE or ufunc == np.lcm):  # as numpy has it
        raise ValueError(
            f"np.{ufunc.__name__}.reduce depends on order, so at most one axis may be given"
        )
    mask = None if where is True else np.broadcast_to(as_array(where).astype(bool), x.shape)
    if mask is not None and initial is np._NoValue and ufunc.identity is None:
        raise ValueError(
            f"reduction operation {ufunc.__name__!r} does not have an identity, "
            "so to use a where mask one has to specify 'initial'"
        )
    rows = _rows(x.astype(taken), axes)
    held = None if mask is None else _rows(mask, axes)
    result: Any = _fold(ufunc, rows, given, initial, held)
    result = lift(result).astype(given)
    if keepdims:
        result = np.reshape(result, tuple(1 if i in axes else d for i, d in enumerate(x.shape)))
    return result


def _rows(x: Any, axes: list[int]) -> Any:
    """The array with the axes as one, in front; each element by itself when there are none."""
    moved = np.moveaxis(x, axes, list(range(len(axes)))) if axes else x
    if len(axes) == 1:
        return moved
    size = math.prod(moved.shape[: len(axes)])
    return np.reshape(moved, (size, *moved.shape[len(axes) :]))


def accumulated(ufunc: np.ufunc, x: Any, dtype: Any) -> Any:
    """What `ufunc.accumulate(x)` gives along the first axis."""
    taken, given = _loop(ufunc, x.dtype, dtype)
    x = x.astype(taken)
    if ufunc not in _ASSOCIATIVE:
        return _one_by_one(ufunc, x, given)
    count, step = _steps(ufunc, x, False), 1
    while step < count:  # Hillis and Steele, "Data parallel algorithms", 1986
        x = np.concatenate([x[:step], ufunc(x[:-step], x[step:])])
        step *= 2
    return x.astype(given)


def _loop(ufunc: np.ufunc, array: DType, asked: Any) -> tuple[DType, DType]:
    """The dtypes that numpy's loop of a reduction takes and gives."""
    wanted: dict[str, Any] = {}
    if asked is not None:
        wanted = {"signature": (dtype_of(asked), None, None), "casting": "unsafe"}
    try:
        _, taken, given = ufunc.resolve_dtypes((None, array, None), reduction=True, **wanted)
    except TypeError as error:
        raise DtypeError(
            f"np.{ufunc.__name__} reduces no {array}"
            + ("" if asked is None else f" as {dtype_of(asked)}"),
            location=user_location(),
            hint="convert with astype",
        ) from error
    # The loops of logical ufuncs take any dtype; between the steps they hold bool.
    return (given if given.kind == "b" else taken), given


def _axes(ufunc: np.ufunc, axis: Any, ndim: int) -> list[int]:
    """The axes of a reduction, in their order."""
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if not ndim and all(a in (0, -1) for a in axes):
        return []  # numpy takes a single number for a row of one
    found = {one_axis(f"{ufunc.__name__}.reduce", a, ndim) for a in axes}
    if len(found) != len(axes):
        raise ValueError("duplicate value in 'axis'")
    return sorted(found)


def _steps(ufunc: np.ufunc, x: Any, limited: bool) -> int:
    size = x.shape[0]
    if isinstance(size, Dim) or (limited and size > UNROLLED):
        raise refuse(
            f"np.{ufunc.__name__}",
            f"so many steps ({size}) along one axis are not written out",
            "use gl.scan",
        )
    return int(size)


def _fold(ufunc: np.ufunc, x: Any, given: DType, initial: Any, mask: Any) -> Any:
    """The reduction over the first axis: by halves, or from the left where order matters."""
    first = None
    if initial is not np._NoValue and initial is not None:
        first = np.broadcast_to(as_array(initial).astype(given), x.shape[1:])
    neutral = ufunc.identity
    if mask is not None and neutral is not None:
        x, mask = np.where(mask, x, np.asarray(neutral).astype(x.dtype)), None
    if mask is not None or ufunc not in _ASSOCIATIVE:
        return _from_the_left(ufunc, x, first, mask, given)
    if first is not None:
        x = np.concatenate([np.expand_dims(first, 0).astype(x.dtype), x])
    if _steps(ufunc, x, False):
        return _by_halves(ufunc, x)
    if neutral is None or initial is None:
        raise _empty(ufunc)
    return np.broadcast_to(as_array(neutral).astype(given), x.shape[1:])


def _by_halves(ufunc: np.ufunc, x: Any) -> Any:
    count = int(x.shape[0])
    while count > 1:
        half = count // 2
        joined = ufunc(x[:half], x[half : 2 * half])
        x = np.concatenate([joined, x[2 * half :]]) if count % 2 else joined
        count -= half
    return x[0]


def _from_the_left(ufunc: np.ufunc, x: Any, first: Any, mask: Any, given: DType) -> Any:
    if isinstance(x.shape[0], int) and x.shape[0] > UNROLLED:
        return _in_a_loop(ufunc, x, first, mask, given)[0]
    count, result = _steps(ufunc, x, True), first
    if not count and result is None:
        raise _empty(ufunc)
    for i in range(count):
        if result is None:
            result = x[i].astype(given)
            continue
        after = ufunc(result, x[i]).astype(given)
        result = after if mask is None else np.where(mask[i], after, result)
    return result


def _in_a_loop(ufunc: np.ufunc, x: Any, first: Any, mask: Any, given: DType) -> Any:
    """The last of the steps from the left, and all of them."""
    from gradloom.frontend.flow import scan

    if first is None:
        first, x = x[0].astype(given), x[1:]
        mask = None if mask is None else mask[1:]

    def step(carry: Any, row: Any) -> Any:
        after = lift(ufunc(carry, row[0])).astype(given)
        after = np.where(row[1], after, carry) if len(row) > 1 else after
        return after, after

    return scan(step, as_array(first), (x,) if mask is None else (x, mask))


def _empty(ufunc: np.ufunc) -> ValueError:
    return ValueError(
        f"zero-size array to reduction operation {ufunc.__name__} which has no identity"
    )


def _one_by_one(ufunc: np.ufunc, x: Any, given: DType) -> Any:
    if isinstance(x.shape[0], int) and x.shape[0] > UNROLLED:
        start = np.expand_dims(x[0].astype(given), 0)
        return np.concatenate([start, _in_a_loop(ufunc, x, None, None, given)[1]])
    rows = [x[i].astype(given) for i in range(_steps(ufunc, x, True))]
    if not rows:
        return x.astype(given)
    for i in range(1, len(rows)):
        rows[i] = ufunc(rows[i - 1], x[i]).astype(given)
    return np.stack(rows)
