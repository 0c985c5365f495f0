"""Reductions, shapes and products in ONNX."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.backends.onnx.row import ALL, WIDE, Row, Site, plain
from gradloom.backends.onnx.writer import I64, LAST, onnx_dtype
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.op import Op
from gradloom.ir.types import Shape

I32: Final = np.dtype(np.int32)
BOOL: Final = onnx_dtype(np.dtype(np.bool_))
_EXTREMA: Final = WIDE | {"int8", "uint8"}

# ---- reductions --------------------------------------------------------------------------------


def _reduce(op_type: str, takes: frozenset[str], wraps: bool = False) -> Row:
    """Over no axes nothing is reduced."""

    def write(site: Site) -> Any:
        axes = site.attrs.axes
        if not axes:
            return site.w.node("Identity", site.full(0))
        return site.w.node(op_type, site.full(0), site.w.ints(*axes), keepdims=0)

    return Row(write, takes, wraps)


def _any_nan(site: Site, axes: tuple[int, ...]) -> Any:
    """Whether there is a NaN along the axes, which onnxruntime's own reductions pass over."""
    w = site.w
    return w.node(
        "Cast", _reduced(site, w.cast(w.node("IsNaN", site.full(0)), I32), axes), to=int(BOOL)
    )


def _reduced(site: Site, x: Any, axes: tuple[int, ...], op_type: str = "ReduceMax") -> Any:
    return site.w.node(op_type, x, site.w.ints(*axes), keepdims=0)


def _extremum(op_type: str) -> Row:
    def write(site: Site) -> Any:
        axes, dtype = site.attrs.axes, site.type(0).dtype
        if not axes:
            return site.w.node("Identity", site.full(0))
        made = _reduced(site, site.full(0), axes, op_type)
        if dtype.kind != "f":
            return made
        return site.w.node("Where", _any_nan(site, axes), site.scalar(np.nan), made)

    return Row(write, _EXTREMA)


def _some(site: Site, x: Any) -> Any:
    """Whether any is true: how many are, which is 0 of nothing."""
    if not site.attrs.axes:
        return site.w.node("Identity", x)
    many = site.w.node("ReduceSum", site.w.cast(x, I64), site.w.ints(*site.attrs.axes), keepdims=0)
    return site.w.node("Greater", many, site.scalar(0, I64))


def _any(site: Site) -> Any:
    return _some(site, site.full(0))


def _all(site: Site) -> Any:
    return site.w.node("Not", _some(site, site.w.node("Not", site.full(0))))


def _position(op_type: str) -> Row:
    """The first NaN where there is one."""

    def write(site: Site) -> Any:
        axis, w = site.attrs.axis, site.w
        made = w.node(op_type, site.full(0), axis=axis, keepdims=0)
        if site.type(0).dtype.kind != "f":
            return made
        first = w.node("ArgMax", w.cast(w.node("IsNaN", site.full(0)), I32), axis=axis, keepdims=0)
        return w.node("Where", _any_nan(site, (axis,)), first, made)

    return Row(write, _EXTREMA)


def _cumulative_sum(site: Site) -> Any:
    axis = site.w.constant(site.attrs.axis, I64)
    return site.w.node("CumSum", site.full(0), axis, reverse=int(site.attrs.reverse))


# ---- shapes ------------------------------------------------------------------------------------


def reshaped(site: Site, x: Any, shape: Shape) -> Any:
    """`x` in another shape; a single named size is left to ONNX to find where no size can be
    zero.
    """
    named = [d for d in shape if isinstance(d, Dim)]
    if len(named) == 1 and 0 not in shape and _positive(named[0]):
        whole = site.w.ints(*(-1 if isinstance(d, Dim) else d for d in shape))
        return site.w.node("Reshape", x, whole)
    return site.w.node("Reshape", x, site.w.shape(shape), allowzero=1)


def _positive(dim: Dim) -> bool:
    return all(coefficient > 0 for _, coefficient in dim.terms)


def _reshape(site: Site) -> Any:
    return reshaped(site, site.full(0), site.attrs.shape)


def _permute(site: Site) -> Any:
    perm = site.attrs.perm
    if perm == tuple(range(len(perm))):
        return site.w.node("Identity", site.full(0))
    return site.w.node("Transpose", site.full(0), perm=list(perm))


def _broadcast(site: Site) -> Any:
    return site.w.node("Expand", site.full(0), site.w.shape(site.attrs.shape))


