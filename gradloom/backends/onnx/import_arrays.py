"""ONNX ops that move, join, reduce and pick elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.backends.onnx.writer import LAST
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim, exact_quotient
from gradloom.ir.found import fresh
from gradloom.ir.graph import literal
from gradloom.ir.ops.rules import INDEX, broadcast
from gradloom.ir.ops.source import number
from gradloom.ir.types import size_of, tensor_type

if TYPE_CHECKING:
    from gradloom.backends.onnx.importer import ImportSite

X = Any


def _axes(site: ImportSite, i: int, default: Any = None) -> tuple[int, ...]:
    """Axes given as input `i`, counted from the front and sorted."""
    ndim = site.x().type.ndim
    given = site.sizes(i, default if default is not None else range(ndim))
    return tuple(sorted(a % ndim for a in given))


# ---- shapes --------------------------------------------------------------------------------------


def _reshape(site: ImportSite) -> X:
    x, target = site.value(), list(site.sizes(1))
    if not site.attr("allowzero", 0):
        target = [x.type.shape[i] if d == 0 else d for i, d in enumerate(target)]
    if -1 in target:
        rest = size_of([d for d in target if d != -1])
        left = exact_quotient(x.type.size, rest)
        if left is None:
            raise site.refuse(f"of {x.type} to {tuple(target)}")
        target[target.index(-1)] = left
    return o.reshape(x, shape=tuple(target))


def _transpose(site: ImportSite) -> X:
    x = site.value()
    perm = site.attr("perm") or range(x.type.ndim)[::-1]
    return o.permute_dims(x, perm=tuple(perm))


def _expand(site: ImportSite) -> X:
    from gradloom.backends.onnx.import_rows import spanned

    return broadcast(site.x(), spanned([site.x().type.shape, site.sizes(1)]))


def _concat(site: ImportSite) -> X:
    xs = [site.value(i) for i in range(len(site.node.inputs))]
    return o.concatenate(*xs, axis=site.attr("axis") % xs[0].type.ndim)


def _squeeze(site: ImportSite) -> X:
    x = site.value()
    axes = _axes(site, 1) if site.has(1) else tuple(i for i, d in enumerate(x.type.shape) if d == 1)
    return o.reshape(x, shape=tuple(d for i, d in enumerate(x.type.shape) if i not in axes))


def _unsqueeze(site: ImportSite) -> X:
    x, given = site.value(), site.sizes(1)
    rank = x.type.ndim + len(given)
    new = {a % rank for a in given}
    rest = iter(x.type.shape)
    return o.reshape(x, shape=tuple(1 if i in new else next(rest) for i in range(rank)))


def _flatten(site: ImportSite) -> X:
    x = site.value()
    axis = site.attr("axis", 1)
    return o.reshape(x, shape=(size_of(x.type.shape[:axis]), size_of(x.type.shape[axis:])))


def _slice(site: ImportSite) -> X:
    x, ndim = site.value(), site.x().type.ndim
    if site.known(1) is None:
        return _moving_window(site)
    starts, ends = site.sizes(1), site.sizes(2)
    axes = [a % ndim for a in site.sizes(3, range(len(starts)))]
    steps = site.sizes(4, [1] * len(starts))
    turned = tuple(sorted(a for a, s in zip(axes, steps, strict=True) if s < 0))
    if turned:
        whole = all(
            a == -1 and s == -1 and e <= -LAST for a, e, s in zip(starts, ends, steps, strict=True)
        )
        if not whole:
            raise site.refuse("with a negative step over a part")
        return o.flip(x, axes=turned)
    start: list[X] = [0] * ndim
    stop, step = list(x.type.shape), [1] * ndim
    for axis, a, b, s in zip(axes, starts, ends, steps, strict=True):
        size = x.type.shape[axis]
        start[axis], step[axis] = _bound(a, size), s
        stop[axis] = _bound(b, size)
    stop = [
        max(a, b) if isinstance(a, int) and isinstance(b, int) else b
        for a, b in zip(start, stop, strict=True)
    ]
    return o.slice(x, start=tuple(start), stop=tuple(stop), step=tuple(step))


def _bound(bound: X, size: X) -> X:
    """An end of a slice, counted from the front and inside."""
    if isinstance(bound, int) and bound < 0:
        return size + bound if isinstance(size, Dim) else max(size + bound, 0)
    if isinstance(bound, int) and isinstance(size, int):
        return min(bound, size)
    return size if isinstance(bound, int) and bound >= LAST else bound


def _moving_window(site: ImportSite) -> X:
    """A slice from computed places of a known size: its ends are its starts plus that size."""
    x, maker = site.value(), site.node.inputs[2].producer()
    added = maker is not None and maker.op_type == "Add" and maker.inputs[0].name == site.name(1)
    sizes = site.reader.sizes.get(maker.inputs[1].name) if added else None
    if sizes is None or site.has(3):
        raise site.refuse("between ends that are computed")
    starts = site.value(1)
    each = [
        o.reshape(o.slice(starts, start=(i,), stop=(i + 1,), step=(1,)), shape=())
        for i in range(x.type.ndim)
    ]
    return o.dynamic_slice(x, *each, sizes=tuple(sizes))


def _pad(site: ImportSite) -> X:
    if site.attr("mode", "constant") != "constant" or site.has(3):
        raise site.refuse("by other than a constant on all axes")
    x, pads = site.value(), site.sizes(1)
    n = x.type.ndim
    value = site.x(2) if site.has(2) else literal(0, tensor_type(x.type.dtype, ()))
    value = o.reshape(value, shape=()) if value.type.shape else value
    return o.pad(x, value, low=pads[:n], high=pads[n:], interior=(0,) * n)


# ---- reductions ----------------------------------------------------------------------------------


def _reduce(op: X) -> Callable[[ImportSite], X]:
    def row(site: ImportSite) -> X:
        x = site.value()
        given = site.attr("axes")  # an attribute before opset 18
        if given is None and not site.has(1) and site.attr("noop_with_empty_axes", 0):
            return x
        axes = (
            tuple(sorted(a % x.type.ndim for a in given)) if given is not None else _axes(site, 1)
        )
        made = op(x, axes=axes)
        return made if not site.attr("keepdims", 1) else _kept(x, made, axes)

    return row


def _kept(x: X, reduced: X, axes: tuple[int, ...]) -> X:
    return o.reshape(
        reduced, shape=tuple(1 if i in axes else d for i, d in enumerate(x.type.shape))
    )


def _mean(x: X, axes: tuple[int, ...]) -> X:
    from gradloom.ir.ops.source import number

    count = number(size_of([x.type.shape[a] for a in axes]))
    total = o.sum(x, axes=axes)
    return total / broadcast(o.astype(count, dtype=x.type.dtype), total.type.shape)


def _position(op: X) -> Callable[[ImportSite], X]:
    def row(site: ImportSite) -> X:
        x = site.value()
        axis = site.attr("axis", 0) % x.type.ndim
        if site.attr("select_last_index", 0):
            raise site.refuse("of the last winner")
        made = op(x, axis=axis)
        return _kept(x, made, (axis,)) if site.attr("keepdims", 1) else made

    return row


def _cumsum(site: ImportSite) -> X:
    if site.attr("exclusive", 0):
        raise site.refuse("without the element itself")
    x = site.value()
    return o.cumulative_sum(
        x, axis=site.sizes(1)[0] % x.type.ndim, reverse=bool(site.attr("reverse", 0))
    )


# ---- picking elements ----------------------------------------------------------------------------


def _in_range(index: X, size: X) -> X:
    """Indices from the end made to count from the front;
    constants are looked at, computed ones too.
    """
    from gradloom.ir.ops.source import number

    index = index if index.type.dtype == INDEX else o.astype(index, dtype=INDEX)
    whole = broadcast(number(size), index.type.shape)
    return o.where(o.less(index, literal(0, index.type)), o.add(index, whole), index)


def _gather(site: ImportSite) -> X:
    x, index = site.value(0), site.value(1)
    axis = site.attr("axis", 0) % x.type.ndim
    picked = o.gather(x, _in_range(index, x.type.shape[axis]), axes=(axis,))
    many = index.type.ndim
    perm = (*range(many, many + axis), *range(many), *range(many + axis, picked.type.ndim))
    return o.permute_dims(picked, perm=perm)


def _columns(site: ImportSite, i: int, x: X) -> list[X]:
    """The index arrays that stand side by side in the last axis of input `i`."""
    given = site.value(i)
    *lead, many = given.type.shape
    if not isinstance(many, int):
        raise site.refuse("with a named number of indices")
    whole = (1,) * (len(lead) + 1)
    cut = [
        o.slice(given, start=(*[0] * len(lead), k), stop=(*lead, k + 1), step=whole)
        for k in range(many)
    ]
    return [_in_range(o.reshape(c, shape=tuple(lead)), x.type.shape[k]) for k, c in enumerate(cut)]


def _gather_nd(site: ImportSite) -> X:
    x = site.value()
    if site.attr("batch_dims", 0):
        raise site.refuse("with batch_dims")
    index = _columns(site, 1, x)
    return o.gather(x, *index, axes=tuple(range(len(index))))


def _gather_elements(site: ImportSite) -> X:
    x, index = site.value(0), site.value(1)
    axis, shape = site.attr("axis", 0) % x.type.ndim, index.type.shape
    every = [
        _in_range(index, x.type.shape[axis])
        if i == axis
        else o.iota(dtype=INDEX, shape=shape, axis=i)
        for i in range(len(shape))
    ]
    return o.gather(x, *every, axes=tuple(range(len(shape))))


_MODES: Final = {"none": "set", "add": "add", "mul": "multiply", "max": "max", "min": "min"}


def _scatter_nd(site: ImportSite) -> X:
    x = site.value()
    index = _columns(site, 1, x)
    mode = _MODES[site.attr("reduction", "none")]
    return o.scatter(x, site.value(2), *index, axes=tuple(range(len(index))), mode=mode)


def _topk(site: ImportSite) -> X:
    """Of a whole axis, in ascending order: a sort."""
    x = site.value()
    axis = site.attr("axis", -1) % x.type.ndim
    if site.sizes(1)[0] != x.type.shape[axis] or site.attr("largest", 1):
        raise site.refuse("of a part of an axis, or the largest first")
    return [o.sort(x, axis=axis), o.argsort(x, axis=axis)]


def _range(site: ImportSite) -> X:
    start, limit, step = (site.sizes(i)[0] for i in range(3))
    if start == 0 and step == 1:
        return o.iota(dtype=INDEX, shape=(limit,), axis=0)
    if not all(isinstance(d, int) for d in (start, limit, step)):
        raise site.refuse("between named sizes")
    count: X = o.iota(dtype=INDEX, shape=(len(range(start, limit, step)),), axis=0)
    return count * step + start


def _constant_of_shape(site: ImportSite) -> X:
    given = site.attr("value")
    value = np.float32(0) if given is None else given.numpy().reshape(())[()]
    return literal(value, tensor_type(np.asarray(value).dtype, site.sizes(0)))


def _nonzero(site: ImportSite) -> X:
    """A row of positions per axis, as many as there are elements other than 0."""
    x = site.value()
    mask = x if x.type.dtype.kind == "b" else o.not_equal(x, literal(0, x.type))
    place = o.nonzero(o.reshape(mask, shape=(x.type.size,)), size=fresh())
    rows = []
    for size in reversed(x.type.shape):
        whole = broadcast(number(size), place.type.shape)
        rows.append(o.reshape(o.remainder(place, whole), shape=(1, *place.type.shape)))
        place = o.floor_divide(place, whole)
    return o.concatenate(*reversed(rows), axis=0)


ARRAYS: Final[dict[str, Callable[[Any], Any]]] = {
    "Reshape": _reshape, "Transpose": _transpose, "Expand": _expand, "Concat": _concat,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze, "Flatten": _flatten, "Slice": _slice, "Pad": _pad,
    "ReduceSum": _reduce(o.sum),
    "ReduceProd": _reduce(o.prod), "ReduceMax": _reduce(o.max), "ReduceMin": _reduce(o.min),
    "ReduceMean": _reduce(_mean),
    "ArgMax": _position(o.argmax), "ArgMin": _position(o.argmin), "CumSum": _cumsum,
    "Gather": _gather,
    "GatherND": _gather_nd, "GatherElements": _gather_elements, "ScatterND": _scatter_nd,
    "TopK": _topk,
    "Range": _range, "ConstantOfShape": _constant_of_shape,
    "NonZero": _nonzero,
}  # fmt: skip
