"""Reductions and shapes on numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.op import Op

# ---- reductions ----------------------------------------------------------------------------------


def _axes(axes: Sequence[int], ndim: int) -> str:
    """The axes as numpy's argument: nothing for all of them, a number for one."""
    if len(axes) == ndim and ndim:
        return ""
    return str(axes[0]) if len(axes) == 1 else str(tuple(axes))


def _reduction(name: str) -> Callable[[Site], str]:
    def row(site: Site) -> str:
        return f"{site.args[0]}.{name}({_axes(site.attrs.axes, site.type_of(0).ndim)})"

    return row


def _accumulation(name: str) -> Callable[[Site], str]:
    """Sums and products: small integers would widen unless told the dtype; low precision adds up
    in f32.
    """

    def row(site: Site) -> str:
        x, axes = site.args[0], _axes(site.attrs.axes, site.type_of(0).ndim)
        if site.dtype.kind == "V":
            return f"{x}.astype(np.float32).{name}({axes}).astype({site.dtype_text()})"
        return f"{x}.{name}({', '.join(filter(None, [axes, _dtype_if_small(site)]))})"

    return row


def _dtype_if_small(site: Site) -> str:
    small = site.dtype.kind in "iu" and site.dtype.itemsize < 8
    return f"dtype={site.dtype_text()}" if small else ""


def _position(name: str) -> Callable[[Site], str]:
    return lambda site: f"{site.args[0]}.{name}({site.attrs.axis})"


def _running(name: str) -> Callable[[Site], str]:
    def row(site: Site) -> str:
        x, axis = site.args[0], site.attrs.axis
        wide = site.dtype.kind == "V"
        x = f"{x}.astype(np.float32)" if wide else x
        x = f"np.flip({x}, {axis})" if site.attrs.reverse else x
        made = f"np.{name}({', '.join(filter(None, [x, str(axis), _dtype_if_small(site)]))})"
        made = f"{made}.astype({site.dtype_text()})" if wide else made
        return f"np.flip({made}, {axis})" if site.attrs.reverse else made

    return row


# ---- shapes --------------------------------------------------------------------------------------


def _permute(site: Site) -> str:
    perm = site.attrs.perm
    if perm == (1, 0):
        return f"{site.args[0]}.T"
    return f"{site.args[0]}.transpose({site.write(perm)})"


def bounds(site: Site) -> str:
    """`x`'s index of a `slice` node: `1:5, :, ::2`."""
    parts = []
    for start, stop, step, size in zip(
        site.attrs.start, site.attrs.stop, site.attrs.step, site.type_of(0).shape, strict=True
    ):
        first = "" if start == 0 else site.dim(start)
        last = "" if stop == size else site.dim(stop)
        parts.append(f"{first}:{last}" + (f":{site.dim(step)}" if step != 1 else ""))
    return ", ".join(parts) if parts else "()"


def _flip(site: Site) -> str:
    return f"np.flip({site.args[0]}, {site.write(site.attrs.axes)})"


def pad(
    x: np.ndarray,
    value: np.generic,
    low: tuple[int, ...],
    high: tuple[int, ...],
    interior: tuple[int, ...],
) -> np.ndarray:
    """x with `interior` values between neighbours and `low`, `high` of them around; negative ones
    crop.
    """
    dilated = [n + max(n - 1, 0) * i for n, i in zip(x.shape, interior, strict=True)]
    grown = [n + max(lo, 0) + max(hi, 0) for n, lo, hi in zip(dilated, low, high, strict=True)]
    out = np.full(grown, value, x.dtype)
    inside = [
        slice(max(lo, 0), max(lo, 0) + n, i + 1)
        for n, lo, i in zip(dilated, low, interior, strict=True)
    ]
    out[tuple(inside)] = x
    crop = [slice(max(-lo, 0), n - max(-hi, 0)) for n, lo, hi in zip(grown, low, high, strict=True)]
    return out[tuple(crop)]


def _pad(site: Site) -> str:
    a = site.attrs
    value = site.number(1) if site.is_literal(1) else site.args[1]
    plain = all(type(n) is int and n >= 0 for n in (*a.low, *a.high)) and not any(a.interior)
    if plain and site.shape:
        return _surrounded(site, value)
    return site.call(pad, site.args[0], value, *map(site.write, (a.low, a.high, a.interior)))


def _surrounded(site: Site, value: str) -> str:
    """An array of the value, and x written into it: a third of the time of a call of `pad`."""
    out, pairs = site.fresh("v"), zip(site.attrs.low, site.attrs.high, strict=True)
    inside = [f"{low or ''}:{-high if high else ''}" for low, high in pairs]
    shape, dtype = site.write(site.shape), site.dtype_text()
    nothing = value in ("0", "0.0", "False")
    call = f"np.zeros({shape}, {dtype})" if nothing else f"np.full({shape}, {value}, {dtype})"
    site.line(f"{out} = {call}")
    site.line(f"{out}[{', '.join(inside)}] = {site.args[0]}")
    return out


def _iota(site: Site) -> str:
    shape, axis = site.shape, site.attrs.axis
    line = f"np.arange({site.dim(shape[axis])})" + (
        "" if site.dtype == np.int64 else f".astype({site.dtype_text()})"
    )
    if len(shape) == 1:
        return line
    column = tuple(size if i == axis else 1 for i, size in enumerate(shape))
    return f"np.broadcast_to({line}.reshape({site.write(column)}), {site.write(shape)})"


def _broadcast_to(site: Site) -> str:
    return f"np.broadcast_to({site.args[0]}, {site.write(site.shape)})"


ROWS: Final[dict[Op, Row]] = {
    o.sum: _accumulation("sum"),
    o.prod: _accumulation("prod"),
    o.max: _reduction("max"),
    o.min: _reduction("min"),
    o.any: _reduction("any"),
    o.all: _reduction("all"),
    o.argmax: _position("argmax"),
    o.argmin: _position("argmin"),
    o.cumulative_sum: _running("cumsum"),
    o.cumulative_prod: _running("cumprod"),
    o.reshape: lambda site: f"{site.args[0]}.reshape({site.write(site.shape)})",
    o.permute_dims: _permute,
    o.broadcast_to: _broadcast_to,
    o.concatenate: lambda site: f"np.concatenate({joined(site.args)}, {site.attrs.axis})",
    o.pad: _pad,
    o.slice: lambda site: f"{site.args[0]}[{bounds(site)}]",
    o.flip: _flip,
    o.iota: _iota,
    o.dim: lambda site: f"np.int64({site.dim(site.attrs.size)})",
}
