"""Ufuncs that np.frompyfunc makes: the user's function of every element."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.lift import as_array, lift
from gradloom.frontend.tracer import Tracer, refuse

_LIMIT = 256
"""So many calls are written out; for more there is gl.vmap."""


def is_of_objects(ufunc: np.ufunc) -> bool:
    """Whether the ufunc's only loop is of Python objects."""
    return ufunc.ntypes == 1 and set(ufunc.types[0]) <= {"O", "-", ">"}


def call_of_elements(ufunc: np.ufunc, xs: list[Tracer]) -> Any:
    """The function of every element, its results stacked.

    numpy gives an array of objects; here it has the dtype of the first result.
    """
    arrays: Any = np.broadcast_arrays(*[as_array(x) for x in xs])
    shape, size = arrays[0].shape, arrays[0].size
    if not isinstance(size, int) or not 0 < size <= _LIMIT:
        raise refuse(
            f"the ufunc {ufunc.__name__}",
            f"its Python function would be called {size} times",
            "use gl.vmap, or write it with numpy's functions",
        )
    columns = [_objects([x[i] for i in range(size)]) for x in (a.reshape(-1) for a in arrays)]
    made = ufunc(*columns)
    results = made if isinstance(made, tuple) else (made,)
    stacked = tuple([_stacked(list(r), shape) for r in results])
    return stacked if isinstance(made, tuple) else stacked[0]


def _objects(elements: list[Any]) -> np.ndarray:
    """The elements in an array of objects, which numpy would otherwise ask for their numbers."""
    picked: np.ndarray = np.frompyfunc(lambda i: elements[i], 1, 1)(np.arange(len(elements)))
    return picked


def _stacked(values: list[Any], shape: Any) -> Any:
    parts = [lift(v) for v in values]
    dtype = np.result_type(*[p.dtype for p in parts])
    stacked: Any = np.stack([p.astype(dtype) for p in parts])
    return stacked.reshape(shape)