def sliced(
    site: Site,
    x: Any,
    starts: Shape,
    stops: tuple[int | Dim, ...],
    steps: tuple[int, ...],
    axes: tuple[int, ...],
) -> Any:
    """`x[start:stop:step]` along `axes`."""
    if not axes:
        return x
    w = site.w
    return w.node("Slice", x, w.shape(starts), w.shape(stops), w.ints(*axes), w.ints(*steps))


def _slice(site: Site) -> Any:
    attrs, shape = site.attrs, site.type(0).shape
    bounds = list(zip(attrs.start, attrs.stop, attrs.step, shape, strict=True))
    axes = tuple(i for i, (a, b, c, d) in enumerate(bounds) if not (a == 0 and b == d and c == 1))
    if not axes:
        return site.w.node("Identity", site.full(0))
    starts, stops, steps = (
        tuple(part[i] for i in axes) for part in (attrs.start, attrs.stop, attrs.step)
    )
    return sliced(site, site.full(0), starts, stops, steps, axes)


def _flip(site: Site) -> Any:
    axes = site.attrs.axes
    many = len(axes)
    if not many:
        return site.w.node("Identity", site.full(0))
    return sliced(site, site.full(0), (-1,) * many, (-LAST,) * many, (-1,) * many, axes)


def _pad(site: Site) -> Any:
    """Crops first, then grows (the interior is a decomposition's);
    a named edge may be of either sign.
    """
    attrs, x = site.attrs, site.full(0)
    low, high = attrs.low, attrs.high
    crops = [tuple(e if isinstance(e, int) and e < 0 else 0 for e in edge) for edge in (low, high)]
    axes = tuple(i for i in range(len(low)) if crops[0][i] or crops[1][i])
    stops = tuple(crops[1][i] or LAST for i in axes)
    x = sliced(site, x, tuple(-crops[0][i] for i in axes), stops, (1,) * len(axes), axes)
    grown = [d if isinstance(d, Dim) else max(d, 0) for d in (*low, *high)]
    if not any(grown):
        return site.w.node("Identity", x)
    return site.w.node("Pad", x, site.w.shape(tuple(grown)), site.full(1))


def _iota(site: Site) -> Any:
    attrs, w = site.attrs, site.w
    line = w.node(
        "Range", site.scalar(0, I64), w.number(attrs.shape[attrs.axis]), site.scalar(1, I64)
    )
    if len(attrs.shape) > 1:
        column = w.shape(tuple(d if i == attrs.axis else 1 for i, d in enumerate(attrs.shape)))
        column = w.node("Reshape", line, column, allowzero=1)
        line = w.node("Expand", column, w.shape(attrs.shape))
    return line if attrs.dtype == I64 else w.cast(line, attrs.dtype)


def _constant(site: Site) -> Any:
    return site.w.constant(site.attrs.value.array)


# ---- products ------------------------------------------------------------------------------------


def _einsum(site: Site) -> Any:
    attrs = site.attrs
    equation = f"{attrs.lhs},{attrs.rhs}->{attrs.out}"
    return site.w.node("Einsum", *site.inputs, equation=equation)


ROWS: Final[dict[Op, Row]] = {
    o.sum: _reduce("ReduceSum", WIDE, wraps=True),
    o.prod: _reduce("ReduceProd", WIDE, wraps=True),
    o.max: _extremum("ReduceMax"),
    o.min: _extremum("ReduceMin"),
    o.any: Row(_any),
    o.all: Row(_all),
    o.argmax: _position("ArgMax"),
    o.argmin: _position("ArgMin"),
    o.cumulative_sum: Row(_cumulative_sum, WIDE, wraps=True),
    o.reshape: Row(_reshape),
    o.permute_dims: Row(_permute),
    o.broadcast_to: Row(_broadcast, ALL),
    o.concatenate: Row(lambda s: s.w.node("Concat", *s.inputs, axis=s.attrs.axis)),
    o.pad: Row(_pad, WIDE | {"bool", "int8", "uint8", "uint32", "uint64"}),
    o.slice: Row(_slice),
    o.flip: Row(_flip),
    o.iota: Row(_iota),
    o.constant: Row(_constant),
    o.dim: Row(lambda s: s.w.number(s.attrs.size)),
    o.matmul: plain("MatMul", WIDE | {"uint32", "uint64"}),
    o.einsum: Row(_einsum, WIDE, wraps=True),
}
