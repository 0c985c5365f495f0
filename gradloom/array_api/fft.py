"""The fft extension of the standard; float32 in gives complex64 out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.array_api.array import Array
from gradloom.array_api.creation import _made
from gradloom.array_api.dtypes import DType, Raw, dtype_of, require
from gradloom.array_api.run import function
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.location import user_location

_ONE: Final = {
    "fft": ("floating-point", np.fft.fft, "The Fourier transform along an axis."),
    "ifft": ("floating-point", np.fft.ifft, "The inverse Fourier transform along an axis."),
    "rfft": ("real floating-point", np.fft.rfft,
             "The Fourier transform of real numbers: the half that tells the other."),
    "irfft": ("floating-point", np.fft.irfft, "The real numbers that `rfft` transforms to x."),
    "hfft": ("floating-point", np.fft.hfft,
             "The real Fourier transform of numbers of which x is the half that tells the other."),
    "ihfft": ("real floating-point", np.fft.ihfft, "The half that `hfft` transforms to x."),
}  # fmt: skip
_MANY: Final = {
    "fftn": ("floating-point", np.fft.fftn, "The Fourier transform along several axes."),
    "ifftn": ("floating-point", np.fft.ifftn,
              "The inverse Fourier transform along several axes."),
    "rfftn": ("real floating-point", np.fft.rfftn,
              "The Fourier transform of real numbers along several axes, the last one halved."),
    "irfftn": ("floating-point", np.fft.irfftn,
               "The real numbers that `rfftn` transforms to x."),
}  # fmt: skip


def _along_one(name: str, category: str, rule: Callable[..., Any], text: str) -> Any:
    def body(x: Raw, /, *, n: int | None = None, axis: int = -1, norm: Any = "backward") -> Raw:
        require(name, category, x)
        return rule(x, n=n, axis=axis, norm=norm)

    return _public(body, name, text)


def _along_many(name: str, category: str, rule: Callable[..., Any], text: str) -> Any:
    def body(x: Raw, /, *, s: Any = None, axes: Any = None, norm: Any = "backward") -> Raw:
        require(name, category, x)
        if s is not None and axes is None:
            axes = tuple(range(-len(s), 0))
        return rule(x, s=s, axes=axes, norm=norm)

    return _public(body, name, text)


def _public(body: Callable[..., Any], name: str, text: str) -> Any:
    body.__name__ = body.__qualname__ = name
    body.__doc__ = text
    return function(body)


fft = _along_one("fft", *_ONE["fft"])
ifft = _along_one("ifft", *_ONE["ifft"])
rfft = _along_one("rfft", *_ONE["rfft"])
irfft = _along_one("irfft", *_ONE["irfft"])
hfft = _along_one("hfft", *_ONE["hfft"])
ihfft = _along_one("ihfft", *_ONE["ihfft"])
fftn = _along_many("fftn", *_MANY["fftn"])
ifftn = _along_many("ifftn", *_MANY["ifftn"])
rfftn = _along_many("rfftn", *_MANY["rfftn"])
irfftn = _along_many("irfftn", *_MANY["irfftn"])


def fftfreq(
    n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: Any = None
) -> Array:
    """The frequencies of the numbers that `fft` gives of n samples at distance d."""
    return _frequencies(np.fft.fftfreq, n, d, dtype, device)


def rfftfreq(
    n: int, /, *, d: float = 1.0, dtype: DType | None = None, device: Any = None
) -> Array:
    """The frequencies of the numbers that `rfft` gives of n samples at distance d."""
    return _frequencies(np.fft.rfftfreq, n, d, dtype, device)


def _frequencies(rule: Callable[..., Any], n: int, d: float, dtype: Any, device: Any) -> Array:
    wanted = np.dtype(np.float64) if dtype is None else dtype_of(dtype)
    if wanted.kind != "f":
        raise DtypeError(f"frequencies are real floats, not {wanted}", location=user_location())
    if n < 1:
        raise ShapeError(f"frequencies of {n} samples", location=user_location())
    return _made(rule(n, d).astype(wanted), device)


@function
def fftshift(x: Raw, /, *, axes: Any = None) -> Raw:
    """x with frequency 0 in the middle of its axes."""
    require("fftshift", "floating-point", x)
    return np.fft.fftshift(x, axes)


@function
def ifftshift(x: Raw, /, *, axes: Any = None) -> Raw:
    """x with frequency 0 back at the beginning of its axes."""
    require("ifftshift", "floating-point", x)
    return np.fft.ifftshift(x, axes)


__all__ = [
    "fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft",
    "irfftn", "rfft", "rfftfreq", "rfftn",
]  # fmt: skip
