"""scipy.fft on traced values: numpy's transforms under scipy's arguments.

`overwrite_x` and `workers` change no result, and are taken as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy import fft
from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.frontend.scipy import cosines
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import DtypeError, ShapeError

Transform = Callable[..., Any]


def _operand(name: str, x: Any, plan: Any, real: bool) -> Array:
    if plan is not None:
        raise refuse(f"scipy.fft.{name}", "plan= is not offered, as in scipy", "leave it out")
    a = as_array(x)
    if real and a.dtype.kind == "c":
        raise DtypeError(
            f"scipy.fft.{name}: x must be a real sequence", hint="take np.real of it first"
        )
    return a.astype(np.float32) if a.dtype == np.float16 else a


def _single(name: str, real: bool = False) -> Transform:
    transform = fft.TABLE[getattr(np.fft, name)]

    def function(
        x: Any, n: Any = None, axis: int = -1, norm: str | None = None,
        overwrite_x: bool = False, workers: int | None = None, *, plan: Any = None,
    ) -> Any:  # fmt: skip
        return transform(_operand(name, x, plan, real), n, axis, norm)

    return function


def _listed(values: Any) -> tuple[int, ...] | None:
    """A number or a sequence of them, as a tuple."""
    if values is None:
        return None
    return tuple(int(v) for v in np.atleast_1d(values))


def _axes_of(x: Array, s: Any, axes: Any) -> tuple[tuple[int, ...] | None, tuple[int, ...]]:
    """The sizes and the axes of a transform, each axis once."""
    sizes, chosen = _listed(s), _listed(axes)
    if chosen is None:
        chosen = tuple(range(-(x.ndim if sizes is None else len(sizes)), 0))
    if sizes is not None and len(sizes) != len(chosen):
        raise ShapeError(
            f"when given, axes and shape arguments have to be of the same length: s={sizes} and "
            f"axes={chosen}"
        )
    if len({a % x.ndim for a in chosen if -x.ndim <= a < x.ndim}) != len(chosen):
        raise ShapeError(f"all axes must be unique and axes of {x.shape}, not {chosen}")
    return sizes, chosen


def _several(name: str, default: Any, real: bool = False) -> Transform:
    transform = fft.TABLE[getattr(np.fft, name)]

    def function(
        x: Any, s: Any = None, axes: Any = default, norm: str | None = None,
        overwrite_x: bool = False, workers: int | None = None, *, plan: Any = None,
    ) -> Any:  # fmt: skip
        a = _operand(name, x, plan, real)
        sizes, chosen = _axes_of(a, s, axes)
        return transform(a, sizes, chosen, norm) if chosen else a * (1.0 + 0j)

    return function


# ---- hermitian transforms of several axes --------------------------------------------------------

_SWAPPED: Final = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _swapped(norm: str | None) -> str:
    if norm not in _SWAPPED:
        raise ValueError(f'Invalid norm value {norm!r}, should be "backward", "ortho" or "forward"')
    return _SWAPPED[norm]


def _hermitian(name: str, default: Any, inverse: bool) -> Transform:
    """The transform that has a real result (or operand, `inverse`): irfftn of the conjugate."""
    transform = fft.TABLE[np.fft.rfftn if inverse else np.fft.irfftn]

    def function(
        x: Any, s: Any = None, axes: Any = default, norm: str | None = None,
        overwrite_x: bool = False, workers: int | None = None, *, plan: Any = None,
    ) -> Any:  # fmt: skip
        a = _operand(name, x, plan, inverse)
        sizes, chosen = _axes_of(a, s, axes)
        given = a if inverse else np.conj(a)
        made = transform(given, sizes, chosen, _swapped(norm))
        return np.conj(made) if inverse else made

    return function


TABLE: Final[Mapping[str, Transform]] = {
    "fft": _single("fft"), "ifft": _single("ifft"),
    "rfft": _single("rfft", real=True), "irfft": _single("irfft"),
    "hfft": _single("hfft"), "ihfft": _single("ihfft", real=True),
    "fft2": _several("fft2", (-2, -1)), "ifft2": _several("ifft2", (-2, -1)),
    "rfft2": _several("rfft2", (-2, -1), real=True), "irfft2": _several("irfft2", (-2, -1)),
    "fftn": _several("fftn", None), "ifftn": _several("ifftn", None),
    "rfftn": _several("rfftn", None, real=True), "irfftn": _several("irfftn", None),
    "hfft2": _hermitian("hfft2", (-2, -1), inverse=False),
    "hfftn": _hermitian("hfftn", None, inverse=False),
    "ihfft2": _hermitian("ihfft2", (-2, -1), inverse=True),
    "ihfftn": _hermitian("ihfftn", None, inverse=True),
    "fftshift": fft.fftshift, "ifftshift": fft.ifftshift,
    **cosines.TABLE,
}  # fmt: skip
"""By scipy's name: the function that takes the same arguments."""
