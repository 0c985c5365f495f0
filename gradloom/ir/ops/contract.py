"""Contractions: matmul, and einsum of two operands, in which any other sum of products is written.

Both are bilinear and never conjugate. A backend needs only matmul: einsum decomposes into sum,
permute_dims, reshape and one matmul, which is also how it runs on numpy (one GEMM per batch entry,
where `np.einsum` would loop).
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.errors import NotSupported, ShapeError
from gradloom.ir.graph import Node, Operand, Value
from gradloom.ir.op import Attrs, AxisMap, Linear, Op
from gradloom.ir.ops.matrices import swap
from gradloom.ir.ops.rules import broadcast_in_dim, count, require_equal_dtypes, require_kind
from gradloom.ir.types import Shape, TensorType, size_of

Cotangents = tuple[Operand | None, ...]

# ---- matmul --------------------------------------------------------------------------------------


def _matmul_axes(attrs: None, x: TensorType, y: TensorType) -> AxisMap:
    require_kind("matmul", require_equal_dtypes("matmul", (x, y)), "iufc")
    if x.ndim < 2 or x.ndim != y.ndim:
        raise ShapeError(
            f"matmul: two arrays with the same number of axes, at least 2, are due, not {x} and {y}"
        )
    if x.shape[-1] != y.shape[-2]:
        first = f"{x.shape[-1]} (axis {x.ndim - 1} of {x})"
        second = f"{y.shape[-2]} (axis {y.ndim - 2} of {y})"
        raise ShapeError(f"matmul: inner sizes differ: {first} and {second}")
    lead = x.ndim - 2
    batch = tuple(range(lead))
    i, k, j = lead, lead + 1, lead + 2
    return AxisMap(((*batch, i, k), (*batch, k, j)), ((*batch, i, j),), reduced="sum")


def _matmul_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> Cotangents:
    x, y = node.operands
    return (
        _turned(x, ct, swap(y)) if linear[0] else None,
        _turned(y, swap(x), ct) if linear[1] else None,
    )


def _turned(of: Operand, x: Operand, y: Operand) -> Operand:
    """The cotangent `x @ y` of an operand, computed as the rows of what the operand is the
    transpose of: that of `w` in `x @ w.T` then lies in memory as `w` does.
    """
    maker = of.node if isinstance(of, Value) else None
    lead = of.type.ndim - 2
    turns = (*range(lead), lead + 1, lead)
    turned = maker is not None and maker.op is o.permute_dims and maker.attrs.perm == turns  # type: ignore[union-attr]
    made: Operand = swap(o.matmul(swap(y), swap(x))) if turned else o.matmul(x, y)
    return made


def _matmul_batch(
    attrs: None, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> Operand:
    """One big GEMM where only one operand has the new axis: it has more rows (or columns)."""
    x, y = operands
    result: Operand
    if all(marks):
        result = o.matmul(x, y)
    elif marks[0] and y.type.ndim == 2:
        _, i, k = x.type.shape
        rows = o.reshape(x, shape=(size * i, k))
        result = o.reshape(o.matmul(rows, y), shape=(size, i, y.type.shape[1]))
    else:
        lead = string.ascii_lowercase[: min(x.type.ndim, y.type.ndim) - 2]
        lhs, rhs = (
            "Z" + lead + "IK" if marks[0] else lead + "IK",
            "Z" + lead + "KJ" if marks[1] else lead + "KJ",
        )
        result = o.einsum(x, y, lhs=lhs, rhs=rhs, out="Z" + lead + "IJ")
    return result


def _matmul_cost(node: Node, sizes: dict[str, int]) -> int:
    x = node.operands[0].type
    return 2 * count(node.result.type, sizes) * count(x.with_shape(x.shape[-1:]), sizes)


def _matmul_numpy(x: np.ndarray, y: np.ndarray) -> Any:
    """The product in the operands' dtype, where numpy would give f32 for low precision."""
    return np.matmul(x, y).astype(x.dtype, copy=False)


matmul: Final[Op] = Op(
    "matmul",
    _matmul_numpy,
    Linear(((0,), (1,))),
    axes=_matmul_axes,
    arity=2,
    transpose=_matmul_transpose,
    batch=_matmul_batch,
    cost=_matmul_cost,
)

# ---- einsum --------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class Letters(Attrs):
    """A letter per axis of either operand and the result; what the result lacks is summed."""

    lhs: str
    rhs: str
    out: str


