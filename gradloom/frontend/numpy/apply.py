"""np.apply_along_axis and np.apply_over_axes: a user's function on slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import as_array, lift
from gradloom.frontend.tracer import refuse
from gradloom.ir.ops.rules import normal_axis
from gradloom.ir.types import Dim

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """`func1d` of every vector along one axis, its results put in place of that axis."""
    x = as_array(arr)
    axis = normal_axis("apply_along_axis", axis, x.ndim)
    vectors = np.moveaxis(x, axis, -1)
    lead = vectors.shape[:-1]
    if any(isinstance(d, Dim) for d in lead):
        raise refuse(
            "np.apply_along_axis",
            "it calls Python once per vector, and their number is a named dimension",
            "use gl.vmap",
        )
    if 0 in lead:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [lift(func1d(vectors[(*i, slice(None))], *args, **kwargs)) for i in np.ndindex(*lead)]
    dtype = results[0].dtype
    stacked = np.stack([r.astype(dtype) for r in results])
    shaped = np.reshape(stacked, (*lead, *results[0].shape))
    ndim = results[0].ndim
    return np.moveaxis(
        shaped, tuple(range(len(lead), len(lead) + ndim)), tuple(range(axis, axis + ndim))
    )


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """`func(a, axis)` for one axis after another, each kept with size 1."""
    value = as_array(a)
    ndim = value.ndim
    for axis in (axes,) if np.ndim(axes) == 0 else axes:
        axis = axis + ndim if axis < 0 else axis
        result = func(value, axis)
        if result.ndim != value.ndim:
            result = np.expand_dims(result, axis)
        if result.ndim != value.ndim:
            raise ValueError("function is not returning an array of the correct shape")
        value = result
    return value


TABLE: Final[Table] = {np.apply_along_axis: apply_along_axis, np.apply_over_axes: apply_over_axes}
