"""scipy.fft's cosine and sine transforms, types 1 to 4, each by one Fourier transform.

The formulas are those of Makhoul, "A fast cosine transform in one and two dimensions" (1980), in
the plain form: the operand is continued evenly or oddly, or turned by half a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import Array, as_array
from gradloom.ir.errors import ShapeError
from gradloom.ir.ops.rules import normal_axis

Kernel = Callable[[Array], Array]
_ROOT2: Final = math.sqrt(2)


def _turn(angles: Any, like: Array) -> np.ndarray[Any, Any]:
    """exp(-i angle), as precise as the operand."""
    made: np.ndarray[Any, Any] = np.exp(-1j * np.asarray(angles))
    return made.astype(np.complex64 if like.dtype == np.float32 else np.complex128)


# ---- the eight transforms along the last axis, not scaled ----------------------------------------


def _cosine_1(x: Array) -> Array:
    return np.real(np.fft.rfft(np.concatenate([x, x[..., -2:0:-1]], axis=-1)))


def _sine_1(x: Array) -> Array:
    zero = np.zeros_like(x[..., :1])
    odd = np.concatenate([zero, x, zero, -x[..., ::-1]], axis=-1)
    return -np.imag(np.fft.rfft(odd))[..., 1:-1]


def _cosine_2(x: Array) -> Array:
    n = x.shape[-1]
    even = np.fft.rfft(np.concatenate([x, x[..., ::-1]], axis=-1))
    return np.real(even[..., :n] * _turn(np.pi * np.arange(n) / (2 * n), x))


def _sine_2(x: Array) -> Array:
    n = x.shape[-1]
    odd = np.fft.rfft(np.concatenate([x, -x[..., ::-1]], axis=-1))
    return -np.imag(odd[..., 1:] * _turn(np.pi * np.arange(1, n + 1) / (2 * n), x))


def _cosine_3(x: Array) -> Array:
    n = x.shape[-1]
    weights = np.where(np.arange(n) == 0, 1.0, 2.0)
    turned = x * (weights * _turn(np.pi * np.arange(n) / (2 * n), x))
    return np.real(np.fft.fft(turned.astype(_turn(0.0, x).dtype), 2 * n)[..., :n])


def _sine_3(x: Array) -> Array:
    n = x.shape[-1]
    steps = np.arange(1, n + 1)
    weights = np.where(steps == n, 1.0, 2.0)
    turned = x * (weights * _turn(np.pi * steps / (2 * n), x)).astype(_turn(0.0, x).dtype)
    # The operand stands at places 1 to n: one more turn of each result.
    found = np.fft.fft(turned, 2 * n)[..., :n] * _turn(np.pi * np.arange(n) / n, x)
    return -np.imag(found)


def _half_turned(x: Array) -> Array:
    n = x.shape[-1]
    turned = np.fft.fft(x * _turn(np.pi * np.arange(n) / (2 * n), x), 2 * n)[..., :n]
    return turned * _turn(np.pi * (2 * np.arange(n) + 1) / (4 * n), x)


def _cosine_4(x: Array) -> Array:
    return 2 * np.real(_half_turned(x))


def _sine_4(x: Array) -> Array:
    return -2 * np.imag(_half_turned(x))


_COSINES: Final[dict[int, Kernel]] = {1: _cosine_1, 2: _cosine_2, 3: _cosine_3, 4: _cosine_4}
_SINES: Final[dict[int, Kernel]] = {1: _sine_1, 2: _sine_2, 3: _sine_3, 4: _sine_4}
_INVERSE: Final = {1: 1, 2: 3, 3: 2, 4: 4}

# ---- their scales --------------------------------------------------------------------------------


def _scale(norm: str | None, period: int, forward: bool) -> float:
    if norm == "ortho":
        return 1 / math.sqrt(period)
    if norm not in (None, "backward", "forward"):
        raise ValueError(f'Invalid norm value {norm!r}, should be "backward", "ortho" or "forward"')
    return 1 / period if (norm == "forward") == forward else 1.0


def _ends(is_sine: bool, type: int, n: int, after: bool) -> np.ndarray[Any, Any] | None:
    """The factors of the elements at the ends that make the transform's matrix orthogonal."""
    made = np.ones(n)
    if type == 1 and not is_sine:
        made[[0, -1]] = 1 / _ROOT2 if after else _ROOT2
    elif type == (2 if after else 3):
        made[-1 if is_sine else 0] = 1 / _ROOT2 if after else _ROOT2
    else:
        return None
    return made


