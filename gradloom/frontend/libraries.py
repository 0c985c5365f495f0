"""Functions of libraries without a dispatch protocol: their traced forms, by module and name.

A library is never imported from here: its functions are replaced once the user's program has
imported it. Ufuncs are left alone, numpy's protocol brings those to the tracer.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, Final

import numpy.polynomial  # noqa: F401  (part of numpy, which loads it late)

from gradloom.frontend import complexes, statistics
from gradloom.frontend.numpy import polyfit, polynomial, series
from gradloom.frontend.numpy.dispatch import call
from gradloom.frontend.scipy import (
    distances,
    distributions,
    fft,
    integrate,
    linalg,
    measures,
    optimize,
    refused,
    signal,
    special,
    vectors,
)
from gradloom.frontend.tracer import any_tracer, refuse

Names = Mapping[str, Callable[..., Any]]
"""A function's name in its module -> ours, which takes the same arguments."""

MODULES: Final[dict[str, Names]] = {
    "cmath": complexes.TABLE,
    **series.MODULES,
    "numpy.polynomial.polynomial": {
        **series.MODULES["numpy.polynomial.polynomial"],
        "polyline": polynomial.line,
    },
    "numpy.polynomial.polyutils": {"_fit": polyfit.fit, "trimseq": polynomial.trimmed_end},
    "scipy.fft": fft.TABLE,
    "scipy.integrate": integrate.TABLE,
    "scipy.interpolate": {},
    "scipy.linalg": linalg.TABLE,
    "scipy.ndimage": {},
    "scipy.optimize": optimize.TABLE,
    "scipy.signal": signal.TABLE,
    "scipy.special": special.TABLE,
    "scipy.spatial.distance": distances.TABLE,
    "scipy.stats": measures.TABLE,
    "statistics": statistics.TABLE,
}


def _reaching(ours: Callable[..., Any], what: str) -> Callable[..., Any]:
    """`ours` where a traced value stands among the arguments, else the original."""

    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        if any_tracer(args) or any_tracer([*kwargs.values()]):
            return call(ours, args, kwargs, what)
        return original(*args, **kwargs)

    return replacement


def _refused(name: str) -> Callable[..., Any]:
    """Refuses traced values by the function's name."""

    def ours(*args: Any, **kwargs: Any) -> Any:
        raise refuse(name, "this function has no traced form", refused.hint(name))

    return ours


def _functions(module: ModuleType) -> Iterator[str]:
    """The public names of a module that are Python's or compiled functions."""
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name, None)
        if inspect.isroutine(value):
            yield name


def is_there(name: str) -> bool:
    """Whether a module has been imported to its end."""
    module = sys.modules.get(name)
    return module is not None and not getattr(module.__spec__, "_initializing", False)


def _method(name: str) -> Callable[..., Any]:
    """A method of scipy's distributions where a traced value stands among the arguments, or among
    those that the distribution was frozen with.
    """

    def replacement(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        frozen = hasattr(self, "dist")
        more, named = (self.args, self.kwds) if frozen else ((), {})
        given, by_name = (*args, *more), {**kwargs, **named}
        if not (any_tracer(given) or any_tracer([*by_name.values()])):
            return original(self, *args, **kwargs)
        dist = self.dist if frozen else self
        what = f"scipy.stats.{dist.name}.{name}"
        return call(distributions.evaluated, (dist, name, given, by_name), {}, what)

    return replacement


def _vector_method(name: str, method: str) -> Callable[..., Any]:
    """The same of a distribution of vectors."""

    def replacement(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        if not (any_tracer(args) or any_tracer([*kwargs.values()])):
            return original(self, *args, **kwargs)
        what = f"scipy.stats.{name}" + f".{method}" * (method != "__call__")
        return call(vectors.evaluated, (name, method, args, kwargs), {}, what)

    return replacement


def rows(name: str) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """For each function of an imported module: its home, its name, and what stands for it."""
    if name == "scipy.stats":
        yield from ((home, n, _method(n)) for home, n in distributions.classes())
        yield from ((home, m, _vector_method(n, m)) for home, n, m in vectors.classes())
    module, table = sys.modules[name], MODULES[name]
    for function, ours in table.items():
        yield module, function, _reaching(ours, f"{name}.{function}".replace("numpy", "np", 1))
    if not name.startswith("numpy."):  # of numpy's own Python the rest is traced as it runs
        for function in set(_functions(module)) - set(table):
            yield module, function, _reaching(_refused(f"{name}.{function}"), f"{name}.{function}")
