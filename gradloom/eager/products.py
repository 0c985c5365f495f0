"""Products of matrices, and linear algebra."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradloom.eager.calls import Array, Number, cast, one, several
from gradloom.eager.elementwise import add, mul
from gradloom.eager.reductions import norm
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.location import user_location


def same_dtype(what: str, *xs: Tensor) -> None:
    """Raise where the dtypes differ."""
    kinds = {x._value.type.dtype for x in xs}
    if len(kinds) > 1:
        raise DtypeError(
            f"gt.{what}: dtypes {' and '.join(x.dtype for x in xs)} differ",
            location=user_location(), hint="convert one of them: x.to(other.dtype)",
        )  # fmt: skip


def _shaped(what: str, x: Tensor, ndim: int) -> None:
    if x.ndim != ndim:
        raise ShapeError(
            f"gt.{what}: a tensor of shape {tuple(x.shape)}, where one of {ndim} axes is due",
            location=user_location(),
        )  # fmt: skip


def matmul(x: Tensor, other: Tensor) -> Tensor:
    """The matrix product; leading axes are broadcast."""
    same_dtype("matmul", x, other)
    return one("matmul", np.matmul, [x, other])


def _product(what: str, left: int, right: int) -> Callable[[Tensor, Tensor], Tensor]:
    def function(x: Tensor, other: Tensor) -> Tensor:
        same_dtype(what, x, other)
        _shaped(what, x, left)
        _shaped(what, other, right)
        return one(what, np.matmul, [x, other])

    return function


def outer(x: Tensor, other: Tensor) -> Tensor:
    """Every product of an element of one vector and one of the other."""
    _shaped("outer", x, 1)
    _shaped("outer", other, 1)
    return mul(_column(x), other)


def _column(x: Tensor) -> Tensor:
    return one("outer", lambda a: a[:, None], [x])


def addmm(x: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """`beta * x + alpha * mat1 @ mat2`."""
    base = x if beta == 1 else mul(x, beta)
    return add(base, matmul(mat1, mat2), alpha=alpha)


def einsum(equation: str, *operands: Any) -> Tensor:
    """The sum of products that the letters say."""
    given: Sequence[Tensor] = operands
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        given = operands[0]
    same_dtype("einsum", *given)
    return one("einsum", lambda *xs: np.einsum(equation, *xs), given)


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """The sum of products over axes of both."""
    same_dtype("tensordot", a, b)
    return one("tensordot", lambda x, y: np.tensordot(x, y, dims), [a, b])


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """The p-norm of every row of one minus every row of the other."""
    same_dtype("cdist", x1, x2)

    def apart(a: Array, b: Array) -> Array:
        return a[..., :, None, :] - b[..., None, :, :]

    return norm(one("cdist", apart, [x1, x2]), p, -1)


def _solution(a: Array, b: Array) -> Array:
    return np.linalg.solve(a, b) if b.ndim > 1 else np.linalg.solve(a, b[:, None])[:, 0]


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "matmul": matmul, "mm": _product("mm", 2, 2), "bmm": _product("bmm", 3, 3),
    "mv": _product("mv", 2, 1), "dot": _product("dot", 1, 1), "outer": outer, "addmm": addmm,
    "inverse": lambda x: one("inverse", np.linalg.inv, [x]),
    "det": lambda x: one("det", np.linalg.det, [x]),
    "trace": lambda x: one("trace", np.trace, [x]),
    "matrix_power": lambda x, n: one("matrix_power", lambda a: np.linalg.matrix_power(a, n), [x]),
    "kron": lambda x, other: one("kron", np.kron, [x, other]),
}  # fmt: skip
"""Functions that are methods too, by torch's name."""

LINALG: Final[dict[str, Callable[..., Any]]] = {
    "inv": FUNCTIONS["inverse"], "det": FUNCTIONS["det"],
    "solve": lambda a, b: one("linalg.solve", _solution, [a, b]),
    "cholesky": lambda x: one("linalg.cholesky", np.linalg.cholesky, [x]),
    "eigh": lambda x: several("linalg.eigh", lambda a: tuple(np.linalg.eigh(a)), [x]),
    "eigvalsh": lambda x: one("linalg.eigvalsh", np.linalg.eigvalsh, [x]),
    "qr": lambda x: several("linalg.qr", lambda a: tuple(np.linalg.qr(a)), [x]),
    "svd": lambda x, full_matrices=True: several(
        "linalg.svd", lambda a: tuple(np.linalg.svd(a, full_matrices)), [x]),
    "slogdet": lambda x: several("linalg.slogdet", lambda a: tuple(np.linalg.slogdet(a)), [x]),
    "matrix_power": FUNCTIONS["matrix_power"],
    "pinv": lambda x: one("linalg.pinv", np.linalg.pinv, [x]),
}  # fmt: skip
"""`gt.linalg`."""


def cast_to(x: Tensor, dtype: np.dtype) -> Tensor:
    """The tensor in another dtype; itself where it has it."""
    if x._value.type.dtype == dtype:
        return x
    return one("to", lambda a: cast(a, dtype), [x])
