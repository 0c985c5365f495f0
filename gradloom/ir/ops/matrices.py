"""What linear algebra's rules share: types, costs; triangles, adjoints, diagonals of matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Node, Operand
from gradloom.ir.op import AxisMap
from gradloom.ir.ops.rules import (
    INDEX,
    broadcast,
    broadcast_in_dim,
    count,
    require_equal_dtypes,
    zeros_like,
)
from gradloom.ir.types import DType, Shape, TensorType, dtype_name

Axes = Callable[..., AxisMap]


def require_lapack(name: str, dtype: DType) -> None:
    """Raise `DtypeError` for a dtype that numpy's linear algebra does not compute in."""
    if dtype.char not in "fdFD":
        raise DtypeError(
            f"{name} is not defined for {dtype_name(dtype)}",
            hint="convert to f32, f64, c64 or c128 with astype",
        )


def require_matrix(name: str, type: TensorType) -> None:
    """Raise `ShapeError` unless the type has two axes at least."""
    if type.ndim < 2:
        raise ShapeError(f"{name}: a matrix or a stack of them is due, not {type}")


def require_square(name: str, type: TensorType) -> None:
    """Raise `ShapeError` unless the last two axes are equally long."""
    require_matrix(name, type)
    rows, columns = type.shape[-2:]
    if rows != columns:
        raise ShapeError(
            f"{name}: a square matrix is due: {rows} rows and {columns} columns ({type})"
        )


# ---- axes and costs ------------------------------------------------------------------------------


def square_axes(name: str, *results: str) -> Axes:
    """Of one square operand with axes "nm": each result's core axes in these letters."""

    def axes(attrs: None, a: TensorType) -> AxisMap:
        require_lapack(name, a.dtype)
        require_square(name, a)
        return _core_axes(a.ndim - 2, ("nm",), results)

    return axes


def _core_axes(
    lead: int, operands: Sequence[str], results: Sequence[str], whole: str = "nmk"
) -> AxisMap:
    number = {letter: lead + i for i, letter in enumerate("nmk")}

    def factors(letters: str) -> tuple[int, ...]:
        return (*range(lead), *(number[c] for c in letters))

    held = frozenset(number[c] for c in whole)
    return AxisMap(tuple(map(factors, operands)), tuple(map(factors, results)), whole=held)


def thin_axes(name: str, tall: Sequence[str], wide: Sequence[str]) -> Axes:
    """Of one operand with axes "nm": the results' letters when n >= m, and when n < m."""

    def axes(attrs: None, a: TensorType) -> AxisMap:
        require_lapack(name, a.dtype)
        require_matrix(name, a)
        rows, cols = a.shape[-2:]
        return _core_axes(a.ndim - 2, ("nm",), tall if rows >= cols else wide)

    return axes


def solve_axes(name: str) -> Axes:
    """Of a system "nm" and right-hand sides "nk": solutions "mk", whose columns can be split."""

    def axes(attrs: Any, a: TensorType, b: TensorType) -> AxisMap:
        require_lapack(name, require_equal_dtypes(name, (a, b)))
        require_square(name, a)
        if a.ndim != b.ndim:
            raise ShapeError(
                f"{name}: two arrays with the same number of axes are due, not {a} and {b}"
            )
        if a.shape[-1] != b.shape[-2]:
            raise ShapeError(f"{name}: {a.shape[-1]} unknowns ({a}) and {b.shape[-2]} rows ({b})")
        return _core_axes(a.ndim - 2, ("nm", "nk"), ("mk",), whole="nm")

    return axes


def matrix_cost(formula: Callable[..., float]) -> Callable[[Node, dict[str, int]], int]:
    """FLOPs `formula(rows, columns, right-hand sides)` for each matrix of the stack."""

    def cost(node: Node, sizes: dict[str, int]) -> int:
        types = [operand.type for operand in node.operands]
        core = [
            count(types[0].with_shape((d,)), sizes)
            for d in (*types[0].shape[-2:], types[-1].shape[-1])
        ]
        return round(count(types[0].with_shape(types[0].shape[:-2]), sizes) * formula(*core))

    return cost


