"""An adaptive solver of ordinary differential equations, in plain numpy.

The pair of Dormand and Prince (1980), "A family of embedded Runge-Kutta formulae", table 2: a step
of order 5, and one of order 4 whose distance tells the error. The length of the next step is
Gustafsson's (1991), as Hairer, Nørsett and Wanner (1993) have it in section II.4 and Hairer and
Wanner (1996) in section IV.2: by the errors of this step and the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Field = Callable[[Array], Array]

STAGES: Final = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
"""The shares of the slopes in the place of the next one; the last row is the step itself."""
ERROR: Final = (71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
"""The shares of the slopes in the difference from the step of order 4."""

_SAFETY: Final = 0.9
_PROPORTIONAL: Final = 0.7 / 5
_INTEGRAL: Final = 0.4 / 5
"""The exponents of this error and the one before; 5 is the order (Gustafsson's 0.7 and 0.4)."""
_LEAST, _MOST = 0.2, 10.0
"""By what a step changes at most (Hairer, Nørsett and Wanner's DOPRI5)."""


def attempt(field: Field, y: Array, slope: Array, h: Any) -> tuple[Array, Array, Array]:
    """The place after a step of length h, its error, and the slope there.

    The last stage is the first one of the next step.
    """
    slopes, place = [slope], y
    for row in STAGES:
        place = y + h * weighted(row, slopes)
        slopes.append(field(place))
    return place, h * weighted(ERROR, slopes), slopes[-1]


def weighted(shares: tuple[float, ...], slopes: list[Array]) -> Any:
    """The sum of the slopes, each times its share."""
    return sum(share * slope for share, slope in zip(shares, slopes, strict=True) if share)


def solve(
    field: Field, y: Array, duration: Any, tolerance: float = 1e-5, first: float = 0.05
) -> tuple[Array, Any]:
    """Where `y' = field(y)` leads after `duration`, and how many steps were tried.

    A step's error, in the mean over all of y, is at most `tolerance * (1 + |y|)`. `first` is the
    length of the step that is tried first. The loop is a plain `while`: on arrays it is Python's,
    in a traced program it is one `while` of the graph, and derivatives go through the steps that
    were made.
    """
    time, h, before, tried = 0.0, first, 1.0, 0
    slope = field(y)
    while time < duration:
        h = np.minimum(h, duration - time)
        place, error, last = attempt(field, y, slope, h)
        scale = tolerance * (1 + np.maximum(np.abs(y), np.abs(place)))
        # No root of zero, whose derivative is none.
        size = np.sqrt(np.mean((error / scale) ** 2) + 1e-12)
        factor = _SAFETY * size**-_PROPORTIONAL
        if size <= 1:
            time, y, slope = time + h, place, last
            factor = factor * before**_INTEGRAL
            before = size
        else:
            factor = np.minimum(factor, _SAFETY)
        h = h * np.clip(factor, _LEAST, _MOST)
        tried += 1
    return y, tried
