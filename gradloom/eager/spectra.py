"""`gt.fft`: discrete Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager import creation
from gradloom.eager.calls import Array, cast, one
from gradloom.eager.dtypes import FLOAT32, category, read_dtype
from gradloom.eager.tensor import Tensor


def _floats(a: Array) -> Array:
    return a if category(a.dtype) >= 2 else cast(a, FLOAT32)


def _along_one(name: str) -> Callable[..., Tensor]:
    f = getattr(np.fft, name)

    def function(
        input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None
    ) -> Tensor:
        return one(f"fft.{name}", lambda a: f(_floats(a), n, dim, norm), [input])

    function.__doc__ = f"`{name}` along an axis."
    return function


def _along_several(name: str, dims: tuple[int, ...] | None) -> Callable[..., Tensor]:
    f = getattr(np.fft, name)

    def function(input: Tensor, s: Any = None, dim: Any = dims, norm: str | None = None) -> Tensor:
        axes = dim if dim is not None or s is None else tuple(range(-len(s), 0))
        return one(f"fft.{name}", lambda a: f(_floats(a), s, axes, norm), [input])

    function.__doc__ = f"`{name}` along axes."
    return function


def _shifted(name: str) -> Callable[..., Tensor]:
    f = getattr(np.fft, name)

    def function(input: Tensor, dim: Any = None) -> Tensor:
        axes = tuple(dim) if isinstance(dim, list) else dim
        return one(f"fft.{name}", lambda a: f(a, axes), [input])

    return function


def _frequencies(name: str) -> Callable[..., Tensor]:
    f = getattr(np.fft, name)

    def function(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None) -> Tensor:
        kind = read_dtype(creation.get_default_dtype() if dtype is None else dtype, name)
        return creation.from_numpy(np.asarray(f(n, d)).astype(kind))

    return function


FFT: Final[dict[str, Callable[..., Tensor]]] = {
    **{n: _along_one(n) for n in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")},
    **{n: _along_several(n, (-2, -1)) for n in ("fft2", "ifft2", "rfft2", "irfft2")},
    **{n: _along_several(n, None) for n in ("fftn", "ifftn", "rfftn", "irfftn")},
    **{n: _shifted(n) for n in ("fftshift", "ifftshift")},
    **{n: _frequencies(n) for n in ("fftfreq", "rfftfreq")},
}  # fmt: skip
"""By torch's name."""
