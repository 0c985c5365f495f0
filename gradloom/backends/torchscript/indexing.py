"""Padding, convolution, windows and scattered updates by functions that TorchScript reads:
lists, no unpacking, no slices as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.backends.torch.unsigned import ordered, widened
from gradloom.ir import ops as o
from gradloom.ir.dims import Dim
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import torch


def pad(
    x: torch.Tensor, value: torch.Tensor, low: list[int], high: list[int], interior: list[int]
) -> torch.Tensor:
    """x with `interior` values between neighbours and `low`, `high` around; negative ones crop."""
    for axis in range(x.dim()):
        shape = list(x.shape)
        if interior[axis] > 0 and shape[axis] > 0:
            shape[axis] = shape[axis] + (shape[axis] - 1) * interior[axis]
            step = interior[axis] + 1
            x = torch.slice_scatter(value.expand(shape), x, axis, 0, shape[axis], step)
        shape[axis] = max(low[axis], 0)
        before = value.expand(shape)
        shape[axis] = max(high[axis], 0)
        x = torch.cat([before, x, value.expand(shape)], axis)
        start = max(-low[axis], 0)
        x = x.narrow(axis, start, x.size(axis) - start - max(-high[axis], 0))
    return x


def _pad(site: Site) -> str:
    a = site.attrs
    if not site.type_of(0).ndim:
        return site.args[0]
    value = f"{site.strict(1)}.to({site.device()})" if site.is_literal(1) else site.args[1]
    return site.call(pad, site.args[0], value, *map(_numbers(site), (a.low, a.high, a.interior)))


def _numbers(site: Site) -> Callable[[Iterable[int | Dim]], str]:
    return lambda sizes: f"[{', '.join(site.dim(size) for size in sizes)}]"


def _conv(site: Site) -> str:
    """Padded first, for edges may differ or crop."""
    a, (x, w), axes = site.attrs, site.args, site.type_of(0).ndim - 2
    lows, highs = ([0, 0, *(pair[i] for pair in a.padding)] for i in (0, 1))
    interior = [0, 0, *(d - 1 for d in a.input_dilation)]
    if any(edge != 0 for edge in (*lows, *highs, *interior)):
        zero = f"torch.zeros([], dtype={x}.dtype, device={x}.device)"
        x = site.call(pad, x, zero, *map(_numbers(site), (lows, highs, interior)))
    named = [("stride", a.strides), ("dilation", a.dilation)]
    more = [f"{key}={_numbers(site)(value)}" for key, value in named]
    call = ", ".join([x, w, *more, f"groups={site.dim(a.groups)}"])
    return f"torch.nn.functional.conv{axes}d({call})"


def window(x: torch.Tensor, sizes: list[int], starts: list[torch.Tensor]) -> torch.Tensor:
    """The window of these sizes at `starts`, moved to lie inside x."""
    for axis in range(len(sizes)):
        start = torch.clamp(starts[axis].to(torch.int64), 0, x.size(axis) - sizes[axis])
        x = x.index_select(axis, start + torch.arange(sizes[axis], device=x.device))
    return x


def window_put(x: torch.Tensor, update: torch.Tensor, starts: list[torch.Tensor]) -> torch.Tensor:
    """x with `update` at `starts`, moved to lie inside x."""
    flat = torch.zeros(update.shape, dtype=torch.int64, device=x.device)
    for axis in range(update.dim()):
        size = update.size(axis)
        start = torch.clamp(starts[axis].to(torch.int64), 0, x.size(axis) - size)
        shape = [1] * update.dim()
        shape[axis] = size
        along = (start + torch.arange(size, device=x.device)).reshape(shape)
        flat = flat * x.size(axis) + along
    return x.reshape(-1).scatter(0, flat.reshape(-1), update.reshape(-1)).reshape(x.shape)


def scattered(
    x: torch.Tensor,
    updates: torch.Tensor,
    perm: list[int],
    mode: str,
    indices: list[torch.Tensor],
) -> torch.Tensor:
    """x combined with updates at these indices of its axes in the order of `perm`; reading a range
    at each raises past the end of its axis.
    """
    front = x.permute(perm)
    flat = torch.zeros_like(indices[0])
    count = 1
    for axis in range(len(indices)):
        along = torch.arange(front.size(axis), device=x.device)[indices[axis]]
        flat = flat * front.size(axis) + along
        count = count * front.size(axis)
    rest = 1
    for axis in range(len(indices), front.dim()):
        rest = rest * front.size(axis)
    rows = front.reshape(count, rest)
    where = flat.reshape(-1, 1).expand(-1, rest)
    given = updates.reshape(where.shape)
    if mode == "set":
        made = rows.scatter(0, where, given)
    elif mode == "add":
        made = rows.scatter_add(0, where, given)
    else:
        made = rows.scatter_reduce(0, where, given, mode)
    back = [0] * len(perm)
    for i in range(len(perm)):
        back[perm[i]] = i
    return made.reshape(front.shape).permute(back)


_MODES: Final = {"set": "set", "add": "add", "multiply": "prod", "max": "amax", "min": "amin"}


def _scatter(site: Site) -> str:
    axes, mode = site.attrs.axes, _MODES[site.attrs.mode]
    perm = (*axes, *(i for i in range(site.type_of(0).ndim) if i not in axes))
    x, updates = site.args[:2]
    count = len(site.args)
    indices = joined_list([_index(site, i) for i in range(2, count)])
    narrow = mode not in ("set", "add") and site.dtype.name in ("bool", "uint64")
    if narrow:
        x, updates = (_comparable(site, text) for text in (x, updates))
    made = site.call(scattered, x, updates, joined_list(map(str, perm)), repr(mode), indices)
    return _compared(site, made) if narrow else made


def _comparable(site: Site, text: str) -> str:
    """Truth values as numbers; the bits of uint64 in the order of int64, but for products, where
    bits do.
    """
    if site.dtype.kind == "b":
        return f"{text}.to(torch.uint8)"
    return text if site.attrs.mode == "multiply" else site.call(ordered, text)


def _compared(site: Site, text: str) -> str:
    """Back from there."""
    return f"{text}.to(torch.bool)" if site.dtype.kind == "b" else _comparable(site, text)


def _index(site: Site, i: int) -> str:
    text = site.args[i]
    return text if site.type_of(i).dtype.name == "int64" else f"{text}.to(torch.int64)"


def joined_list(texts: Iterable[str]) -> str:
    """A list display of these expressions."""
    return f"[{', '.join(texts)}]"


def _dynamic_slice(site: Site) -> str:
    x, *starts = site.args
    if not starts:
        return x
    return site.call(window, x, _numbers(site)(site.attrs.sizes), joined_list(starts))


def _dynamic_update_slice(site: Site) -> str:
    x, update, *starts = site.args
    return site.call(window_put, x, update, joined_list(starts)) if starts else update


ROWS: Final[dict[Op, Row]] = {
    o.pad: _pad,
    o.conv: _conv,
    o.scatter: widened(_scatter),
    o.dynamic_slice: _dynamic_slice,
    o.dynamic_update_slice: widened(_dynamic_update_slice),
}