def _check_letters(attrs: Letters, x: TensorType, y: TensorType) -> None:
    text = f"einsum {attrs.lhs},{attrs.rhs}->{attrs.out}"
    for letters in (attrs.lhs, attrs.rhs, attrs.out):
        if len(set(letters)) != len(letters):
            raise ShapeError(f"{text}: a letter stands twice in {letters!r}")
    for letters, type in ((attrs.lhs, x), (attrs.rhs, y)):
        if len(letters) != type.ndim:
            raise ShapeError(f"{text}: {len(letters)} letters for the {type.ndim} axes of {type}")
    for letter in attrs.out:
        if letter not in attrs.lhs + attrs.rhs:
            raise ShapeError(f"{text}: the result's {letter!r} stands in neither operand")


def _einsum_axes(attrs: Letters, x: TensorType, y: TensorType) -> AxisMap:
    require_kind("einsum", require_equal_dtypes("einsum", (x, y)), "iufc")
    _check_letters(attrs, x, y)
    number = {letter: i for i, letter in enumerate(dict.fromkeys(attrs.lhs + attrs.rhs))}
    lhs, rhs, out = (tuple(number[c] for c in part) for part in (attrs.lhs, attrs.rhs, attrs.out))
    return AxisMap((lhs, rhs), (out,), reduced="sum")


@final
class _Groups:
    """An einsum's letters by role; `alone_*` are summed before the product."""

    def __init__(self, attrs: Letters) -> None:
        both = set(attrs.lhs) & set(attrs.rhs)
        self.batch = "".join(c for c in attrs.out if c in both)
        self.contracted = "".join(c for c in attrs.lhs if c in both and c not in attrs.out)
        self.left = "".join(c for c in attrs.lhs if c not in both and c in attrs.out)
        self.right = "".join(c for c in attrs.rhs if c not in both and c in attrs.out)
        self.alone_left = "".join(c for c in attrs.lhs if c not in both and c not in attrs.out)
        self.alone_right = "".join(c for c in attrs.rhs if c not in both and c not in attrs.out)

    @property
    def product(self) -> str:
        """The letters of the product, before the last permutation."""
        return self.batch + self.left + self.right


def _places(letters: str, among: str) -> tuple[int, ...]:
    return tuple(among.index(c) for c in letters)


def _sizes(attrs: Letters, x: Shape, y: Shape) -> dict[str, int | Dim]:
    return dict(zip(attrs.lhs + attrs.rhs, x + y, strict=True))


def _einsum_numpy(attrs: Letters, x: np.ndarray, y: np.ndarray) -> Any:
    groups = _Groups(attrs)
    sizes = _sizes(attrs, np.shape(x), np.shape(y))

    def arranged(array: Any, letters: str, alone: str, order: str, shape: Sequence[str]) -> Any:
        array = np.sum(array, axis=_places(alone, letters), dtype=array.dtype) if alone else array
        rest = "".join(c for c in letters if c not in alone)
        return np.transpose(array, _places(order, rest)).reshape(
            [size_of([sizes[c] for c in s]) for s in shape]
        )

    b, k, left, right = groups.batch, groups.contracted, groups.left, groups.right
    first = arranged(np.asarray(x), attrs.lhs, groups.alone_left, b + left + k, [*b, left, k])
    second = arranged(np.asarray(y), attrs.rhs, groups.alone_right, b + k + right, [*b, k, right])
    product = _matmul_numpy(first, second).reshape([sizes[c] for c in groups.product])
    return np.transpose(product, _places(attrs.out, groups.product))[()]


def _summed(x: Operand, letters: str, alone: str) -> tuple[Operand, str]:
    """`x` with the axes that only it has, and the result lacks, summed; and the letters left."""
    summed: Operand = o.sum(x, axes=tuple(sorted(_places(alone, letters)))) if alone else x
    return summed, "".join(c for c in letters if c not in alone)


def permuted(x: Operand, perm: tuple[int, ...]) -> Operand:
    """`x` with its axes in this order; itself when that is the order it has."""
    result: Operand = x if perm == tuple(range(len(perm))) else o.permute_dims(x, perm=perm)
    return result


def reshaped(x: Operand, shape: Shape) -> Operand:
    """`x` in this shape; itself when it has it."""
    result: Operand = x if x.type.shape == shape else o.reshape(x, shape=shape)
    return result


