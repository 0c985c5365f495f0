"""np.fft: the discrete Fourier transforms, cropped or padded and scaled as numpy does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.numpy.arguments import require_shape
from gradloom.frontend.numpy.axes import whole
from gradloom.frontend.numpy.contract import conj, moved_from_last, moved_last
from gradloom.frontend.numpy.lift import as_array, cast
from gradloom.frontend.numpy.ufuncs import into
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import broadcast, complex_dtype, normal_axis, real_dtype
from gradloom.ir.types import Dim, DType, tensor_type

if TYPE_CHECKING:
    from gradloom.frontend.numpy.dispatch import Table

Length = int | Dim

# ---- one axis ------------------------------------------------------------------------------------


def _operand(name: str, x: Any) -> Operand:
    """The operand in a float or complex dtype."""
    array = as_array(x)
    if not array.ndim:
        raise ShapeError(f"np.fft.{name}: an array of at least one axis is due, not a number")
    dtype = np.dtype(np.float64) if array.dtype.kind in "biu" else array.dtype
    return cast(array.here(require_trace()), dtype)


def _fitted(x: Operand, count: Length) -> Operand:
    """The last axis cropped, or padded with zeros, to `count`."""
    size = x.type.shape[-1]
    if size == count:
        return x
    rest = (0,) * (x.type.ndim - 1)
    zero = literal(0, tensor_type(x.type.dtype, ()))
    result: Operand = o.pad(
        x, zero, low=(*rest, 0), high=(*rest, count - size), interior=(*rest, 0)
    )
    return result


def _scaled(x: Operand, norm: str | None, count: Length, forward: bool) -> Operand:
    """An op's result as `norm` wants it: of the ops, only inverse ones scale, by 1/n."""
    if norm is None or norm == "backward":
        return x
    if norm not in ("ortho", "forward"):
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    real = tensor_type(real_dtype(x.type.dtype), ())
    size = cast(o.dim(size=count), real.dtype) if isinstance(count, Dim) else literal(count, real)
    scale = o.sqrt(size) if norm == "ortho" else size
    factor = cast(o.reciprocal(scale) if forward else scale, x.type.dtype)
    result: Operand = o.multiply(x, broadcast(factor, x.type.shape))
    return result


def _length(n: Any, default: Length) -> Length:
    count = default if n is None else n if isinstance(n, Dim) else whole("fft", n, "n=")
    if not isinstance(count, Dim) and count < 1:
        raise ValueError(f"Invalid number of FFT data points ({count}) specified.")
    return count


