"""ufuncs of vectors and matrices: `axes=`, `axis=`, `keepdims=` and the loop that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import integer
from gradloom.frontend.numpy.lift import Array, lift, tag_of
from gradloom.frontend.numpy.promotion import as_operand, asked_of, loop_dtypes
from gradloom.frontend.tracer import wrap
from gradloom.ir.errors import ArgumentError
from gradloom.ir.location import user_location

_CORES: Final[dict[np.ufunc, tuple[int, int, int]]] = {
    np.matmul: (2, 2, 2), np.vecdot: (1, 1, 0), np.matvec: (2, 1, 1), np.vecmat: (1, 2, 1),
}  # fmt: skip
"""How many axes of each operand, and of the result, belong to one product."""

GUFUNCS: Final = frozenset(_CORES)


def call_gufunc(
    ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any], out: Any = None
) -> Any:
    """What a call gives; `kwargs` are those beside `out=` and `where=`, and `out` is only looked
    at.
    """
    name = ufunc.__name__
    asked = asked_of(ufunc, kwargs)
    axes, keepdims = _axes(ufunc, kwargs), kwargs.pop("keepdims", False)
    if kwargs:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(kwargs))}'")
    if keepdims and ufunc != np.vecdot:
        raise TypeError(f"{name} does not support keepdims: its signature requires core dimensions")
    xs: list[Any] = [lift(x) for x in inputs]
    dtypes = loop_dtypes(ufunc, tuple([tag_of(x) for x in xs]), asked)
    xs = [x if x.dtype == d else wrap(as_operand(x, d)) for x, d in zip(xs, dtypes, strict=False)]
    made = _along(ufunc, xs, axes, keepdims)
    _require_cores(ufunc, xs, axes, keepdims, made, out)
    return made if made.dtype == dtypes[-1] else made.astype(dtypes[-1])


def _axes(ufunc: np.ufunc, kwargs: dict[str, Any]) -> Any:
    """`axes=`, or what `axis=` stands for; None where neither is given."""
    axes = kwargs.pop("axes", None)
    if "axis" not in kwargs:
        return axes
    axis = integer("axis=", kwargs.pop("axis"))
    if axes is not None:
        raise TypeError("cannot specify both 'axis' and 'axes'")
    if ufunc != np.vecdot:
        raise TypeError(
            f"{ufunc.__name__}: axis can only be used with a single shared core dimension"
        )
    return [axis, axis]


def _along(ufunc: np.ufunc, xs: list[Array], axes: Any, keepdims: bool) -> Array:
    from gradloom.frontend.numpy import contract  # which writes results by way of ufuncs.py

    function = getattr(contract, ufunc.__name__)
    if axes is None:
        made = function(*xs)
        return np.expand_dims(made, -1) if keepdims else made
    places = _places(ufunc, axes)
    moved = [np.moveaxis(x, p, tuple(range(-len(p), 0))) for x, p in zip(xs, places, strict=False)]
    made = function(*moved)
    if keepdims:
        made, places[2] = np.expand_dims(made, -1), places[2] or places[0]
    return np.moveaxis(made, tuple(range(-len(places[2]), 0)), places[2]) if places[2] else made


def _require_cores(
    ufunc: np.ufunc, xs: list[Array], axes: Any, keepdims: bool, made: Array, out: Any
) -> None:
    """Raise unless `out=` has the result's sizes along a product's own axes; over the others the
    result is spread.
    """
    target = out[0] if isinstance(out, tuple) else out
    if target is None:
        return
    count = _CORES[ufunc][2] + bool(keepdims)
    if ufunc == np.matmul:
        count -= sum(x.ndim == 1 for x in xs)
    given, due = np.shape(target), made.shape
    for i in range(-count, 0) if axes is None else _places(ufunc, axes)[2]:
        if len(given) < len(due) or given[i] != due[i]:
            raise ArgumentError(
                f"np.{ufunc.__name__}: out= of shape {given} does not hold a result of {due}",
                location=user_location(),
                hint="give out= the shape of the result",
            )


def _places(ufunc: np.ufunc, axes: Any) -> list[tuple[int, ...]]:
    """One tuple of axes for each operand and the result."""
    if not isinstance(axes, list):
        raise TypeError("axes should be a list")
    wanted: Sequence[int] = _CORES[ufunc]
    given = [*axes, ()] if len(axes) == 2 and not wanted[2] else list(axes)
    if len(given) != 3:
        raise ValueError("axes should be a list with an entry for all 3 inputs and outputs")
    found = [(a,) if isinstance(a, int) else tuple(a) for a in given]
    for i, (place, count) in enumerate(zip(found, wanted, strict=True)):
        kept = len(place) == 1 and (not count or ufunc == np.matmul)  # keepdims=, and vectors
        if len(place) != count and not kept:
            raise ValueError(
                f"{ufunc.__name__}: axes item {i} should be a tuple with {count} elements"
            )
    return found
