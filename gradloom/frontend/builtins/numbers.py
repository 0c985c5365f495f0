"""int, float, complex, pow and sum on traced values: numbers in the graph."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from gradloom.frontend.builtins.choices import MISSING, as_kind, is_plain
from gradloom.frontend.complexes import joined
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.selection import is_selected
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import ValueNeeded


def _number(original: type, dtype: type) -> Callable[..., Any]:
    """int or float: a Python number in the graph."""

    def replacement(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except ValueNeeded:
            (x,) = args
            if type(x) is not Tracer:
                raise
        if original is float and x.dtype.kind == "c" and x.kind != "weak":
            x = _real_part(x)
        if x.ndim or x.dtype.kind == "c":
            raise TypeError(f"{original.__name__}() takes one real number, not {x.aval}")
        return as_kind(x.astype(dtype), "weak")

    replacement.__doc__ = f"What `{original.__name__}` gives."
    return replacement


def _real_part(x: Any) -> Any:
    """As numpy's own complex numbers answer `float`, though not `int`."""
    warnings.warn(
        "Casting complex values to real discards the imaginary part",
        np.exceptions.ComplexWarning,
        stacklevel=3,
    )
    return np.real(x)


int_of: Final = _number(int, np.int64)
float_of: Final = _number(float, np.float64)


def complex_of(real: Any = 0, imag: Any = MISSING, /) -> Any:
    """What `complex` gives: a Python complex number in the graph."""
    given = [real] if imag is MISSING else [real, imag]
    if is_plain(given):
        return complex(*given)
    parts: list[Any] = [lift(x) for x in given]
    if any(x.ndim for x in parts):
        raise TypeError("complex() takes numbers, not arrays")
    first = parts[0].astype(np.complex128)
    if len(parts) == 1:
        return as_kind(first, "weak")
    second = parts[1].astype(np.complex128)
    return joined(first.real - second.imag, first.imag + second.real)


def sum_of(iterable: Iterable[Any], /, start: Any = 0) -> Any:
    """What `sum` gives; of a traced array by one reduction over its first axis."""
    if is_selected(iterable):
        return start + np.sum(iterable, axis=0)  # type: ignore[call-overload]
    if type(iterable) is not Tracer or not iterable.ndim or iterable.shape[0] == 0:
        return builtins.sum(iterable, start)
    dtype = (iterable[:1] + start).dtype
    return start + np.add.reduce(iterable, axis=0, dtype=dtype)
