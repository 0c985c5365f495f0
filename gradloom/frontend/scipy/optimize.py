"""scipy.optimize's test function, on traced values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import as_array


def rosen(x: Any) -> Any:
    """Rosenbrock's function of the vectors along the first axis."""
    a = as_array(x)
    return np.sum(100.0 * (a[1:] - a[:-1] ** 2.0) ** 2.0 + (1 - a[:-1]) ** 2.0, axis=0)


def rosen_der(x: Any) -> Any:
    """Its gradient at a vector."""
    a = as_array(x)
    rise = a[1:] - a[:-1] ** 2.0
    zero = np.zeros_like(rise, shape=(1,))
    first = np.concatenate([-400 * rise * a[:-1] - 2 * (1 - a[:-1]), zero])
    return first + np.concatenate([zero, 200 * rise])


TABLE: Final[Mapping[str, Callable[..., Any]]] = {"rosen": rosen, "rosen_der": rosen_der}
"""By scipy's name: the function that takes the same arguments."""
