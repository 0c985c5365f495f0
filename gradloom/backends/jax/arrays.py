"""Reductions and shapes on JAX."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _reduction(name: str, accumulates: bool = False) -> Row:
    """Sums of small integers would widen unless told not to."""

    def row(site: Site) -> str:
        dtype = f", dtype={site.dtype_text()}" if accumulates and site.dtype.kind in "iu" else ""
        return f"jnp.{name}({site.args[0]}, {site.write(site.attrs.axes)}{dtype})"

    return row


def _position(name: str) -> Row:
    return lambda site: f"jnp.{name}({site.args[0]}, {site.attrs.axis}).astype(jnp.int64)"


def _running(name: str) -> Row:
    """`lax.cumsum` keeps the dtype and goes either way."""

    def row(site: Site) -> str:
        back = ", reverse=True" if site.attrs.reverse else ""
        return f"lax.{name}({site.args[0]}, {site.attrs.axis}{back})"

    return row


def _permute(site: Site) -> str:
    perm = site.attrs.perm
    x = site.args[0]
    return f"{x}.T" if perm == (1, 0) else f"jnp.transpose({x}, {site.write(perm)})"


def _pad(site: Site) -> str:
    a = site.attrs
    edges = tuple(zip(a.low, a.high, a.interior, strict=True))
    return f"lax.pad({site.args[0]}, {site.args[1]}, {site.write(edges)})"


def _slice(site: Site) -> str:
    a = site.attrs
    bounds = ", ".join(map(site.write, (a.start, a.stop, a.step)))
    return f"lax.slice({site.args[0]}, {bounds})"


def _iota(site: Site) -> str:
    whole = site.dtype.kind in "iuf"
    made = f"lax.broadcasted_iota({site.dtype_text() if whole else 'jnp.int64'}, "
    made += f"{site.write(site.shape)}, {site.attrs.axis})"
    return made if whole else f"{made}.astype({site.dtype_text()})"


def _shaped(name: str) -> Row:
    return lambda site: f"jnp.{name}({site.args[0]}, {site.write(site.shape)})"


ROWS: Final[dict[Op, Row]] = {
    o.sum: _reduction("sum", accumulates=True),
    o.prod: _reduction("prod", accumulates=True),
    o.max: _reduction("max"),
    o.min: _reduction("min"),
    o.any: _reduction("any"),
    o.all: _reduction("all"),
    o.argmax: _position("argmax"),
    o.argmin: _position("argmin"),
    o.cumulative_sum: _running("cumsum"),
    o.cumulative_prod: _running("cumprod"),
    o.reshape: _shaped("reshape"),
    o.permute_dims: _permute,
    o.broadcast_to: _shaped("broadcast_to"),
    o.concatenate: lambda site: f"jnp.concatenate({joined(site.args)}, {site.attrs.axis})",
    o.pad: _pad,
    o.slice: _slice,
    o.flip: lambda site: f"jnp.flip({site.args[0]}, {site.write(site.attrs.axes)})",
    o.iota: _iota,
    o.dim: lambda site: f"jnp.int64({site.dim(site.attrs.size)})",
}