def _einsum_decompose(node: Node) -> Operand:
    attrs, (x, y) = node.attrs, node.operands
    assert isinstance(attrs, Letters)
    sizes, groups = _sizes(attrs, x.type.shape, y.type.shape), _Groups(attrs)
    x, lhs = _summed(x, attrs.lhs, groups.alone_left)
    y, rhs = _summed(y, attrs.rhs, groups.alone_right)
    if not groups.contracted:
        return _outer(x, lhs, y, rhs, attrs.out, sizes)
    b, k, left, right = groups.batch, groups.contracted, groups.left, groups.right
    first = reshaped(permuted(x, _places(b + left + k, lhs)), _merged(sizes, b, left, k))
    second = reshaped(permuted(y, _places(b + k + right, rhs)), _merged(sizes, b, k, right))
    product = reshaped(o.matmul(first, second), tuple(sizes[c] for c in groups.product))
    return permuted(product, _places(attrs.out, groups.product))


def _merged(sizes: dict[str, int | Dim], batch: str, *groups: str) -> Shape:
    return (*(sizes[c] for c in batch), *(size_of([sizes[c] for c in group]) for group in groups))


def _outer(
    x: Operand, lhs: str, y: Operand, rhs: str, out: str, sizes: dict[str, int | Dim]
) -> Operand:
    """Nothing is summed over: the product of both, broadcast."""
    shape = tuple(sizes[c] for c in out)

    def spread(operand: Operand, letters: str) -> Operand:
        order = "".join(c for c in out if c in letters)
        return broadcast_in_dim(
            permuted(operand, _places(order, letters)), shape, _places(order, out)
        )

    return spread(x, lhs) * spread(y, rhs)


def _cotangent_of(
    target: str, shape: Shape, first: tuple[Operand, str], second: tuple[Operand, str]
) -> Operand:
    """The product of the cotangent and the other operand, broadcast along the target's own axes."""
    (x, lhs), (y, rhs) = first, second
    kept = "".join(c for c in target if c in lhs + rhs)
    product: Operand = o.einsum(x, y, lhs=lhs, rhs=rhs, out=kept)
    return product if kept == target else broadcast_in_dim(product, shape, _places(kept, target))


def _einsum_transpose(node: Node, ct: Operand, linear: tuple[bool, ...]) -> Cotangents:
    attrs, (x, y) = node.attrs, node.operands
    assert isinstance(attrs, Letters)
    lhs, rhs, out = attrs.lhs, attrs.rhs, attrs.out
    return (
        _cotangent_of(lhs, x.type.shape, (ct, out), (y, rhs)) if linear[0] else None,
        _cotangent_of(rhs, y.type.shape, (x, lhs), (ct, out)) if linear[1] else None,
    )


def _einsum_batch(
    attrs: Letters, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> Operand:
    used = attrs.lhs + attrs.rhs
    fresh = next((c for c in string.ascii_letters if c not in used), "")
    if not fresh:
        raise NotSupported(f"vmap of einsum: all 52 letters of {attrs.lhs},{attrs.rhs} are in use")
    lhs, rhs = (
        fresh * mark + part for mark, part in zip(marks, (attrs.lhs, attrs.rhs), strict=True)
    )
    result: Operand = o.einsum(*operands, lhs=lhs, rhs=rhs, out=fresh + attrs.out)
    return result


def _einsum_cost(node: Node, sizes: dict[str, int]) -> int:
    """Two per product that is summed, and one per element that is summed beforehand."""
    attrs, (x, y) = node.attrs, node.operands
    assert isinstance(attrs, Letters)
    groups, of = _Groups(attrs), _sizes(attrs, x.type.shape, y.type.shape)
    product = tuple(of[c] for c in groups.product + groups.contracted)
    flops = count(x.type.with_shape(product), sizes) * (2 if groups.contracted else 1)
    first = count(x.type, sizes) if groups.alone_left else 0
    return flops + first + (count(y.type, sizes) if groups.alone_right else 0)


einsum: Final[Op] = Op(
    "einsum",
    _einsum_numpy,
    Linear(((0,), (1,))),
    attrs=Letters,
    axes=_einsum_axes,
    arity=2,
    transpose=_einsum_transpose,
    batch=_einsum_batch,
    decompose=_einsum_decompose,
    cost=_einsum_cost,
)
