"""The methods of scipy.stats' distributions, frozen or not, on traced values.

Outside the support a density is 0 and its logarithm -inf; parameters that a distribution does not
take give NaN, as scipy's do. Neither has a part in derivatives.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array, scalar_if_rank_0
from gradloom.frontend.scipy.continuous import CONTINUOUS
from gradloom.frontend.scipy.discrete import DISCRETE
from gradloom.frontend.scipy.families import Family
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import CallError

FAMILIES: Final[dict[str, Family]] = {**CONTINUOUS, **DISCRETE}


def family_of(dist: Any) -> Family | None:
    """The family that a distribution of scipy is, by its class; None for any other."""
    stats: Any = sys.modules["scipy.stats"]
    family = FAMILIES.get(dist.name)
    return family if type(getattr(stats, dist.name, None)) is type(dist) else None


def classes() -> Iterator[tuple[type, str]]:
    """The classes of scipy's distributions, each with the public methods that it defines."""
    stats: Any = sys.modules["scipy.stats"]
    found: list[type] = []
    for example in (stats.norm, stats.poisson, stats.norm(), stats.poisson(1)):
        found += [c for c in type(example).__mro__[:-1] if c.__name__.startswith("rv_")]
    for home in dict.fromkeys(found):
        for name, value in vars(home).items():
            if not name.startswith("_") and type(value) is FunctionType:
                yield home, name


# ---- arguments -----------------------------------------------------------------------------------


def _bound(names: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name."""
    if len(args) > len(names):
        raise CallError(f"{len(args)} arguments, and {', '.join(names)} are due")
    given = dict(zip(names, args, strict=False))
    for name, value in kwargs.items():
        if name in given or name not in names:
            raise CallError(f"the argument {name!r} is given twice, or not known")
        given[name] = value
    missing = [n for n in names if n not in given and n not in ("loc", "scale")]
    if missing:
        raise CallError(f"missing argument: {', '.join(missing)}")
    return given


def _doubles(xs: Sequence[Array]) -> list[Array]:
    return [*np.broadcast_arrays(*[as_array(x).astype(np.float64) for x in xs])]


# ---- where each function holds -------------------------------------------------------------------


def _density(family: Family, log: bool, y: Array, shapes: list[Array], fine: Any) -> Array:
    low, high = family.support(*shapes)
    inside = (y >= low) & (y <= high)
    if family.is_discrete:
        inside = inside & (np.floor(y) == y)
    found = family.logpdf(y, *shapes)
    return np.where(fine & inside, found if log else np.exp(found), -np.inf if log else 0.0)


def _tail(family: Family, name: str, y: Array, shapes: list[Array], fine: Any) -> Array:
    low, high = family.support(*shapes)
    function = family.function(name)
    assert function is not None
    below, above = (y < low if family.is_discrete else y <= low), y >= high
    upper, log = name.endswith("sf"), name.startswith("log")
    none, all_ = (-np.inf, 0.0) if log else (0.0, 1.0)
    at_low, at_high = (all_, none) if upper else (none, all_)
    found = np.where(below, at_low, np.where(above, at_high, function(y, *shapes)))
    if family.is_discrete and name == "logcdf":  # scipy looks at the parameters below only
        fine = fine | above
    return np.where(fine, found, np.nan)


def _quantile(family: Family, name: str, q: Array, shapes: list[Array]) -> Array:
    low, high = family.support(*shapes)
    function = family.function(name)
    assert function is not None
    if name == "isf":
        low, high = high, low
    inside = (q > 0) & (q < 1)
    edge = np.where(q == 0, low, np.where(q == 1, high, np.nan))
    return np.where(inside, function(np.where(inside, q, 0.5), *shapes), edge)


# ---- the methods ---------------------------------------------------------------------------------

_DENSITIES: Final = {"pdf": False, "logpdf": True, "pmf": False, "logpmf": True}
_TAILS: Final = ("cdf", "sf", "logcdf", "logsf")
_QUANTILES: Final = ("ppf", "isf")
_MOMENTS: Final = ("mean", "var", "std", "median")


def _offered(family: Family | None, name: str) -> bool:
    if family is None:
        return False
    if name in _DENSITIES:
        return ("m" in name) == family.is_discrete
    if name in _TAILS:
        return family.function(name) is not None
    if name in ("mean", "var", "std"):
        return family.function("var" if name == "std" else name) is not None
    quantile = "ppf" if name == "median" else name
    return quantile in _QUANTILES and not family.is_discrete and bool(family.function(quantile))


def evaluated(dist: Any, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """What a distribution's method gives; raises `NotSupported` where it has no traced form."""
    family = family_of(dist)
    if family is None or not _offered(family, name):
        raise refuse(
            f"scipy.stats.{dist.name}.{name}",
            "this method has no traced form",
            "write its formula with numpy and scipy.special, or give it one with gl.custom_jvp",
        )
    first = "q" if name in _QUANTILES else "k" if family.is_discrete else "x"
    place = () if family.is_discrete else ("scale",)
    names = [*([] if name in _MOMENTS else [first]), *family.shapes, "loc", *place]
    given = _bound(names, args, kwargs)
    loc, scale = as_array(given.get("loc", 0)), as_array(given.get("scale", 1))
    shapes = [given[n] for n in family.shapes]
    if name in _MOMENTS:
        made = _moment(family, name, shapes, loc, scale)
    elif name in _QUANTILES:
        made = _of_quantile(family, name, given[first], shapes, loc, scale)
    else:
        made = _of_value(family, name, as_array(given[first]), shapes, loc, scale)
    return scalar_if_rank_0(as_array(made))


def _of_value(
    family: Family, name: str, x: Array, shapes: list[Any], loc: Array, scale: Array
) -> Array:
    moved = x - loc if family.is_discrete else (x - loc) / scale
    y, *shapes = _doubles([moved, *shapes])
    fine = family.fine(*shapes) & (scale > 0) & ~np.isnan(y)
    if name in _DENSITIES:
        log = _DENSITIES[name]
        made = _density(family, log, y, shapes, fine)
        if not family.is_discrete:
            made = made - np.log(scale) if log else made / scale
        return np.where(fine, made, np.nan)
    return _tail(family, name, y, shapes, fine)


def _of_quantile(
    family: Family, name: str, q: Any, shapes: list[Any], loc: Array, scale: Array
) -> Array:
    p, *shapes = _doubles([q, *shapes])
    fine = family.fine(*shapes) & (scale > 0) & ~np.isnan(loc)
    return np.where(fine, _quantile(family, name, p, shapes) * scale + loc, np.nan)


def _moment(family: Family, name: str, shapes: list[Any], loc: Array, scale: Array) -> Array:
    if name == "median":
        return _of_quantile(family, "ppf", 0.5, shapes, loc, scale)
    doubles = _doubles(shapes) if shapes else []
    fine = family.fine(*doubles) & (scale > 0)
    function = family.mean if name == "mean" else family.var
    assert function is not None
    found = function(*doubles)
    if name == "mean":
        found = found * scale + loc
    else:
        found = found * scale * scale if name == "var" else np.sqrt(found) * scale
        found = found + 0.0 * loc
    return np.where(fine, found, np.nan)
