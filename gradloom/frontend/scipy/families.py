"""What a distribution of scipy.stats is to the functions around it: densities, tails, moments.

Every function takes the standardised value (location 0, scale 1) and the shape parameters, all
float64 and of one shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.numpy.lift import Array
from gradloom.frontend.scipy.special_ufuncs import UFUNCS

Function = Callable[..., Any]
REAL: Final[Function] = lambda *shapes: (-np.inf, np.inf)  # noqa: E731  (a row of the tables)
POSITIVE: Final[Function] = lambda *shapes: (0.0, np.inf)  # noqa: E731


def everything(*shapes: Array) -> bool:
    """Shape parameters that may be anything."""
    return True


def positive(*shapes: Array) -> Any:
    """Shape parameters that are all above 0."""
    fine: Any = True
    for shape in shapes:
        fine = fine & (shape > 0)
    return fine


@final
@dataclass(frozen=True, slots=True)
class Family:
    """A family of distributions; what is None has no closed form here."""

    logpdf: Function
    shapes: tuple[str, ...] = ()
    fine: Function = everything
    support: Function = REAL
    cdf: Function | None = None
    sf: Function | None = None
    logcdf: Function | None = None
    logsf: Function | None = None
    ppf: Function | None = None
    isf: Function | None = None
    mean: Function | None = None
    var: Function | None = None
    is_discrete: bool = False

    def function(self, name: str) -> Function | None:
        """One of the functions, by scipy's name, or what follows from the others."""
        given: Function | None = getattr(self, name, None)
        if given is not None:
            return given
        cdf, ppf = self.cdf, self.ppf
        if name == "isf" and ppf is not None:
            return lambda q, *shapes: ppf(1 - q, *shapes)
        if name not in ("sf", "logcdf", "logsf") or cdf is None:
            return None
        sf = self.sf or (lambda y, *shapes: 1 - cdf(y, *shapes))
        if name == "sf":
            return sf
        return _logarithm(cdf, sf) if name == "logcdf" else _logarithm(sf, cdf)


def _logarithm(here: Function, rest: Function) -> Function:
    """The logarithm of a chance, by the other tail where it is near 1."""

    def rule(y: Array, *shapes: Array) -> Array:
        p, q = here(y, *shapes), rest(y, *shapes)
        most = p > 0.5
        return np.where(most, np.log1p(-np.where(most, q, 0.0)), np.log(p))

    return rule


def special(name: str) -> Function:
    """The traced form of a ufunc of scipy.special."""
    return UFUNCS[name]