# ---- matrices in rules ---------------------------------------------------------------------------


def swap(x: Operand) -> Operand:
    """`x` with its last two axes swapped; not conjugated."""
    lead = tuple(range(x.type.ndim - 2))
    result: Operand = o.permute_dims(x, perm=(*lead, len(lead) + 1, len(lead)))
    return result


def adjoint(x: Operand) -> Operand:
    """The conjugate transpose of each matrix."""
    swapped = swap(x)
    result: Operand = o.conj(swapped) if x.type.dtype.kind == "c" else swapped
    return result


def hermitian_part(x: Operand) -> Operand:
    """(x + x^H) / 2."""
    return (x + adjoint(x)) * 0.5


def mask(x: TensorType, relation: Callable[..., Any]) -> Operand:
    """Where `relation(row, column)` holds, for matrices of this type."""
    shape = x.shape[-2:]
    rows, columns = (o.iota(dtype=INDEX, shape=shape, axis=axis) for axis in (0, 1))
    return broadcast(relation(rows, columns), x.shape)


def keep(x: Operand, relation: Callable[..., Any]) -> Operand:
    """`x` where `relation(row, column)` holds, else 0 (`o.greater_equal`: the lower triangle)."""
    result: Operand = o.where(mask(x.type, relation), x, zeros_like(x))
    return result


def identity(type: TensorType) -> Operand:
    """Identity matrices of this type."""
    result: Operand = o.astype(mask(type, o.equal), dtype=type.dtype)
    return result


def diagonal(x: Operand) -> Operand:
    """The diagonals of square matrices: [..., n]."""
    result: Operand = o.sum(keep(x, o.equal), axes=(x.type.ndim - 1,))
    return result


def trace(x: Operand) -> Operand:
    """The traces of square matrices: [...]."""
    result: Operand = o.sum(keep(x, o.equal), axes=(x.type.ndim - 2, x.type.ndim - 1))
    return result


def as_columns(s: Operand, like: TensorType) -> Operand:
    """`s` [..., n] as matrices of type `like` [..., m, n], each row s: a factor per column."""
    lead = tuple(range(like.ndim - 2))
    return broadcast_in_dim(cast(s, like.dtype), like.shape, (*lead, like.ndim - 1))


def as_rows(s: Operand, like: TensorType) -> Operand:
    """`s` [..., m] as matrices of type `like` [..., m, n], each column s: a factor per row."""
    lead = tuple(range(like.ndim - 2))
    return broadcast_in_dim(cast(s, like.dtype), like.shape, (*lead, like.ndim - 2))


def cast(x: Operand, dtype: DType) -> Operand:
    """`x` in this dtype."""
    result: Operand = x if x.type.dtype == dtype else o.astype(x, dtype=dtype)
    return result


def columns(x: Operand, count: int | Dim) -> Operand:
    """The first `count` columns."""
    shape = x.type.shape
    return x if shape[-1] == count else _block(x, 0, (*shape[:-1], count))


def columns_from(x: Operand, first: int | Dim) -> Operand:
    """The columns from `first` on."""
    return _block(x, first, x.type.shape)


def rows(x: Operand, count: int | Dim) -> Operand:
    """The first `count` rows."""
    shape = x.type.shape
    return x if shape[-2] == count else _block(x, 0, (*shape[:-2], count, shape[-1]))


def _block(x: Operand, first: int | Dim, stop: Shape) -> Operand:
    """What lies from column `first` up to `stop`."""
    start = (*(0,) * (x.type.ndim - 1), first)
    result: Operand = o.slice(x, start=start, stop=stop, step=(1,) * x.type.ndim)
    return result


def real_if_complex(x: Operand) -> Operand:
    """The real part of a complex operand; a real one as it is."""
    result: Operand = o.real(x) if x.type.dtype.kind == "c" else x
    return result
