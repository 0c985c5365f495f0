"""Ops on integers, truth values and whole arrays in terms of those that onnxruntime has."""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np

from gradloom.backends.onnx.decomposition import Decomposition, always, of_bool
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Operand, literal
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import INDEX, broadcast
from gradloom.ir.ops.source import number
from gradloom.ir.types import TensorType, tensor_type

X = Any
_U8: Final = np.dtype(np.uint8)

# ---- integers and truth values -------------------------------------------------------------------


def _whole_power(node: Node) -> X:
    """Squaring and multiplying until no bit of any exponent is left."""
    x, y = (broadcast(v, node.result.type.shape) for v in node.operands)
    one, none = literal(1, x.type), literal(0, y.type)
    rank0 = tuple(range(x.type.ndim))

    def left(base: X, exponent: X, made: X) -> Operand:
        result: Operand = o.any(o.greater(exponent, none), axes=rank0)
        return result

    def step(base: X, exponent: X, made: X) -> list[Operand]:
        odd = o.equal(o.remainder(exponent, literal(2, y.type)), literal(1, y.type))
        return [
            base * base,
            o.floor_divide(exponent, literal(2, y.type)),
            made * o.where(odd, base, one),
        ]

    types = [x.type, y.type, x.type]
    regions = (build.graph_of(left, types), build.graph_of(step, types))
    _, _, made = o.while_(x, y, one, regions=regions, consts=0)
    return made


def _fmod(node: Node) -> X:
    """The remainder with the sign of x, from the one with the sign of y (onnxruntime's own goes
    through f64).
    """
    x, y = node.operands
    r, none = o.remainder(x, y), literal(0, x.type)
    if x.type.dtype.kind == "u":
        return r
    other = o.logical_and(o.not_equal(r, none), o.not_equal(o.less(r, none), o.less(x, none)))
    return r - o.where(other, y, none)


def _of_integers(node: Node) -> bool:
    return node.result.type.dtype.kind in "iu"


def _choice_of_bool(node: Node) -> X:
    c, a, b = node.operands
    return o.logical_or(o.logical_and(c, a), o.logical_and(o.logical_not(c), b))


def _logic(op: Op) -> Decomposition:
    return Decomposition(lambda node: op(*node.operands), of_bool)


def _ranked_truths(node: Node) -> bool:
    """Scattered maxima and minima of truth values."""
    attrs: Any = node.attrs
    return node.operands[0].type.dtype.kind == "b" and attrs.mode in ("max", "min")


def _as_bytes(node: Node) -> X:
    """On u8 in place of bool."""
    wide = [o.astype(x, dtype=_U8) if x.type.dtype.kind == "b" else x for x in node.operands]
    (made,) = build.emit(node.op, tuple(wide), node.attrs)
    return o.astype(made, dtype=node.result.type.dtype)


# ---- order of u64 --------------------------------------------------------------------------------

_TOP: Final = np.int64(-(2**63))


def _as_ordered(x: X) -> X:
    """u64 as i64 in the same order."""
    signed = o.astype(x, dtype=INDEX)
    return o.bitwise_xor(signed, literal(_TOP, signed.type))


def _of_u64(node: Node) -> bool:
    return bool(node.operands[0].type.dtype.name == "uint64")


def _in_order(op: Op, back: bool) -> Decomposition:
    def write(node: Node) -> X:
        (made,) = build.emit(op, (_as_ordered(node.operands[0]),), node.attrs)
        if not back:
            return made
        return o.astype(o.bitwise_xor(made, literal(_TOP, made.type)), dtype=np.dtype(np.uint64))

    return Decomposition(write, _of_u64)


# ---- running products ----------------------------------------------------------------------------


def _cumulative_prod(node: Node) -> X:
    """A loop along the axis."""
    (x,) = node.operands
    attrs: Any = node.attrs
    front = (attrs.axis, *(i for i in range(x.type.ndim) if i != attrs.axis))
    moved = o.permute_dims(x, perm=front)
    inner = moved.type.with_shape(moved.type.shape[1:])

    def step(so_far: X, each: X) -> list[Operand]:
        made = so_far * each
        return [made, made]

    body = build.graph_of(step, [inner, inner], name="step")
    one = literal(1, inner)
    _, made = o.scan(
        one, moved, regions=(body,), consts=0, carry=1, length=moved.type.shape[0],
        reverse=attrs.reverse
    )  # fmt: skip
    return o.permute_dims(made, perm=tuple(front.index(i) for i in range(len(front))))


# ---- windows -------------------------------------------------------------------------------------


def _update(node: Node) -> X:
    """The window's elements set at their places, which are clamped to lie inside."""
    x, update, *starts = node.operands
    shape = update.type.shape
    if not shape:
        return update
    places = [
        o.add(
            o.iota(dtype=INDEX, shape=shape, axis=axis),
            broadcast(_clamped(start, whole - size), shape),
        )
        for axis, (start, whole, size) in enumerate(zip(starts, x.type.shape, shape, strict=True))
    ]
    return o.scatter(x, update, *places, axes=tuple(range(len(shape))), mode="set")


def _clamped(start: Operand, most: Any) -> X:
    start = start if start.type.dtype == INDEX else o.astype(start, dtype=INDEX)
    return o.minimum(o.maximum(start, literal(0, start.type)), number(most))


# ---- padding between elements --------------------------------------------------------------------


def _has_interior(node: Node) -> bool:
    return any(node.attrs.interior)  # type: ignore[union-attr]


