"""Laws of ops that move elements: they compose, cancel, or do nothing."""

from __future__ import annotations

from typing import Final

from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.graph import Literal, Node, Operand
from gradloom.passes.laws import Laws, kind, made_by


def _no_change(node: Node) -> Operand | None:
    """reshape and broadcast_to to the shape that x has, and slice of the whole, are x."""
    x = node.operands[0]
    return x if x.type == node.result.type else None


def _reshape_reshape(node: Node) -> Operand | None:
    """reshape(reshape(x, s), t) = reshape(x, t)."""
    inner = made_by(node.operands[0], o.reshape)
    return None if inner is None else o.reshape(inner.operands[0], shape=node.attrs.shape)  # type: ignore[union-attr]


def _permute_nothing(node: Node) -> Operand | None:
    """permute_dims(x, (0, 1, ...)) = x."""
    perm = node.attrs.perm  # type: ignore[union-attr]
    return node.operands[0] if perm == tuple(range(len(perm))) else None


def _permute_permute(node: Node) -> Operand | None:
    """permute_dims(permute_dims(x, p), q) = permute_dims(x, p[q])."""
    inner = made_by(node.operands[0], o.permute_dims)
    if inner is None:
        return None
    first, second = inner.attrs.perm, node.attrs.perm  # type: ignore[union-attr]
    return o.permute_dims(inner.operands[0], perm=tuple(first[i] for i in second))  # type: ignore[no-any-return]


def _permute_ones(node: Node) -> Operand | None:
    """permute_dims(x) = reshape(x) when only axes of size 1 change their place among the others."""
    perm, shape = node.attrs.perm, node.operands[0].type.shape  # type: ignore[union-attr]
    wide = [axis for axis in perm if shape[axis] != 1]
    if wide != sorted(wide) or len(wide) == len(perm):
        return None
    return o.reshape(node.operands[0], shape=node.result.type.shape)  # type: ignore[no-any-return]


def _broadcast_broadcast(node: Node) -> Operand | None:
    """broadcast_to(broadcast_to(x, s), t) = broadcast_to(x, t)."""
    inner = made_by(node.operands[0], o.broadcast_to)
    return None if inner is None else o.broadcast_to(inner.operands[0], shape=node.attrs.shape)  # type: ignore[union-attr]


def _broadcast_ones(node: Node) -> Operand | None:
    """broadcast_to(x) = reshape(x) when it only adds axes of size 1."""
    (x,), shape = node.operands, node.result.type.shape
    lead = len(shape) - x.type.ndim
    if not lead or shape[lead:] != x.type.shape or any(d != 1 for d in shape[:lead]):
        return None
    return o.reshape(x, shape=shape)  # type: ignore[no-any-return]


def _flip_flip(node: Node) -> Operand | None:
    """flip(flip(x, a), b) = flip(x, axes in one of a and b)."""
    inner = made_by(node.operands[0], o.flip)
    if inner is None:
        return None
    axes = tuple(sorted(set(inner.attrs.axes) ^ set(node.attrs.axes)))  # type: ignore[union-attr]
    return o.flip(inner.operands[0], axes=axes) if axes else inner.operands[0]


def _flip_ones(node: Node) -> Operand | None:
    """flip(x, axes) needs only the axes whose size is not 1."""
    x, axes = node.operands[0], node.attrs.axes  # type: ignore[union-attr]
    kept = tuple(axis for axis in axes if x.type.shape[axis] != 1)
    if kept == axes:
        return x if not axes else None
    return o.flip(x, axes=kept) if kept else x


def _slice_slice(node: Node) -> Operand | None:
    """slice(slice(x, a, b, s), c, d, t) = slice(x, a + c*s, ..., s*t), for numbers."""
    inner = made_by(node.operands[0], o.slice)
    if inner is None or not (_plain(inner) and _plain(node)):
        return None
    a, b = inner.attrs, node.attrs
    start = tuple(i + j * s for i, j, s in zip(a.start, b.start, a.step, strict=True))  # type: ignore[union-attr]
    step = tuple(s * t for s, t in zip(a.step, b.step, strict=True))  # type: ignore[union-attr]
    sizes = zip(start, node.result.type.shape, step, strict=True)
    stop = tuple(i + (n - 1) * t + 1 if n else i for i, n, t in sizes)
    shape = inner.operands[0].type.shape
    if not all(i <= size for i, size in zip(start, shape, strict=True)):
        return None
    return o.slice(inner.operands[0], start=start, stop=stop, step=step)  # type: ignore[no-any-return]


def _plain(node: Node) -> bool:
    attrs = node.attrs
    numbers = (*attrs.start, *attrs.stop, *attrs.step, *node.operands[0].type.shape)  # type: ignore[union-attr]
    return not any(isinstance(n, Dim) for n in numbers)


def _concatenate_one(node: Node) -> Operand | None:
    """concatenate(x) = x, and operands without elements drop out.

    A number that fills the result stays joined to nothing: nodes are folded before, and a backend
    would hand the next one the bare number.
    """
    axis = node.attrs.axis  # type: ignore[union-attr]
    kept = tuple(x for x in node.operands if x.type.shape[axis] != 0)
    if len(kept) == 1:
        return None if isinstance(kept[0], Literal) else kept[0]
    return o.concatenate(*kept, axis=axis) if 0 < len(kept) < len(node.operands) else None


def _pad_nothing(node: Node) -> Operand | None:
    """pad by nothing on every side, and between elements, = x."""
    attrs = node.attrs
    amounts = (*attrs.low, *attrs.high, *attrs.interior)  # type: ignore[union-attr]
    return node.operands[0] if all(isinstance(n, int) and n == 0 for n in amounts) else None


def _reduce_ones(node: Node) -> Operand | None:
    """prod, max, min, any and all over axes of size 1 = reshape(x); sum too for whole numbers (0.0
    + -0.0 is 0.0).
    """
    (x,), axes = node.operands, node.attrs.axes  # type: ignore[union-attr]
    if any(x.type.shape[axis] != 1 for axis in axes) or (node.op is o.sum and kind(x) in "fc"):
        return None
    if x.type.dtype != node.result.type.dtype or (node.op is o.prod and kind(x) == "c"):
        return None
    return o.reshape(x, shape=node.result.type.shape)  # type: ignore[no-any-return]


def _moved_number(node: Node) -> Operand | None:
    """Moving one number that is everywhere leaves it so."""
    x = node.operands[0]
    return Literal(x.value, node.result.type) if isinstance(x, Literal) else None


LAWS: Final[Laws] = {
    o.reshape: (_moved_number, _no_change, _reshape_reshape),
    o.permute_dims: (_moved_number, _permute_nothing, _permute_permute, _permute_ones),
    o.broadcast_to: (_moved_number, _no_change, _broadcast_broadcast, _broadcast_ones),
    o.flip: (_moved_number, _flip_ones, _flip_flip),
    o.slice: (_moved_number, _no_change, _slice_slice),
    o.concatenate: (_concatenate_one,),
    o.pad: (_pad_nothing,),
    **dict.fromkeys((o.sum, o.prod, o.max, o.min, o.any, o.all), (_reduce_ones,)),
}
