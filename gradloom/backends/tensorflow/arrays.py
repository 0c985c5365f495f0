"""Reductions and shapes on TensorFlow."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.backends.tensorflow import pieces as p
from gradloom.backends.tensorflow.elementwise import by_kind
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _over_axes(name: str) -> Row:
    return lambda site: f"tf.reduce_{name}({site.args[0]}, {site.write(site.attrs.axes)})"


def _position(name: str, turned: str) -> Row:
    """NaN wins, as in numpy; `turned` makes the winner the largest."""

    def of_floats(site: Site) -> str:
        x = site.args[0]
        return site.call(p.argmax, x, str(site.attrs.axis), turned.format(x))

    return by_kind(f=of_floats, rest=lambda site: f"tf.{name}({site.args[0]}, {site.attrs.axis})")


def _running(name: str) -> Row:
    def row(site: Site) -> str:
        back = ", reverse=True" if site.attrs.reverse else ""
        return f"tf.math.{name}({site.args[0]}, {site.attrs.axis}{back})"

    return row


def _slice(site: Site) -> str:
    a, parts = site.attrs, []
    for start, stop, step in zip(a.start, a.stop, a.step, strict=True):
        parts.append(f"{site.dim(start)}:{site.dim(stop)}" + (f":{step}" if step != 1 else ""))
    return f"{site.args[0]}[{', '.join(parts)}]" if parts else site.args[0]


def _pad(site: Site) -> str:
    a = site.attrs
    if not site.shape:
        return site.args[0]
    return site.call(p.pad, *site.args, *map(site.write, (a.low, a.high, a.interior)))


def _iota(site: Site) -> str:
    shape, axis = site.shape, site.attrs.axis
    line = f"tf.cast(tf.range({site.dim(shape[axis])}), {site.dtype_text()})"
    if len(shape) == 1:
        return line
    column = tuple(size if i == axis else 1 for i, size in enumerate(shape))
    return f"tf.broadcast_to(tf.reshape({line}, {site.write(column)}), {site.write(shape)})"


def _shaped(name: str) -> Row:
    return lambda site: f"tf.{name}({site.args[0]}, {site.write(site.shape)})"


ROWS: Final[dict[Op, Row]] = {
    o.sum: _over_axes("sum"),
    o.prod: _over_axes("prod"),
    o.max: by_kind(b=_over_axes("any"), rest=_over_axes("max")),
    o.min: by_kind(b=_over_axes("all"), rest=_over_axes("min")),
    o.any: _over_axes("any"),
    o.all: _over_axes("all"),
    o.argmax: _position("argmax", "{0}"),
    o.argmin: _position("argmin", "-{0}"),
    o.cumulative_sum: _running("cumsum"),
    o.cumulative_prod: _running("cumprod"),
    o.reshape: _shaped("reshape"),
    o.permute_dims: lambda site: f"tf.transpose({site.args[0]}, {site.write(site.attrs.perm)})",
    o.broadcast_to: _shaped("broadcast_to"),
    o.concatenate: lambda site: f"tf.concat({joined(site.args)}, {site.attrs.axis})",
    o.pad: _pad,
    o.slice: _slice,
    o.flip: lambda site: f"tf.reverse({site.args[0]}, {site.write(site.attrs.axes)})",
    o.iota: _iota,
    o.dim: lambda site: f"tf.constant({site.dim(site.attrs.size)}, tf.int64)",
}
