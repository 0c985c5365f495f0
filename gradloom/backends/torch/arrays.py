"""Reductions and shapes on torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.backends.torch.unsigned import widened
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import torch

# ---- reductions --------------------------------------------------------------------------------


def _reduction(name: str) -> Row:
    """Over no axes nothing is reduced (torch would reduce over all)."""

    def row(site: Site) -> str:
        if not site.attrs.axes:
            return site.args[0]
        return f"torch.{name}({site.args[0]}, {site.write(site.attrs.axes)}{_dtype(site, name)})"

    return widened(row)


def _dtype(site: Site, name: str) -> str:
    """Sums of small integers would widen unless told not to; unsigned ones are held in int64
    here.
    """
    if (
        name != "sum"
        or site.dtype.kind not in "iu"
        or site.dtype.name in ("uint16", "uint32", "uint64")
    ):
        return ""
    return f", dtype={site.dtype_text()}"


def _prod(site: Site) -> str:
    """torch multiplies along one axis at a time."""
    text = site.args[0]
    for axis in reversed(site.attrs.axes):
        text = f"torch.prod({text}, {axis}{_dtype(site, 'sum')})"
    return text


def _position(name: str) -> Row:
    def row(site: Site) -> str:
        x = site.args[0]
        x = f"{x}.to(torch.uint8)" if site.type_of(0).dtype.kind == "b" else x
        return f"torch.{name}({x}, {site.attrs.axis})"

    return widened(row)


def _running(name: str) -> Row:
    def row(site: Site) -> str:
        x, axis = site.args[0], site.attrs.axis
        x = f"{x}.flip({axis})" if site.attrs.reverse else x
        made = f"torch.{name}({x}, {axis}{_dtype(site, 'sum')})"
        return f"{made}.flip({axis})" if site.attrs.reverse else made

    return widened(row)


# ---- shapes ------------------------------------------------------------------------------------


def _permute(site: Site) -> str:
    perm = site.attrs.perm
    return f"{site.args[0]}.T" if perm == (1, 0) else f"{site.args[0]}.permute({site.write(perm)})"


def _slice(site: Site) -> str:
    parts = []
    attrs = site.attrs
    for start, stop, step, size in zip(
        attrs.start, attrs.stop, attrs.step, site.type_of(0).shape, strict=True
    ):
        first = "" if start == 0 else site.dim(start)
        last = "" if stop == size else site.dim(stop)
        parts.append(f"{first}:{last}" + (f":{site.dim(step)}" if step != 1 else ""))
    return f"{site.args[0]}[{', '.join(parts)}]" if parts else site.args[0]


def pad(
    x: torch.Tensor, value: torch.Tensor, low: list[int], high: list[int], interior: list[int]
) -> torch.Tensor:
    """x with `interior` values between neighbours and `low`, `high` around; negative ones crop."""
    dilated = [n + max(n - 1, 0) * i for n, i in zip(x.shape, interior, strict=False)]
    grown = [n + max(lo, 0) + max(hi, 0) for n, lo, hi in zip(dilated, low, high, strict=False)]
    out = value.expand(grown).clone()
    inside = [
        slice(max(lo, 0), max(lo, 0) + n, i + 1)
        for n, lo, i in zip(dilated, low, interior, strict=False)
    ]
    out[tuple(inside)] = x
    crop = [
        slice(max(-lo, 0), n - max(-hi, 0)) for n, lo, hi in zip(grown, low, high, strict=False)
    ]
    return out[tuple(crop)]


def _pad(site: Site) -> str:
    a = site.attrs
    if not site.type_of(0).ndim:
        return site.args[0]
    value = f"{site.strict(1)}.to({site.device()})" if site.is_literal(1) else site.args[1]
    return site.call(pad, site.args[0], value, *map(site.write, (a.low, a.high, a.interior)))


def _iota(site: Site) -> str:
    shape, axis = site.shape, site.attrs.axis
    line = f"torch.arange({site.dim(shape[axis])}, device={site.device()})"
    line += "" if site.dtype.name == "int64" else f".to({site.dtype_text()})"
    if len(shape) == 1:
        return line
    column = tuple(size if i == axis else 1 for i, size in enumerate(shape))
    return f"{line}.reshape({site.write(column)}).broadcast_to({site.write(shape)})"


_OF_X: Final[Callable[[str], Row]] = lambda method: (  # noqa: E731 (a table of one-liners)
    lambda site: f"{site.args[0]}.{method}({site.write(site.shape)})"
)

ROWS: Final[dict[Op, Row]] = {
    o.sum: _reduction("sum"),
    o.prod: widened(_prod),
    o.max: _reduction("amax"),
    o.min: _reduction("amin"),
    o.any: _reduction("any"),
    o.all: _reduction("all"),
    o.argmax: _position("argmax"),
    o.argmin: _position("argmin"),
    o.cumulative_sum: _running("cumsum"),
    o.cumulative_prod: _running("cumprod"),
    o.reshape: _OF_X("reshape"),
    o.permute_dims: _permute,
    o.broadcast_to: _OF_X("broadcast_to"),
    o.concatenate: lambda site: f"torch.cat({joined(site.args)}, {site.attrs.axis})",
    o.pad: _pad,
    o.slice: _slice,
    o.flip: widened(lambda s: f"torch.flip({s.args[0]}, {s.write(s.attrs.axes)})"),
    o.iota: _iota,
    o.dim: lambda site: f"torch.tensor({site.dim(site.attrs.size)}, device={site.device()})",
}