def _pad(node: Node) -> X:
    """Each element followed by its interior, the last one's taken away again; then the edges."""
    x, value = node.operands
    attrs: Any = node.attrs
    for axis, interior in enumerate(attrs.interior):
        if interior and x.type.shape[axis] != 0:
            x = _dilated(x, value, axis, interior)
    return o.pad(x, value, low=attrs.low, high=attrs.high, interior=(0,) * x.type.ndim)


def _dilated(x: X, value: Operand, axis: int, interior: int) -> X:
    shape = x.type.shape
    apart = o.reshape(x, shape=(*shape[: axis + 1], 1, *shape[axis + 1 :]))
    filling = (*shape[: axis + 1], interior, *shape[axis + 1 :])
    wide = o.concatenate(apart, broadcast(value, filling), axis=axis + 1)
    size = shape[axis] * (interior + 1)
    flat = o.reshape(wide, shape=(*shape[:axis], size, *shape[axis + 1 :]))
    low, high = (tuple(e if i == axis else 0 for i in range(len(shape))) for e in (0, -interior))
    return o.pad(flat, value, low=low, high=high, interior=(0,) * len(shape))


# ---- convolution ---------------------------------------------------------------------------------


def _zero(type: TensorType) -> Operand:
    return literal(0, tensor_type(type.dtype, ()))


def _needs_edges(node: Node) -> bool:
    attrs: Any = node.attrs
    uneven = any(edge < 0 for pair in attrs.padding for edge in pair)
    return uneven or any(d != 1 for d in attrs.input_dilation)


def _conv_apart(node: Node) -> bool:
    """Where ONNX's Conv would not do: other dtypes than f32, cropping, a dilated input, nothing to
    slide over.
    """
    x, w = (v.type for v in node.operands)
    return (
        x.dtype.name != "float32" or _needs_edges(node) or 0 in (*x.shape, *w.shape) or x.ndim == 2
    )


def _conv(node: Node) -> X:
    """For each place of the kernel a strided slice of the padded input times the weights there."""
    x, w = node.operands
    attrs: Any = node.attrs
    low, high = zip(*attrs.padding, strict=True) if attrs.padding else ((), ())
    interior = tuple(d - 1 for d in attrs.input_dilation)
    x = o.pad(x, _zero(x.type), low=(0, 0, *low), high=(0, 0, *high), interior=(0, 0, *interior))
    if x.type.dtype.name == "float32" and 0 not in (*x.type.shape, *w.type.shape) and attrs.padding:
        even = tuple((0, 0) for _ in attrs.padding)
        return _again(node, x, w, even)
    return _slid(x, w, attrs, node.result.type)


def _again(node: Node, x: X, w: X, padding: Any) -> X:
    attrs: Any = node.attrs
    made: Any = o.by_name("conv")
    return made(
        x, w, strides=attrs.strides, padding=padding, dilation=attrs.dilation,
        input_dilation=(1,) * len(padding), groups=attrs.groups,
    )  # fmt: skip


def _slid(x: X, w: X, attrs: Any, result: TensorType) -> X:
    n, _, *out = result.shape
    groups, (made, each, *kernel) = attrs.groups, w.type.shape
    total: X = literal(0, result)
    for place in itertools.product(*map(range, kernel)):
        start = tuple(k * d for k, d in zip(place, attrs.dilation, strict=True))
        stop = tuple(
            a + (size - 1) * s + 1 if size != 0 else a
            for a, size, s in zip(start, out, attrs.strides, strict=True)
        )
        part = o.slice(
            x, start=(0, 0, *start), stop=(*x.type.shape[:2], *stop), step=(1, 1, *attrs.strides)
        )
        part = o.reshape(part, shape=(n, groups, each, *out))
        last = w.type.shape[2:]
        at = o.slice(
            w,
            start=(0, 0, *place),
            stop=(made, each, *(p + 1 for p in place)),
            step=(1,) * (2 + len(last)),
        )
        at = o.reshape(at, shape=(groups, made // groups, each))
        letters = "xyzuvw"[: len(out)]
        product = o.einsum(part, at, lhs=f"ngc{letters}", rhs="goc", out=f"ngo{letters}")
        total = total + o.reshape(product, shape=result.shape)
    return total


_LATER: Final = {"conv": Decomposition(_conv, _conv_apart)}

DECOMPOSED: Final[dict[Op, Decomposition]] = {
    o.power: Decomposition(_whole_power, _of_integers),
    o.fmod: Decomposition(_fmod, _of_integers),
    o.add: _logic(o.logical_or),
    o.multiply: _logic(o.logical_and),
    o.maximum: _logic(o.logical_or),
    o.minimum: _logic(o.logical_and),
    o.where: Decomposition(_choice_of_bool, of_bool),
    o.bitwise_and: _logic(o.logical_and),
    o.bitwise_or: _logic(o.logical_or),
    o.bitwise_xor: _logic(o.logical_xor),
    o.bitwise_invert: Decomposition(lambda node: o.logical_not(*node.operands), of_bool),
    o.cumulative_prod: Decomposition(_cumulative_prod, always),
    o.dynamic_update_slice: Decomposition(_update),
    o.scatter: Decomposition(_as_bytes, _ranked_truths),
    o.pad: Decomposition(_pad, _has_interior),
    **{op: _in_order(op, back=True) for op in (o.max, o.min, o.sort)},
    **{op: _in_order(op, back=False) for op in (o.argmax, o.argmin, o.argsort)},
    **{o.by_name(name): found for name, found in _LATER.items() if name in o.all_ops()},
}
