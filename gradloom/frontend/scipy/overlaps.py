"""scipy.signal: convolutions and correlations of arrays of any rank, on traced values.

What is long is convolved by Fourier transforms, as scipy does by `method="auto"`; the results
differ by rounding only.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.contract import logical
from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.ops.rules import normal_axis

_MODES: Final = ("full", "same", "valid")
_MANY: Final = 1 << 24
"""From so many products on, `method="auto"` means Fourier transforms."""
_SPATIAL: Final = 3
"""The most axes that every framework convolves directly."""

# ---- which part of all overlaps is wanted --------------------------------------------------------


def _pair(in1: Any, in2: Any, mode: Any) -> tuple[Array, Array]:
    x, y = as_array(in1), as_array(in2)
    if x.ndim != y.ndim:
        raise ShapeError(
            f"in1 and in2 should have the same dimensionality, not {x.ndim} axes of {x.shape} and "
            f"{y.ndim} of {y.shape}"
        )
    if mode not in _MODES:
        raise ValueError(f"acceptable mode flags are 'valid', 'same', or 'full', not {mode!r}")
    return x, y


def _is_inside(x: Array, y: Array, mode: str, axes: Sequence[int] | None = None) -> bool:
    """Whether the first is the one that slides: mode "valid" wants the larger one first."""
    axes = range(x.ndim) if axes is None else axes
    if mode != "valid" or not axes:
        return False
    if all(x.shape[a] >= y.shape[a] for a in axes):
        return False
    if all(y.shape[a] >= x.shape[a] for a in axes):
        return True
    raise ShapeError(
        "For 'valid' mode, one must be at least as large as the other in every dimension: "
        f"{x.shape} and {y.shape}"
    )


def _part(n: int, m: int, mode: str, late: bool = False) -> tuple[int, int]:
    """Where in the n + m - 1 overlaps the result begins, and how long it is; `late`: of two
    middles the second.
    """
    if mode == "full":
        return 0, n + m - 1
    return ((m - 1 + late) // 2, n) if mode == "same" else (m - 1, n - m + 1)


def _conjugate(x: Array) -> Array:
    return np.conj(x) if x.dtype.kind == "c" else x


# ---- direct --------------------------------------------------------------------------------------


def _slid(x: Array, y: Array, parts: Sequence[tuple[int, int]]) -> Array:
    """The sums of x[i + k] * y[i], a part of all overlaps along each axis."""
    sizes = zip(x.shape, y.shape, parts, strict=True)
    padding = tuple((m - 1 - start, start + size - n) for n, m, (start, size) in sizes)
    one = (1,) * x.ndim

    def contract(a: Operand, b: Operand) -> Operand:
        made: Operand = o.conv(
            o.reshape(a, shape=(1, 1, *a.type.shape)), o.reshape(b, shape=(1, 1, *b.type.shape)),
            strides=one, padding=padding, dilation=one, input_dilation=one,
        )  # fmt: skip
        result: Operand = o.reshape(made, shape=made.type.shape[2:])
        return result

    dtype = np.result_type(x.dtype, y.dtype)
    trace = require_trace()
    return wrap(logical(contract, x.astype(dtype).here(trace), y.astype(dtype).here(trace)))


def _direct(x: Array, y: Array, mode: str) -> Array:
    parts = [_part(n, m, mode) for n, m in zip(x.shape, y.shape, strict=True)]
    return _slid(x, np.flip(y), parts)


# ---- by Fourier transforms -----------------------------------------------------------------------


def _transformed(x: Array, y: Array, axes: list[int]) -> Array:
    """All overlaps along the axes, products along the others."""
    if not axes:
        return x * y
    x, y = (v.astype(np.float32) if v.dtype == np.float16 else v for v in (x, y))
    sizes = [x.shape[a] + y.shape[a] - 1 for a in axes]
    if x.dtype.kind == "c" or y.dtype.kind == "c":
        return np.fft.ifftn(np.fft.fftn(x, sizes, axes) * np.fft.fftn(y, sizes, axes), sizes, axes)
    return np.fft.irfftn(np.fft.rfftn(x, sizes, axes) * np.fft.rfftn(y, sizes, axes), sizes, axes)


def _middle(x: Array, sizes: Sequence[int]) -> Array:
    starts = [(n - size) // 2 for n, size in zip(x.shape, sizes, strict=True)]
    return x[tuple(slice(i, i + size) for i, size in zip(starts, sizes, strict=True))]


def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """The convolution, as product of the transforms; in floating point, whatever comes."""
    x, y = _pair(in1, in2, mode)
    if not x.ndim:
        return x * y
    if x.size == 0 or y.size == 0:
        return as_array(np.array([]))
    given = range(x.ndim) if axes is None else [int(a) for a in np.atleast_1d(axes)]
    if axes is not None and not len(given):
        raise ShapeError("when provided, axes cannot be empty")
    chosen = [normal_axis("fftconvolve", a, x.ndim) for a in given]
    if len({*chosen}) != len(chosen):
        raise ShapeError(f"all axes must be unique, not {tuple(given)}")
    chosen = [a for a in chosen if x.shape[a] != 1 and y.shape[a] != 1]
    for a in range(x.ndim):
        if a not in chosen and x.shape[a] != y.shape[a] and 1 not in (x.shape[a], y.shape[a]):
            raise ShapeError(f"incompatible shapes for in1 and in2: {x.shape} and {y.shape}")
    if _is_inside(x, y, mode, chosen):
        x, y = y, x
    found = _transformed(x, y, chosen)
    if mode == "full":
        return found
    if mode == "same":
        return _middle(found, x.shape)
    inner = [x.shape[a] - y.shape[a] + 1 if a in chosen else n for a, n in enumerate(found.shape)]
    return _middle(found, inner)


# ---- scipy's functions ---------------------------------------------------------------------------


def _by_transforms(x: Array, y: Array, method: str) -> bool:
    if method not in ("auto", "direct", "fft"):
        raise ValueError(f"Acceptable method flags are 'auto', 'direct', or 'fft', not {method!r}")
    if method != "auto":
        return method == "fft"
    floating = np.result_type(x.dtype, y.dtype).kind in "fc"
    return floating and (x.ndim > _SPATIAL or prod(x.shape) * prod(y.shape) > _MANY)


def _convolved(x: Array, y: Array, mode: str, method: str) -> Array:
    if not x.ndim:
        return x * y
    if x.size == 0 or y.size == 0:
        raise ShapeError(f"neither array may be empty: shapes {x.shape} and {y.shape}")
    if _is_inside(x, y, mode):
        x, y = y, x
    if not _by_transforms(x, y, method):
        return _direct(x, y, mode)
    dtype = np.result_type(x.dtype, y.dtype)
    found = fftconvolve(x, y, mode)
    return (np.round(found) if dtype.kind in "iu" else found).astype(dtype)


def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """The sums of in1[i] * in2[k - i], over all axes."""
    return _convolved(*_pair(in1, in2, mode), mode, method)


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """The sums of in1[i + k] * conj(in2[i]), over all axes."""
    x, y = _pair(in1, in2, mode)
    return _convolved(x, np.flip(_conjugate(y)) if y.ndim else _conjugate(y), mode, method)


# ---- two axes, with something around -------------------------------------------------------------

_AROUND: Final = {"fill": "constant", "pad": "constant", "wrap": "wrap", "circular": "wrap",
                  "symm": "symmetric", "symmetric": "symmetric"}  # fmt: skip


def _planes(in1: Any, in2: Any, mode: str, boundary: str, fillvalue: Any, flipped: bool) -> Any:
    x, y = _pair(in1, in2, mode)
    if x.ndim != 2:
        raise ShapeError(f"inputs must both be 2-D arrays, not {x.shape} and {y.shape}")
    dtype = np.result_type(x.dtype, y.dtype)
    if dtype.kind == "b" or dtype == np.float16:
        raise DtypeError(f"not available for {dtype}", hint="use float32")
    if boundary not in _AROUND:
        raise ValueError("Acceptable boundary flags are 'fill', 'circular' (or 'wrap'), and "
                         f"'symmetric' (or 'symm'), not {boundary!r}")  # fmt: skip
    swapped = _is_inside(x, y, mode)
    if swapped:
        x, y = y, x
    made = _bounded(x, _conjugate(y) if flipped else y, mode, _AROUND[boundary], fillvalue, flipped)
    return made[::-1, ::-1] if swapped and flipped else made


def _bounded(x: Array, y: Array, mode: str, around: str, fillvalue: Any, flipped: bool) -> Array:
    dtype = np.result_type(x.dtype, y.dtype)
    x, y = x.astype(dtype), y.astype(dtype)
    parts = [_part(n, m, mode, flipped) for n, m in zip(x.shape, y.shape, strict=True)]
    if mode != "valid":
        margins = [(m - 1, m - 1) for m in y.shape]
        value = as_array(fillvalue).astype(dtype)
        more: dict[str, Any] = {"constant_values": value} if around == "constant" else {}
        pad: Any = np.pad
        x = pad(x, margins, mode=around, **more)
        parts = [(start + m - 1, size) for (start, size), m in zip(parts, y.shape, strict=True)]
    return _slid(x, y if flipped else np.flip(y), parts)


def convolve2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    """The convolution of two matrices, with numbers, copies or images of in1 around it."""
    return _planes(in1, in2, mode, boundary, fillvalue, flipped=False)


def correlate2d(
    in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0
) -> Any:
    """The correlation of two matrices, with numbers, copies or images of in1 around it."""
    return _planes(in1, in2, mode, boundary, fillvalue, flipped=True)
