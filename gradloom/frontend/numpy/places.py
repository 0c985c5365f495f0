"""Places in an array: one number for all axes, and one number for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.numpy.shape import sizes_of
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location
from gradloom.ir.types import Shape, size_of

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _steps(shape: Shape, order: str) -> list[Any]:
    """How far apart in memory two neighbours of each axis are."""
    if order not in ("C", "F"):
        raise ShapeError(f"order is 'C' or 'F', not {order!r}", location=user_location())
    axes = range(len(shape))
    return [size_of(shape[i + 1 :] if order == "C" else shape[:i]) for i in axes]


def _integers(name: str, x: Any) -> Tracer:
    index = lift(x)
    if index.dtype.kind not in "iu":
        raise TypeError(f"np.{name}: only int indices permitted, not {index.dtype}")
    return index


def unravel_index(indices: Any, shape: Any, order: str = "C") -> tuple[Any, ...]:
    """What `np.unravel_index` gives, for places inside the shape."""
    sizes: tuple[Any, ...] = sizes_of(shape)
    index = _integers("unravel_index", indices)
    steps = _steps(sizes, order)
    return tuple(
        np.remainder(np.floor_divide(index, step), size)
        for step, size in zip(steps, sizes, strict=True)
    )


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Any:
    """What `np.ravel_multi_index` gives, for places inside the shape or brought into it."""
    sizes = sizes_of(dims)
    modes = mode if isinstance(mode, tuple) else (mode,) * len(sizes)
    places = [_integers("ravel_multi_index", x) for x in multi_index]
    if len(places) != len(sizes):
        raise ShapeError(
            f"np.ravel_multi_index: {len(places)} indices for {len(sizes)} axes",
            location=user_location(),
        )
    total: Any = 0
    steps: list[Any] = _steps(sizes, order)
    for place, size, how, step in zip(places, sizes, modes, steps, strict=True):
        total = np.add(total, np.multiply(_inside(place, size, how), step))
    return total


def _inside(place: Any, size: Any, how: str) -> Any:
    if how == "wrap":
        return np.remainder(place, size)
    if how == "clip":
        return np.clip(place, 0, size - 1)
    if how != "raise":
        raise refuse("np.ravel_multi_index", f"there is no mode {how!r}")
    return place


TABLE: Final[Table] = {
    np.unravel_index: unravel_index,
    np.ravel_multi_index: ravel_multi_index,
}
