"""Functions that look at numbers or memory, on traced values: numpy's tests, masked arrays, and
views made by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from gradloom.frontend.numpy.strided import as_strided
from gradloom.frontend.tracer import Tracer, any_tracer, refuse

Replacement = Callable[..., Any]


def _refused(name: str, why: str, hint: str) -> Replacement:
    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        if any_tracer(args) or any_tracer([*kwargs.values()]):
            raise refuse(name, why, hint)
        return original(*args, **kwargs)

    return replacement


def _tested(name: str) -> Replacement:
    """An assertion about the numbers at hand; it has no part in derivatives."""

    def replacement(original: Any, *args: Any, **kwargs: Any) -> Any:
        return original(
            *[_number(name, x) for x in args], **{k: _number(name, x) for k, x in kwargs.items()}
        )

    return replacement


def _number(name: str, x: Any) -> Any:
    if type(x) is Tracer:
        return x._number(name, hint="assert about what the function returns, outside the trace")
    if isinstance(x, list | tuple) and any_tracer(x):
        return type(x)([_number(name, part) for part in x])
    return x


def _strided(original: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
    return (as_strided if type(x) is Tracer else original)(x, *args, **kwargs)


def rows() -> Iterator[tuple[ModuleType, str, Replacement]]:
    """Module, name and replacement of each."""
    for name, value in vars(np.testing).items():
        if name.startswith("assert_") and isinstance(value, FunctionType):
            yield np.testing, name, _tested(f"np.testing.{name}")
    for name, value in vars(np.ma).items():
        if name in np.ma.__all__ and isinstance(value, FunctionType):
            yield np.ma, name, _refused(
                f"np.ma.{name}", "masked arrays cannot be traced", "use np.where with a mask"
            )  # fmt: skip
    yield np.lib.stride_tricks, "as_strided", _strided
