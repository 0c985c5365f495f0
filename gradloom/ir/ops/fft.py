"""Discrete Fourier transforms along the last axis, which is computed in one piece.

numpy's conventions: the forward transforms have no factor, the inverse ones 1/n, single precision
stays single. An operand has its length already; other axes, lengths and norms are the frontend's.

Transposes are bilinear: the matrix of fft is symmetric, and that of ifft. rfft keeps half of a
hermitian spectrum, irfft starts from it: inner coefficients stand for two, the one at 0 (and at
n/2, for an even n) for one. With m = (1, 2, ..., 2[, 1]) and real c, Re(sum ct rfft(c)) is
sum c n irfft(conj(ct) / m), and sum c irfft(y) is Re(sum y conj(rfft(c)) m / n).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import WHOLE, Attrs, AxisMap, Linear, Op
from gradloom.ir.ops.rules import broadcast, complex_dtype, count, leading, real_dtype
from gradloom.ir.types import DType, TensorType, dtype_name


@final
@dataclass(frozen=True, slots=True)
class Length(Attrs):
    """The number of points of the signal."""

    n: int | Dim


def _axes(attrs: Length, x: TensorType) -> AxisMap:
    axes = (*range(x.ndim - 1), WHOLE)
    return AxisMap((axes,), (axes,))


def _half(n: int | Dim) -> int | Dim:
    """How many coefficients of a real signal's spectrum are kept."""
    return n // 2 + 1


def _infer(
    name: str,
    chars: str,
    given: Callable[[int | Dim], int | Dim],
    made: Callable[[int | Dim], int | Dim],
    dtype: Callable[[DType], DType],
) -> Callable[..., tuple[TensorType, ...]]:
    """The type rule: from a last axis of `given(n)` to one of `made(n)`."""

    def infer(attrs: Length, x: TensorType) -> tuple[TensorType, ...]:
        if x.dtype.char not in chars:
            names = " or ".join(dtype_name(np.dtype(c)) for c in chars)
            raise DtypeError(
                f"{name} is not defined for {dtype_name(x.dtype)}", hint=f"convert to {names}"
            )
        if attrs.n == 0 or x.ndim == 0:
            raise ShapeError(f"{name}: a signal of one point at least is due, not {x}")
        due = given(attrs.n)
        if x.shape[-1] != due:
            here = f"axis {x.ndim - 1} of {x}"
            raise ShapeError(f"{name}: n={attrs.n} takes {due} points, not {x.shape[-1]} ({here})")
        return (x.with_shape((*x.shape[:-1], made(attrs.n))).with_dtype(dtype(x.dtype)),)

    return infer


def _numpy(transform: Callable[..., Any]) -> Callable[..., Any]:
    return lambda attrs, x: transform(x, attrs.n)


def _length(node: Node) -> int | Dim:
    assert isinstance(node.attrs, Length)
    return node.attrs.n


def _cost(weight: float) -> Callable[[Node, dict[str, int]], int]:
    """`weight` n log2(n) for each signal."""

    def cost(node: Node, sizes: dict[str, int]) -> int:
        x = node.operands[0].type
        signals, n = (count(x.with_shape(s), sizes) for s in (x.shape[:-1], (_length(node),)))
        return round(signals * weight * n * math.log2(n))

    return cost


# FLOPs: 5 n log2(n) of a complex transform, half of a real one, as FFTW's authors count ("The
# Design and Implementation of FFTW3", 2005, section V).
_COMPLEX_COST, _REAL_COST = _cost(5), _cost(2.5)


def _same(n: int | Dim) -> int | Dim:
    return n


# ---- complex to complex --------------------------------------------------------------------------


def _symmetric(name: str) -> Callable[..., Any]:
    """The transpose of an op whose matrix is symmetric: itself."""
    return lambda node, ct, linear: (o.by_name(name)(ct, n=_length(node)),)


def _complex(name: str, transform: Callable[..., Any]) -> Op:
    return Op(
        name,
        _numpy(transform),
        Linear(),
        attrs=Length,
        axes=_axes,
        infer=_infer(name, "FD", _same, _same, complex_dtype),
        transpose=_symmetric(name),
        batch=leading(name),
        cost=_COMPLEX_COST,
        domain="all arrays",
    )


fft: Final[Op] = _complex("fft", np.fft.fft)
ifft: Final[Op] = _complex("ifft", np.fft.ifft)

# ---- real signals --------------------------------------------------------------------------------


def _multiplicity(ct: Operand, n: int | Dim, power: int, factor: float) -> Operand:
    """`factor` m^power, broadcast to `ct`: how often each kept coefficient stands in the full
    spectrum.
    """
    assert isinstance(n, int)
    m = np.full(n // 2 + 1, 2.0)
    m[0] = 1
    if n % 2 == 0:
        m[-1] = 1
    values = (m**power * factor).astype(ct.type.dtype)
    return broadcast(o.constant(value=Constant(values)), ct.type.shape)


def _scale(n: int | Dim) -> int:
    assert isinstance(n, int)
    return n


def _rfft_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand]:
    n = _length(node)
    weighted = o.conj(ct) * _multiplicity(ct, n, -1, _scale(n))
    return (o.irfft(weighted, n=n),)


def _irfft_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> tuple[Operand]:
    n = _length(node)
    spectrum = o.conj(o.rfft(ct, n=n))
    return (spectrum * _multiplicity(spectrum, n, 1, 1 / _scale(n)),)


def _last(x: Operand, start: int | Dim, stop: int | Dim) -> Operand:
    """`x` from `start` to `stop` along the last axis."""
    lead = x.type.shape[:-1]
    zeros, ones = (0,) * len(lead), (1,) * (len(lead) + 1)
    result: Operand = o.slice(x, start=(*zeros, start), stop=(*lead, stop), step=ones)
    return result


def _rfft_decompose(node: Node) -> Operand:
    (x,), n = node.operands, _length(node)
    full = o.fft(o.astype(x, dtype=complex_dtype(x.type.dtype)), n=n)
    return _last(full, 0, _half(n))


def _irfft_decompose(node: Node) -> Operand:
    """The real part of the inverse transform of the whole spectrum: y, and inner y conjugated,
    backwards.
    """
    (y,), n = node.operands, _length(node)
    axis = y.type.ndim - 1
    mirrored = o.conj(o.flip(_last(y, 1, n - _half(n) + 1), axes=(axis,)))
    result: Operand = o.real(o.ifft(o.concatenate(y, mirrored, axis=axis), n=n))
    return result


rfft: Final[Op] = Op(
    "rfft",
    _numpy(np.fft.rfft),
    Linear(),
    attrs=Length,
    axes=_axes,
    infer=_infer("rfft", "fd", _same, _half, complex_dtype),
    transpose=_rfft_transpose,
    batch=leading("rfft"),
    decompose=_rfft_decompose,
    cost=_REAL_COST,
    domain="all arrays",
)

irfft: Final[Op] = Op(
    "irfft",
    _numpy(np.fft.irfft),
    Linear(),
    attrs=Length,
    axes=_axes,
    infer=_infer("irfft", "FD", _half, _same, real_dtype),
    transpose=_irfft_transpose,
    batch=leading("irfft"),
    decompose=_irfft_decompose,
    cost=_REAL_COST,
    domain="all arrays; imaginary parts at 0 and, for an even n, at n/2 are ignored",
)
