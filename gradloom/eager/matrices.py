"""`gt.linalg`: norms, decompositions and solutions; and the rarer products."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, Number, cast, one, several
from gradloom.eager.elementwise import FUNCTIONS as E
from gradloom.eager.products import FUNCTIONS as P
from gradloom.eager.products import matmul, same_dtype
from gradloom.eager.reductions import norm
from gradloom.eager.shapes import diagonal
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, NotSupported


def _tuple(name: str, *fields: str) -> Any:
    """torch's named results."""

    class Named(tuple[Tensor, ...]):
        __slots__ = ()

        def __new__(cls, *values: Tensor) -> Any:
            return super().__new__(cls, values)

        def __repr__(self) -> str:
            parts = ",\n".join(f"{f}={x!r}" for f, x in zip(fields, self, strict=True))
            return f"gt.{name}(\n{parts})"

    def read(i: int) -> property:
        return property(lambda self: self[i])

    for i, field in enumerate(fields):
        setattr(Named, field, read(i))
    Named.__name__ = Named.__qualname__ = name
    return Named


_SVD: Final = _tuple("linalg_svd", "U", "S", "Vh")
_OLD_SVD: Final = _tuple("svd", "U", "S", "V")
_EIGH: Final = _tuple("linalg_eigh", "eigenvalues", "eigenvectors")
_QR: Final = _tuple("linalg_qr", "Q", "R")
_SLOGDET: Final = _tuple("linalg_slogdet", "sign", "logabsdet")
_LSTSQ: Final = _tuple("linalg_lstsq", "solution", "residuals", "rank", "singular_values")


def svd(A: Tensor, full_matrices: bool = True) -> Any:
    """`U`, the singular values `S`, and `Vh`."""
    return _SVD(*several("linalg.svd", lambda a: tuple(np.linalg.svd(a, full_matrices)), [A]))


def old_svd(x: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """`U`, the singular values `S`, and `V`."""
    if not compute_uv:
        raise NotSupported("gt.svd: compute_uv=False", hint="gt.linalg.svdvals(x)")
    u, s, vh = svd(x, not some)
    return _OLD_SVD(u, s, one("svd", lambda a: np.conj(np.swapaxes(a, -1, -2)), [vh]))


def qr(A: Tensor, mode: str = "reduced") -> Any:
    """`Q` and `R`."""
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f"gt.linalg.qr: mode={mode!r}", hint="'reduced' or 'complete'")
    kind: Any = mode
    return _QR(*several("linalg.qr", lambda a: tuple(np.linalg.qr(a, kind)), [A]))


def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric matrix in order, and its eigenvectors."""
    part: Any = UPLO
    return _EIGH(*several("linalg.eigh", lambda a: tuple(np.linalg.eigh(a, part)), [A]))


def slogdet(A: Tensor) -> Any:
    """The determinant's sign and logarithm."""

    def function(a: Array) -> tuple[Array, Array]:
        sign, size = np.linalg.slogdet(a)
        # The sign is constant in pieces: its derivative is zero, and there is one.
        return (np.where(np.False_, a[..., 0, 0], sign) if a.shape[-1] else sign), size

    return _SLOGDET(*several("linalg.slogdet", function, [A]))


def cholesky(x: Tensor, upper: bool = False) -> Tensor:
    """The triangular root of a positive matrix."""
    turn: Any = (lambda a: np.conj(np.swapaxes(a, -1, -2))) if upper else (lambda a: a)
    return one("cholesky", lambda a: turn(np.linalg.cholesky(a)), [x])


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """`X` of `A @ X = B` (`X @ A = B` where not `left`); B may be vectors."""
    same_dtype("linalg.solve", A, B)

    def function(a: Array, b: Array) -> Array:
        vectors = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
        if vectors:
            return np.linalg.solve(a, b[..., None])[..., 0]
        if left:
            return np.linalg.solve(a, b)
        turned = np.linalg.solve(np.swapaxes(a, -1, -2), np.swapaxes(b, -1, -2))
        return np.swapaxes(turned, -1, -2)

    return one("linalg.solve", function, [A, B])


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """`solve`, of one half of the matrix alone."""

    def half(a: Array) -> Array:
        made = np.triu(a) if upper else np.tril(a)
        if not unitriangular:
            return made
        unit = np.eye(a.shape[-1], dtype=a.dtype)
        return made * (1 - unit) + unit

    return solve(one("linalg.solve_triangular", half, [A]), B, left=left)


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The `solution` of least squares, of a matrix of full rank."""
    same_dtype("linalg.lstsq", A, B)

    def function(a: Array, b: Array) -> Array:
        return np.matmul(np.linalg.pinv(a), b if b.ndim > 1 else b[:, None])

    made = one("linalg.lstsq", function, [A, B])
    rank = matrix_rank(A)
    left = E["square"](matmul(A, made) - B)  # type: ignore[operator]
    more = A.shape[-2] > A.shape[-1]
    sums = one("linalg.lstsq", lambda a: np.sum(a, axis=-2) if more else a[..., :0, 0], [left])
    return _LSTSQ(made, sums, rank, svdvals(A))


def svdvals(A: Tensor) -> Tensor:
    """The singular values."""
    return one("linalg.svdvals", lambda a: np.linalg.svd(a, compute_uv=False), [A])


def matrix_rank(
    A: Tensor, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False
) -> Tensor:
    """How many singular values are not 0, as far as can be seen."""
    size, eps = max(A.shape[-2:]), np.finfo(A._value.type.dtype).eps

    def function(a: Array) -> Array:
        values = np.linalg.svd(a, compute_uv=False)
        share = (size * eps if atol is None else 0.0) if rtol is None else rtol
        least = np.maximum(np.max(values, axis=-1, keepdims=True) * share, atol or 0.0)
        return np.sum((values > least).astype(np.dtype(np.int64)), axis=-1)

    return one("linalg.matrix_rank", function, [A])


def vector_norm(
    x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The p-norm of elements."""
    made = norm(x, float(ord), dim, keepdim)
    return made if dtype is None else E["mul"](made, 1).to(dtype)  # type: ignore[attr-defined]


