"""Python numbers of traced arrays that have no values yet: `x.item()`, `x.tolist()`.

They are numbers in the graph, as `int(x)` and `float(x)` give them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.frontend.tracer import Tracer
from gradloom.ir.types import Dim

_PYTHONS: Final = {"b": np.bool_, "i": np.int64, "u": np.int64, "f": np.float64, "c": np.complex128}
"""The dtype of Python's number, by the kind of the array's dtype."""
_MOST: Final = 1000
"""Lists of more numbers are not made: each is a node of the graph."""


def item(x: Tracer, args: tuple[Any, ...]) -> Any:
    """One element as a Python number in the graph; None where there is no such number."""
    if any(isinstance(d, Dim) for d in x.shape) or x.dtype == np.uint64:
        return None
    place = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
    if not place and x.size != 1:
        raise ValueError("can only convert an array of size 1 to a Python scalar")
    if len(place) == 1 or (not place and x.ndim):
        x, place = x.reshape(-1), place or (0,)
    elif len(place) not in (0, x.ndim):
        raise ValueError("incorrect number of indices for array")
    one = (x[place] if place else x).astype(_PYTHONS[x.dtype.kind])
    return Tracer(one.owner, one.value, "weak")


def tolist(x: Tracer) -> Any:
    """Nested lists of Python numbers in the graph; None where they are too many, or not known."""
    if any(isinstance(d, Dim) for d in x.shape) or x.dtype == np.uint64 or x.size > _MOST:
        return None
    if not x.ndim:
        return item(x, ())
    return [tolist(x[i : i + 1].reshape(x.shape[1:])) for i in range(x.shape[0])]
