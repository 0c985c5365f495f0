"""The linalg extension of the standard, and the products of the main namespace."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gradloom.array_api.dtypes import DType, Raw, dtype_of, promoted, require
from gradloom.array_api.run import function
from gradloom.array_api.statistical import _wider
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


class EighResult(NamedTuple):
    """What `eigh` gives."""

    eigenvalues: Any
    eigenvectors: Any


class QRResult(NamedTuple):
    """What `qr` gives."""

    Q: Any
    R: Any


class SlogdetResult(NamedTuple):
    """What `slogdet` gives."""

    sign: Any
    logabsdet: Any


class SVDResult(NamedTuple):
    """What `svd` gives."""

    U: Any
    S: Any
    Vh: Any


def _refuse(text: str) -> ShapeError:
    return ShapeError(text, location=user_location())


def _matrices(name: str, x: Raw, category: str = "floating-point") -> None:
    require(name, category, x)
    if len(x.shape) < 2:
        raise _refuse(f"{name}: x of shape {x.shape} is no matrix")


def _pair(name: str, x1: Raw, x2: Raw, category: str = "numeric") -> None:
    require(name, category, x1, x2)
    promoted(name, [x1.dtype, x2.dtype])


# ---- products ------------------------------------------------------------------------------------


@function
def matmul(x1: Raw, x2: Raw, /) -> Raw:
    """The matrix product x1 @ x2."""
    _pair("matmul", x1, x2)
    return np.matmul(x1, x2)


@function
def matrix_transpose(x: Raw, /) -> Raw:
    """x with its last two axes exchanged."""
    _matrices("matrix_transpose", x, "any")
    return np.matrix_transpose(x)


@function
def tensordot(x1: Raw, x2: Raw, /, *, axes: Any = 2) -> Raw:
    """The sum of products over the last axes of x1 and the first of x2, or over pairs of axes."""
    _pair("tensordot", x1, x2)
    return np.tensordot(x1, x2, axes=axes)


@function
def vecdot(x1: Raw, x2: Raw, /, *, axis: int = -1) -> Raw:
    """The inner products of vectors along a (negative) axis, x1 conjugated."""
    _pair("vecdot", x1, x2)
    _negative("vecdot", axis, x1, x2)
    if x1.shape[axis] != x2.shape[axis]:
        raise _refuse(f"vecdot: vectors of {x1.shape[axis]} and {x2.shape[axis]} numbers")
    return np.vecdot(x1, x2, axis=axis)  # type: ignore[call-overload]  # numpy's types lack axis


def _negative(name: str, axis: int, *xs: Raw) -> None:
    """The standard counts the axis of broadcast arrays from the end."""
    if not -min(len(x.shape) for x in xs) <= axis < 0:
        raise _refuse(
            f"{name}: axis {axis} must be negative, and an axis of shapes "
            f"{' and '.join(str(x.shape) for x in xs)}"
        )


@function
def cross(x1: Raw, x2: Raw, /, *, axis: int = -1) -> Raw:
    """The cross products of vectors of three along a (negative) axis."""
    _pair("cross", x1, x2)
    _negative("cross", axis, x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise _refuse(f"cross: vectors of {x1.shape[axis]} and {x2.shape[axis]} numbers, not 3")
    return np.cross(x1, x2, axis=axis)


@function
def outer(x1: Raw, x2: Raw, /) -> Raw:
    """The products of every number of one vector with every number of another."""
    _pair("outer", x1, x2)
    if len(x1.shape) != 1 or len(x2.shape) != 1:
        raise _refuse(f"outer takes vectors, not shapes {x1.shape} and {x2.shape}")
    return np.outer(x1, x2)


@function
def matrix_power(x: Raw, n: int, /) -> Raw:
    """The n-th power of square matrices; of their inverses where n is negative."""
    _matrices("matrix_power", x)
    return np.linalg.matrix_power(x, n)


# ---- parts and sizes -----------------------------------------------------------------------------


@function
def diagonal(x: Raw, /, *, offset: int = 0) -> Raw:
    """The diagonals of matrices."""
    _matrices("diagonal", x, "any")
    return np.diagonal(x, offset=offset, axis1=-2, axis2=-1)


@function
def trace(x: Raw, /, *, offset: int = 0, dtype: DType | None = None) -> Raw:
    """The sums of the diagonals of matrices; of integers in 64 bits unless told otherwise."""
    _matrices("trace", x, "numeric")
    wanted = _wider(x, None if dtype is None else dtype_of(dtype))
    return np.trace(x, offset=offset, axis1=-2, axis2=-1, dtype=wanted)


@function
def det(x: Raw, /) -> Raw:
    """The determinants of square matrices."""
    _matrices("det", x)
    return np.linalg.det(x)


@function
def slogdet(x: Raw, /) -> SlogdetResult:
    """`(sign, logabsdet)`: the signs of determinants and the logarithms of their sizes."""
    _matrices("slogdet", x)
    return SlogdetResult(*np.linalg.slogdet(x))


@function
def matrix_norm(x: Raw, /, *, keepdims: bool = False, ord: Any = "fro") -> Raw:
    """The norms of matrices: "fro", "nuc", 1, 2, -1, -2, inf or -inf."""
    _matrices("matrix_norm", x)
    return np.linalg.norm(x, ord=ord, axis=(-2, -1), keepdims=keepdims)


@function
def vector_norm(x: Raw, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Raw:
    """The norms of vectors along axes, or of x flattened; `ord` is any number or an infinity."""
    require("vector_norm", "floating-point", x)
    return np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


@function
def matrix_rank(x: Raw, /, *, rtol: Any = None) -> Raw:
    """How many singular values exceed `rtol` times the largest one."""
    _matrices("matrix_rank", x)
    values = np.linalg.svd(x, compute_uv=False)
    if not values.shape[-1]:
        return np.sum(values, axis=-1, dtype=np.int64)
    limit = _tolerance(x, rtol)
    largest = np.max(values, axis=-1, keepdims=True)
    return np.sum(values > limit * largest, axis=-1, dtype=np.int64)


def _tolerance(x: Raw, rtol: Any) -> Any:
    """A tolerance per matrix, with an axis for its singular values."""
    if rtol is None:
        return max(x.shape[-2:]) * float(np.finfo(x.dtype).eps)
    return np.expand_dims(rtol, -1) if getattr(rtol, "shape", ()) else rtol


# ---- equations and decompositions ----------------------------------------------------------------


@function
def cholesky(x: Raw, /, *, upper: bool = False) -> Raw:
    """The lower, or upper, triangular matrices whose product with their own adjoint is x."""
    _matrices("cholesky", x)
    lower = np.linalg.cholesky(x)
    return np.conjugate(np.matrix_transpose(lower)) if upper else lower


@function
def eigh(x: Raw, /) -> EighResult:
    """`(eigenvalues, eigenvectors)` of symmetric or Hermitian matrices."""
    _matrices("eigh", x)
    return EighResult(*np.linalg.eigh(x))


@function
def eigvalsh(x: Raw, /) -> Raw:
    """The eigenvalues of symmetric or Hermitian matrices."""
    _matrices("eigvalsh", x)
    return np.linalg.eigvalsh(x)


@function
def inv(x: Raw, /) -> Raw:
    """The inverses of square matrices."""
    _matrices("inv", x)
    return np.linalg.inv(x)


@function
def pinv(x: Raw, /, *, rtol: Any = None) -> Raw:
    """The pseudo-inverses of matrices; singular values up to `rtol` times the largest count as
    zeros.
    """
    _matrices("pinv", x)
    limit = max(x.shape[-2:]) * float(np.finfo(x.dtype).eps) if rtol is None else rtol
    return np.linalg.pinv(x, rtol=limit)


@function
def qr(x: Raw, /, *, mode: Any = "reduced") -> QRResult:
    """`(Q, R)`: matrices with orthonormal columns, and upper triangular ones."""
    _matrices("qr", x)
    if mode not in ("reduced", "complete"):
        raise _refuse(f"qr: mode is {mode!r}, and can be 'reduced' or 'complete'")
    return QRResult(*np.linalg.qr(x, mode=mode))


@function
def solve(x1: Raw, x2: Raw, /) -> Raw:
    """The solutions of x1 @ y = x2; x2 is one vector, or matrices."""
    _pair("solve", x1, x2, "floating-point")
    return np.linalg.solve(x1, x2)


@function
def svd(x: Raw, /, *, full_matrices: bool = True) -> SVDResult:
    """`(U, S, Vh)`: the singular value decompositions of matrices."""
    _matrices("svd", x)
    return SVDResult(*np.linalg.svd(x, full_matrices=full_matrices))


@function
def svdvals(x: Raw, /) -> Raw:
    """The singular values of matrices, in descending order."""
    _matrices("svdvals", x)
    return np.linalg.svd(x, compute_uv=False)


__all__ = [
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve",
    "svd", "svdvals", "tensordot", "trace", "vecdot", "vector_norm",
]  # fmt: skip