def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False, *,
    dtype: Any = None,
) -> Tensor:  # fmt: skip
    """A norm of matrices: 'fro', 'nuc', 2, 1, inf or their opposites."""
    axes = tuple(dim)
    if ord == "fro":
        return norm(A, 2, axes, keepdim)
    return one("linalg.matrix_norm", lambda a: np.linalg.norm(a, ord, axes, keepdim), [A])


def linalg_norm(
    A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of a vector (one axis) or matrix (two); of all elements where none is said."""
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    matrix = (isinstance(dim, tuple | list) and len(dim) == 2) or (dim is None and A.ndim == 2)
    if matrix:
        return matrix_norm(A, ord, (-2, -1) if dim is None else tuple(dim), keepdim)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


def cross(x: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The vector product along an axis of 3: the first such where none is said."""
    axis = [*x.shape].index(3) if dim is None and 3 in x.shape else -1 if dim is None else dim
    return one("cross", lambda a, b: np.cross(a, b, axis=axis), [x, other])


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sum of products along an axis."""
    return one("linalg.vecdot", lambda a, b: np.sum(np.conj(a) * b, axis=dim), [x, y])


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices."""
    return one("linalg.multi_dot", lambda *xs: np.linalg.multi_dot(xs), list(tensors))


def _added(what: str, f: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """`beta * x + alpha * f(a, b)`."""

    def function(x: Tensor, a: Tensor, b: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
        made = f(a, b)
        if beta == 0:
            return made if alpha == 1 else E["mul"](made, alpha)
        return E["add"](x if beta == 1 else E["mul"](x, beta), made, alpha=alpha)

    function.__name__ = what
    return function


def _inner(x: Tensor, other: Tensor) -> Tensor:
    return one("inner", np.inner, [x, other])


def _summed_bmm(a: Tensor, b: Tensor) -> Tensor:
    return one("addbmm", lambda x: np.sum(x, axis=0), [matmul(a, b)])


def cholesky_solve(x: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """`X` of `A @ X = x`, of the triangular root of A."""
    root = E["conj_physical"](one("mT", lambda a: np.swapaxes(a, -1, -2), [L])) if upper else L
    whole = one("cholesky_solve", lambda a: np.matmul(a, np.conj(np.swapaxes(a, -1, -2))), [root])
    return solve(whole, x)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each element, a row each."""
    count = x.shape[-1] if N is None else N

    def function(a: Array) -> Array:
        powers = [np.ones_like(a)]
        for _ in range(1, count):
            powers.append(powers[-1] * a)
        kept = powers[:count]
        return np.stack(kept if increasing else kept[::-1], axis=-1)

    return one("vander", function, [x])


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "svd": old_svd, "qr": lambda x, some=True: qr(x, "reduced" if some else "complete"),
    "slogdet": slogdet, "cholesky": cholesky, "cholesky_solve": cholesky_solve,
    "logdet": lambda x: one("logdet", lambda a: np.log(np.linalg.det(a)), [x]),
    "pinverse": lambda x, rcond=1e-15: one("pinverse", np.linalg.pinv, [x]),
    "cross": cross, "inner": _inner, "ger": P["outer"],
    "vdot": lambda x, other: one("vdot", lambda a, b: np.sum(np.conj(a) * b), [x, other]),
    "baddbmm": _added("baddbmm", P["bmm"]), "addmv": _added("addmv", P["mv"]),
    "addr": _added("addr", P["outer"]), "addbmm": _added("addbmm", _summed_bmm),
}  # fmt: skip
"""Functions that are methods too, by torch's name."""

LINALG: Final[dict[str, Callable[..., Any]]] = {
    "svd": svd, "qr": qr, "eigh": eigh, "slogdet": slogdet, "solve": solve, "lstsq": lstsq,
    "svdvals": svdvals, "matrix_rank": matrix_rank, "norm": linalg_norm, "multi_dot": multi_dot,
    "vector_norm": vector_norm, "matrix_norm": matrix_norm, "vecdot": vecdot, "matmul": matmul,
    "solve_triangular": solve_triangular, "cross": lambda x, y, *, dim=-1: cross(x, y, dim),
    "cholesky": lambda A, *, upper=False: cholesky(A, upper),
    "cond": lambda A, p=None: one("linalg.cond", lambda a: cast(np.linalg.cond(a, p), a.dtype),
                                  [A]),
    "eigvals": lambda A: one("linalg.eigvals", np.linalg.eigvals, [A]),
    "eig": lambda A: several("linalg.eig", lambda a: tuple(np.linalg.eig(a)), [A]),
    "tensorinv": lambda A, ind=2: one("linalg.tensorinv", lambda a: np.linalg.tensorinv(a, ind),
                                      [A]),
    "tensorsolve": lambda A, B: one("linalg.tensorsolve", np.linalg.tensorsolve, [A, B]),
    "diagonal": lambda A, *, offset=0, dim1=-2, dim2=-1: diagonal(A, offset, dim1, dim2),
    "vander": lambda x, N=None: vander(x, N, increasing=True),
}  # fmt: skip
"""`gt.linalg`, besides what products.py has."""
