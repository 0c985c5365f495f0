"""Elements by index, windows at run-time places, and order along an axis, in ONNX."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.backends.onnx.row import NUMBERS, Row, Site
from gradloom.backends.onnx.writer import I64
from gradloom.ir import ops as o
from gradloom.ir.op import Op
from gradloom.ir.types import TensorType

_SCATTERED: Final = {"set": "none", "add": "add", "multiply": "mul", "max": "max", "min": "min"}
_SORTED: Final = frozenset(["float32", "float64", "int16", "int32", "int64", "int8", "uint8"])

# ---- gather and scatter --------------------------------------------------------------------------


def _front(axes: tuple[int, ...], ndim: int) -> list[int]:
    """The permutation that brings `axes` to the front."""
    return [*axes, *(i for i in range(ndim) if i not in axes)]


def _indices(site: Site, first: int) -> Any:
    """The index arrays from operand `first` on, side by side in a new last axis."""
    w = site.w
    columns = []
    for i in range(first, len(site.node.operands)):
        index = site.full(i)
        index = index if site.type(i).dtype == I64 else w.cast(index, I64)
        columns.append(w.node("Unsqueeze", index, w.ints(-1)))
    return columns[0] if len(columns) == 1 else w.node("Concat", *columns, axis=-1)


def _moved(site: Site, x: Any, perm: list[int]) -> Any:
    return x if perm == sorted(perm) else site.w.node("Transpose", x, perm=perm)


def _gather(site: Site) -> Any:
    x = _moved(site, site.full(0), _front(site.attrs.axes, site.type(0).ndim))
    return site.w.node("GatherND", x, _indices(site, 1))


def _scatter(site: Site) -> Any:
    perm = _front(site.attrs.axes, site.type(0).ndim)
    x = _moved(site, site.full(0), perm)
    mode = _SCATTERED[site.attrs.mode]
    made = site.w.node("ScatterND", x, _indices(site, 2), site.full(1), reduction=mode)
    return _moved(site, made, [perm.index(i) for i in range(len(perm))])


# ---- windows -------------------------------------------------------------------------------------


def _starts(site: Site, first: int, sizes: tuple[Any, ...]) -> list[Any]:
    """Each start as an i64 vector of one element, clamped so that the window lies inside."""
    w, starts = site.w, []
    for i, (size, whole) in enumerate(zip(sizes, site.type(0).shape, strict=True)):
        start = site.full(first + i)
        start = start if site.type(first + i).dtype == I64 else w.cast(start, I64)
        start = w.node("Max", w.node("Unsqueeze", start, w.ints(0)), w.ints(0))
        starts.append(w.node("Min", start, w.size(whole - size)))
    return starts


def _together(site: Site, vectors: list[Any]) -> Any:
    return vectors[0] if len(vectors) == 1 else site.w.node("Concat", *vectors, axis=0)


def _dynamic_slice(site: Site) -> Any:
    sizes, w = site.attrs.sizes, site.w
    if not sizes:
        return w.node("Identity", site.full(0))
    starts = _together(site, _starts(site, 1, sizes))
    return w.node("Slice", site.full(0), starts, w.node("Add", starts, w.shape(sizes)))


# ---- order ---------------------------------------------------------------------------------------


def _top(site: Site, x: Any, axis: int) -> list[Any]:
    """Ascending, equal elements in the order they came: (values, positions)."""
    count = site.w.size(site.type(0).shape[axis])
    return site.w.nodes_of("TopK", x, count, outputs=2, axis=axis, largest=0, sorted=1)


def _order(site: Site) -> tuple[Any, Any]:
    """The sorted operand and the positions its elements had; NaN last."""
    x, axis, w = site.full(0), site.attrs.axis, site.w
    if site.type(0).dtype.kind != "f":
        values, order = _top(site, x, axis)
        return values, order
    _, order = _top(site, w.node("Where", w.node("IsNaN", x), site.scalar(np.inf), x), axis)
    taken = w.node("GatherElements", x, order, axis=axis)
    _, last = _top(site, w.cast(w.node("IsNaN", taken), np.dtype(np.int32)), axis)
    return (w.node("GatherElements", v, last, axis=axis) for v in (taken, order))  # type: ignore[return-value]


def _sort(site: Site) -> Any:
    values, _ = _order(site)
    return values


def _argsort(site: Site) -> Any:
    _, order = _order(site)
    return order


# ---- convolution ---------------------------------------------------------------------------------


def _conv(site: Site) -> Any:
    """Edges that are not negative and an undilated input, which the lowering sees to."""
    attrs = site.attrs
    pads = [edge for side in (0, 1) for edge in (pair[side] for pair in attrs.padding)]
    w: TensorType = site.type(1)
    return site.w.node(
        "Conv", site.full(0), site.full(1), strides=list(attrs.strides), pads=pads,
        dilations=list(attrs.dilation),
        group=attrs.groups, kernel_shape=list(w.shape[2:]),
    )  # fmt: skip


_FAMILY: Final = {
    "gather": Row(_gather),
    "scatter": Row(_scatter, NUMBERS | {"bool"}, wraps=True),
    "dynamic_slice": Row(_dynamic_slice),
    "sort": Row(_sort, _SORTED),
    "argsort": Row(_argsort, _SORTED),
    "conv": Row(_conv, frozenset(["float32"])),
}
_KNOWN: Final = o.all_ops()
ROWS: Final[dict[Op, Row]] = {_KNOWN[name]: row for name, row in _FAMILY.items() if name in _KNOWN}