def _along(
    op: Op, x: Operand, axis: int, n: Any, norm: str | None, forward: bool, dtype: DType
) -> Operand:
    """One of the four ops along an axis, on `dtype`; for irfft `n` is the length of the result."""
    moved = cast(moved_last(x, axis), dtype)
    size = moved.type.shape[-1]
    count = _length(n, (size - 1) * 2 if op is o.irfft else size)
    given = _fitted(moved, count // 2 + 1 if op is o.irfft else count)
    return moved_from_last(_scaled(op(given, n=count), norm, count, forward), axis)


def _complex(op: Op, forward: bool) -> Callable[..., Operand]:
    return lambda x, axis, n, norm: _along(
        op, x, axis, n, norm, forward, complex_dtype(x.type.dtype)
    )


def _rfft(x: Operand, axis: int, n: Any, norm: str | None) -> Operand:
    if x.type.dtype.kind == "c":
        raise DtypeError(
            "np.fft.rfft is not defined for complex values",
            hint="use np.fft.fft, or take np.real first",
        )
    return _along(o.rfft, x, axis, n, norm, True, np.result_type(x.type.dtype, np.float32))


_SWAPPED: Final = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _swapped(norm: str | None) -> str:
    if norm not in _SWAPPED:
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    return _SWAPPED[norm]


_fft, _ifft, _wide_irfft = _complex(o.fft, True), _complex(o.ifft, False), _complex(o.irfft, False)


def _irfft(x: Operand, axis: int, n: Any, norm: str | None) -> Operand:
    return cast(_wide_irfft(x, axis, n, norm), real_dtype(x.type.dtype))


def _hfft(x: Operand, axis: int, n: Any, norm: str | None) -> Operand:
    return _irfft(conj(x), axis, n, _swapped(norm))


def _ihfft(x: Operand, axis: int, n: Any, norm: str | None) -> Operand:
    return conj(_rfft(x, axis, n, _swapped(norm)))


def _single(name: str, transform: Callable[..., Operand]) -> Callable[..., Any]:
    def function(
        a: Any, n: Any = None, axis: int = -1, norm: str | None = None, out: Any = None
    ) -> Any:
        x = _operand(name, a)
        at = normal_axis(name, axis, x.type.ndim)
        made = transform(x, at, n, norm)
        _require_sizes(name, out, made, (at,))
        return into(name, wrap(made), out)

    return function


def _require_sizes(name: str, out: Any, made: Operand, axes: Sequence[int]) -> None:
    """Raise unless `out=` has as many axes as the result, and its sizes along those transformed."""
    due = made.type.shape
    fits = out is None or (np.ndim(out) == len(due) and all(out.shape[a] == due[a] for a in axes))
    if not fits:
        require_shape(f"fft.{name}", out, due)


# ---- several axes --------------------------------------------------------------------------------


def _axes_and_sizes(name: str, x: Operand, s: Any, axes: Any) -> tuple[list[int], list[Any]]:
    """The axes to transform, and for each a length or None."""
    if axes is None:
        count = x.type.ndim if s is None else len(s)
        axes = range(-count, 0)
    found = [normal_axis(name, a, x.type.ndim) for a in axes]
    sizes: list[Any] = [None] * len(found) if s is None else list(s)
    if len(sizes) != len(found):
        raise ValueError("Shape and axes have different lengths.")
    if s is None and len(set(found)) != len(found) and not name.startswith("irfft"):
        sizes = [x.type.shape[a] for a in found]  # those before the first transform
    return found, [x.type.shape[a] if n == -1 else n for a, n in zip(found, sizes, strict=True)]


def _every(
    transform: Callable[..., Operand],
    x: Operand,
    axes: Sequence[int],
    sizes: Sequence[Any],
    norm: str | None,
) -> Operand:
    for axis, n in zip(reversed(axes), reversed(sizes), strict=True):
        x = transform(x, axis, n, norm)
    return x


def _fftn(transform: Callable[..., Operand]) -> Callable[..., Operand]:
    return lambda x, axes, sizes, norm: _every(transform, x, axes, sizes, norm)


def _rfftn(x: Operand, axes: list[int], sizes: list[Any], norm: str | None) -> Operand:
    last = _rfft(x, axes[-1], sizes[-1], norm)
    return _every(_fft, last, axes[:-1], sizes[:-1], norm)


def _irfftn(x: Operand, axes: list[int], sizes: list[Any], norm: str | None) -> Operand:
    inner = _every(_ifft, x, axes[:-1], sizes[:-1], norm)
    return _irfft(inner, axes[-1], sizes[-1], norm)


def _several(name: str, transform: Callable[..., Operand], default: Any) -> Callable[..., Any]:
    def function(
        a: Any, s: Any = None, axes: Any = default, norm: str | None = None, out: Any = None
    ) -> Any:
        x = _operand(name, a)
        found, sizes = _axes_and_sizes(name, x, s, axes)
        if name.startswith("irfft") and sizes[-1] is None:
            sizes[-1] = (x.type.shape[found[-1]] - 1) * 2
        made = transform(x, found, sizes, norm)
        _require_sizes(name, out, made, found)
        return into(name, wrap(made), out)

    return function


# ---- shifts --------------------------------------------------------------------------------------


def _shift(x: Any, axes: Any, inverse: bool) -> Any:
    array = as_array(x)
    chosen = range(array.ndim) if axes is None else (axes,) if np.ndim(axes) == 0 else axes
    found = [normal_axis("fftshift", a, array.ndim) for a in chosen]
    return np.roll(
        array, [-(array.shape[a] // 2) if inverse else array.shape[a] // 2 for a in found], found
    )


def fftshift(x: Any, axes: Any = None) -> Any:
    """The zero frequency moved to the middle."""
    return _shift(x, axes, False)


def ifftshift(x: Any, axes: Any = None) -> Any:
    """What `fftshift` moved, moved back."""
    return _shift(x, axes, True)


TABLE: Final[Table] = {
    np.fft.fft: _single("fft", _fft),
    np.fft.ifft: _single("ifft", _ifft),
    np.fft.rfft: _single("rfft", _rfft),
    np.fft.irfft: _single("irfft", _irfft),
    np.fft.hfft: _single("hfft", _hfft),
    np.fft.ihfft: _single("ihfft", _ihfft),
    np.fft.fft2: _several("fft2", _fftn(_fft), (-2, -1)),
    np.fft.ifft2: _several("ifft2", _fftn(_ifft), (-2, -1)),
    np.fft.rfft2: _several("rfft2", _rfftn, (-2, -1)),
    np.fft.irfft2: _several("irfft2", _irfftn, (-2, -1)),
    np.fft.fftn: _several("fftn", _fftn(_fft), None),
    np.fft.ifftn: _several("ifftn", _fftn(_ifft), None),
    np.fft.rfftn: _several("rfftn", _rfftn, None),
    np.fft.irfftn: _several("irfftn", _irfftn, None),
    np.fft.fftshift: fftshift,
    np.fft.ifftshift: ifftshift,
}
