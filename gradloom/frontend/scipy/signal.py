"""scipy.signal on traced values: filters, trends, and which function stands for which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from gradloom.frontend.flow import scan
from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.scipy import overlaps
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import ShapeError
from gradloom.ir.ops.rules import normal_axis

# ---- filters -------------------------------------------------------------------------------------


def lfilter(b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """The recursive filter of numerator b and denominator a along an axis, in the transposed
    direct form II; with `zi` also its last state.
    """
    above, below, given = (as_array(np.atleast_1d(v)) for v in (b, a, x))
    if above.ndim != 1 or below.ndim != 1:
        raise ShapeError(f"b and a are vectors, not of shapes {above.shape} and {below.shape}")
    start = None if zi is None else as_array(zi)
    parts = [above, below, given] + ([] if start is None else [start])
    dtype = np.result_type(*[v.dtype for v in parts])
    if dtype.kind not in "fc" or dtype == np.float16:
        raise refuse("scipy.signal.lfilter", f"dtype {dtype}, as in scipy", "use x.astype(float)")
    count = max(above.shape[0], below.shape[0])
    first = below[0].astype(dtype)
    above, below = (_filled(v.astype(dtype), count) / first for v in (above, below))
    where = normal_axis("lfilter", axis, given.ndim)
    rows = np.moveaxis(given.astype(dtype), where, 0)
    if start is None:
        state = np.zeros((count - 1, *rows.shape[1:]), dtype)
    else:
        state = _started(start.astype(dtype), rows, where, count - 1)
    last, made = scan(_step, (state, above, below), rows)
    made = np.moveaxis(made, 0, where)
    return made if zi is None else (made, np.moveaxis(last[0], 0, where))


def _filled(v: Array, count: int) -> Array:
    return np.concatenate([v, np.zeros(count - v.shape[0], v.dtype)])


def _started(zi: Array, rows: Array, axis: int, count: int) -> Array:
    """The state before the first row, its own axis first."""
    if zi.ndim != rows.ndim:
        raise ShapeError(f"zi has {zi.ndim} axes, and x has {rows.ndim}")
    moved = np.moveaxis(zi, axis, 0)
    if moved.shape[0] != count:
        raise ShapeError(f"zi has {moved.shape[0]} states along the axis, and {count} are due")
    return np.broadcast_to(moved, (count, *rows.shape[1:]))


def _step(carry: tuple[Array, Array, Array], row: Array) -> tuple[Any, Array]:
    """One row filtered: y = b0 x + z0, and z[i] = z[i + 1] + b[i + 1] x - a[i + 1] y."""
    state, above, below = carry
    if state.shape[0] == 0:
        return (state, above, below), above[0] * row
    made = above[0] * row + state[0]
    wide = (slice(1, None), *(None,) * row.ndim)
    shifted = np.concatenate([state[1:], np.zeros_like(state[:1])])
    return (shifted + above[wide] * row - below[wide] * made, above, below), made


# ---- trends --------------------------------------------------------------------------------------


def detrend(
    data: Any, axis: int = -1, type: str = "linear", bp: Any = 0, overwrite_data: bool = False
) -> Any:
    """The data less its mean, or less the line of least squares through each piece."""
    if type not in ("linear", "l", "constant", "c"):
        raise ValueError(f"Trend type must be 'linear' or 'constant', not {type!r}")
    x = as_array(data)
    if type in ("constant", "c"):
        return x - np.mean(x, axis=axis, keepdims=True)
    where = normal_axis("detrend", axis, x.ndim)
    rows = np.moveaxis(x if x.dtype.char in "fdFD" else x.astype(np.float64), where, -1)
    count = rows.shape[-1]
    cuts = np.unique(np.concatenate([np.atleast_1d(bp), [0, count]]))
    if np.any(cuts > count):
        raise ValueError("Breakpoints must be less than length of data along given axis.")
    pieces = [_level(rows[..., i:j]) for i, j in pairwise(cuts)]
    return np.moveaxis(np.concatenate(pieces, axis=-1), -1, where)


def _level(x: Array) -> Array:
    """Rows less their lines."""
    count = x.shape[-1]
    basis = np.stack([np.arange(1, count + 1) / count, np.ones(count)], axis=-1)
    basis, solver = basis.astype(x.dtype), np.linalg.pinv(basis).astype(x.dtype)
    return x - (x @ solver.T) @ basis.T


def hilbert(x: Any, N: Any = None, axis: int = -1) -> Any:
    """The analytic signal: the negative frequencies taken away, the positive ones doubled."""
    given = as_array(x)
    if given.dtype.kind == "c":
        raise ValueError("x must be real.")
    given = given.astype(np.float32) if given.dtype == np.float16 else given
    where = normal_axis("hilbert", axis, given.ndim)
    count = given.shape[where] if N is None else int(N)
    if count <= 0:
        raise ValueError("N must be positive.")
    found = np.fft.fft(np.moveaxis(given, where, -1), count)
    places = np.arange(count)
    factor = np.where(
        (places == 0) | (2 * places == count), 1.0, np.where(2 * places < count, 2.0, 0.0)
    )
    return np.moveaxis(np.fft.ifft(found * factor.astype(found.real.dtype)), -1, where)


TABLE: Final[Mapping[str, Callable[..., Any]]] = {
    "convolve": overlaps.convolve, "correlate": overlaps.correlate,
    "fftconvolve": overlaps.fftconvolve, "oaconvolve": overlaps.fftconvolve,
    "convolve2d": overlaps.convolve2d, "correlate2d": overlaps.correlate2d,
    "lfilter": lfilter, "detrend": detrend, "hilbert": hilbert,
}  # fmt: skip
"""By scipy's name: the function that takes the same arguments."""