def _fitted(x: Array, n: Any) -> Array:
    """The last axis cropped, or padded with zeros, to `n`."""
    count = x.shape[-1] if n is None else int(n)
    if count < 1:
        raise ValueError(f"invalid number of data points ({count}) specified")
    if count <= x.shape[-1]:
        return x[..., :count]
    return np.concatenate([x, np.zeros((*x.shape[:-1], count - x.shape[-1]), x.dtype)], axis=-1)


def _along(
    x: Array, axis: int, n: Any, is_sine: bool, type: int, forward: bool, norm: str | None,
    orthogonal: bool,
) -> Array:  # fmt: skip
    kind = type if forward else _INVERSE[type]
    moved = _fitted(np.moveaxis(x, axis, -1), n)
    count = moved.shape[-1]
    if kind == 1 and not is_sine and count < 2:
        raise ShapeError("DCT-I is not defined for size < 2")
    before = _ends(is_sine, kind, count, after=False) if orthogonal else None
    after = _ends(is_sine, kind, count, after=True) if orthogonal else None
    if before is not None:
        moved = moved * before.astype(moved.dtype)
    made = (_SINES if is_sine else _COSINES)[kind](moved)
    period = 2 * count if kind != 1 else 2 * (count + 1) if is_sine else 2 * (count - 1)
    factor = np.full(count, _scale(norm, period, forward)) * (1.0 if after is None else after)
    return np.moveaxis(made * factor.astype(moved.dtype), -1, axis)


# ---- scipy's functions ---------------------------------------------------------------------------


def _operand(x: Any) -> Array:
    a = as_array(x)
    if a.dtype.kind in "biu":
        return a.astype(np.float64)
    return a.astype(np.float32) if a.dtype == np.float16 else a


def _checked(type: int) -> int:
    if type not in _INVERSE:
        raise ValueError(f"invalid type of transform: {type!r}; it is 1, 2, 3 or 4")
    return type


def _each(
    x: Array, axes: list[int], sizes: list[Any], is_sine: bool, type: int, forward: bool,
    norm: str | None, orthogonal: bool,
) -> Array:  # fmt: skip
    if x.dtype.kind == "c":
        orthogonal = norm == "ortho"  # scipy drops `orthogonalize` on its way to the parts
        real, imag = (
            _each(part, axes, sizes, is_sine, type, forward, norm, orthogonal)
            for part in (np.real(x), np.imag(x))
        )
        return real + imag * x.dtype.type(1j)
    for axis, n in zip(axes, sizes, strict=True):
        x = _along(x, axis, n, is_sine, type, forward, norm, orthogonal)
    return x


def _single(name: str, is_sine: bool, forward: bool) -> Callable[..., Any]:
    def function(
        x: Any, type: int = 2, n: Any = None, axis: int = -1, norm: str | None = None,
        overwrite_x: bool = False, workers: int | None = None, orthogonalize: bool | None = None,
    ) -> Any:  # fmt: skip
        a = _operand(x)
        where = normal_axis(name, axis, a.ndim)
        orthogonal = norm == "ortho" if orthogonalize is None else bool(orthogonalize)
        return _each(a, [where], [n], is_sine, _checked(type), forward, norm, orthogonal)

    return function


def _several(name: str, is_sine: bool, forward: bool) -> Callable[..., Any]:
    def function(
        x: Any, type: int = 2, s: Any = None, axes: Any = None, norm: str | None = None,
        overwrite_x: bool = False, workers: int | None = None, *,
        orthogonalize: bool | None = None,
    ) -> Any:  # fmt: skip
        a = _operand(x)
        sizes = None if s is None else [int(v) for v in np.atleast_1d(s)]
        count = a.ndim if sizes is None else len(sizes)
        given = range(-count, 0) if axes is None else np.atleast_1d(axes)
        chosen = [normal_axis(name, int(v), a.ndim) for v in given]
        if sizes is not None and len(sizes) != len(chosen):
            raise ShapeError(
                "when given, axes and shape arguments have to be of the same length: "
                f"{len(chosen)} and {len(sizes)}"
            )
        if len({*chosen}) != len(chosen):
            raise ShapeError(f"all axes must be unique, not {chosen}")
        lengths = [None if n == -1 else n for n in sizes or [-1] * len(chosen)]
        orthogonal = norm == "ortho" if orthogonalize is None else bool(orthogonalize)
        return _each(a, chosen, lengths, is_sine, _checked(type), forward, norm, orthogonal)

    return function


TABLE: Final[Mapping[str, Callable[..., Any]]] = {
    f"{'' if forward else 'i'}d{'s' if is_sine else 'c'}t{end}": make(
        f"{'' if forward else 'i'}d{'s' if is_sine else 'c'}t{end}", is_sine, forward
    )
    for make, end in ((_single, ""), (_several, "n"))
    for is_sine in (False, True)
    for forward in (True, False)
}
"""By scipy's name: the function that takes the same arguments."""
