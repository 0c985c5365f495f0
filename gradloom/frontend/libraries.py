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
from gradloom.frontend.scipy import linalg, special
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
    "scipy.linalg": linalg.TABLE,
    "scipy.special": special.TABLE,
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
        raise refuse(name, "this function has no traced form")

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


def rows(name: str) -> Iterator[tuple[ModuleType, str, Callable[..., Any]]]:
    """For each function of an imported module: the module, its name, and what stands for it."""
    module, table = sys.modules[name], MODULES[name]
    for function, ours in table.items():
        yield module, function, _reaching(ours, f"{name}.{function}".replace("numpy", "np", 1))
    if not name.startswith("numpy."):  # of numpy's own Python the rest is traced as it runs
        for function in set(_functions(module)) - set(table):
            yield module, function, _reaching(_refused(f"{name}.{function}"), f"{name}.{function}")
