"""np.emath: functions that go over to complex numbers where real ones have no answer.

The dtype of the result depends on values. Where they are at hand (in `gl.grad`, say) it is numpy's;
where they are not, real arguments are refused, and the way out is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import ValueNeeded

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table


def _holds(name: str, mask: Array) -> bool:
    """Whether a condition holds for any element; raises `NotSupported` where that is not known."""
    trace = require_trace()
    try:
        return bool(np.asarray(trace.value_of(mask.here(trace), f"np.emath.{name}")).any())
    except ValueNeeded:
        raise refuse(
            f"np.emath.{name}",
            "the dtype of its result depends on values, which are not at hand",
            f"say which is meant: np.{name}(x), or np.{name}(x.astype(complex))",
        ) from None


def _as_complex(x: Array) -> Any:
    """x as complex numbers, of single precision where x has no more."""
    narrow = (x.dtype.kind == "f" and x.dtype.itemsize <= 4) or x.dtype.itemsize <= 2
    return x.astype(np.complex64 if narrow else np.complex128)


def _wide_if_negative(name: str, x: Any) -> Any:
    array = as_array(x)
    if array.dtype.kind in "cub" or not _holds(name, np.less(array, 0)):
        return array
    return _as_complex(array)


def _wide_if_above_1(name: str, x: Any) -> Any:
    array = as_array(x)
    if array.dtype.kind == "c" or not _holds(name, np.greater(np.abs(array), 1)):
        return array
    return _as_complex(array)


def _unary(ufunc: np.ufunc, widen: Callable[[str, Any], Any]) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        return ufunc(widen(ufunc.__name__, x))

    function.__doc__ = f"What `np.emath.{ufunc.__name__}` gives."
    return function


def logn(n: Any, x: Any) -> Any:
    """What `np.emath.logn` gives."""
    return np.log(_wide_if_negative("logn", x)) / np.log(_wide_if_negative("logn", n))


def power(x: Any, p: Any) -> Any:
    """What `np.emath.power` gives."""
    base, exponent = _wide_if_negative("power", x), as_array(p)
    if exponent.dtype.kind == "i" and _holds("power", np.less(exponent, 0)):
        exponent = exponent * 1.0
    return np.power(base, exponent)


TABLE: Final[Table] = {
    np.emath.sqrt: _unary(np.sqrt, _wide_if_negative),
    np.emath.log: _unary(np.log, _wide_if_negative),
    np.emath.log2: _unary(np.log2, _wide_if_negative),
    np.emath.log10: _unary(np.log10, _wide_if_negative),
    np.emath.arccos: _unary(np.arccos, _wide_if_above_1),
    np.emath.arcsin: _unary(np.arcsin, _wide_if_above_1),
    np.emath.arctanh: _unary(np.arctanh, _wide_if_above_1),
    np.emath.logn: logn,
    np.emath.power: power,
}
