"""Reading and writing at indices, and sorting, on torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.backends.torch.unsigned import ordered, widened
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import torch


def fronted(site: Site) -> tuple[int, ...]:
    """The order of axes with the indexed ones in front."""
    axes = site.attrs.axes
    return (*axes, *(i for i in range(site.type_of(0).ndim) if i not in axes))


def index(site: Site, i: int) -> str:
    """Operand `i` as an index (torch would take a uint8 tensor for a mask)."""
    return (
        site.args[i] if site.type_of(i).dtype.name == "int64" else f"{site.args[i]}.to(torch.int64)"
    )


def _gather(site: Site) -> str:
    perm = fronted(site)
    x = (
        site.args[0]
        if perm == tuple(range(len(perm)))
        else f"{site.args[0]}.permute({site.write(perm)})"
    )
    return f"{x}[{', '.join(index(site, i) for i in range(1, len(site.args)))}]"


def scatter_put(
    x: torch.Tensor, updates: torch.Tensor, perm: tuple[int, ...], add: bool, *indices: torch.Tensor
) -> torch.Tensor:
    """x with updates set or added at these indices of its axes in the order of `perm`."""
    back = [perm.index(i) for i in range(len(perm))]
    return x.permute(perm).index_put(indices, updates, accumulate=add).permute(back)


def scatter_reduce(
    x: torch.Tensor,
    updates: torch.Tensor,
    perm: tuple[int, ...],
    reduce: str,
    *indices: torch.Tensor,
) -> torch.Tensor:
    """x combined with updates at these indices of its axes in the order of `perm`.

    Reading a range at each index raises past the end of its axis, where a number of the whole
    array's would mean another row.
    """
    front = x.permute(perm)
    sizes = front.shape[: len(indices)]
    flat = torch.zeros_like(indices[0])
    for i, size in zip(indices, sizes, strict=False):
        flat = flat * size + torch.arange(size, device=i.device)[i]
    rows = front.reshape(sizes.numel(), -1)
    where = flat.reshape(-1, 1).expand(-1, rows.shape[1])
    made = rows.scatter_reduce(0, where, updates.reshape(where.shape), reduce)
    return made.reshape(front.shape).permute([perm.index(i) for i in range(len(perm))])


_REDUCE: Final = {"multiply": '"prod"', "max": '"amax"', "min": '"amin"'}


def _scatter(site: Site) -> str:
    mode, perm = site.attrs.mode, site.write(fronted(site))
    x, updates = site.args[:2]
    indices = [index(site, i) for i in range(2, len(site.args))]
    if mode in ("set", "add"):
        return site.call(scatter_put, x, updates, perm, str(mode == "add"), *indices)
    if site.dtype.kind == "b":
        mark = site.operand(1)
        if isinstance(mark, Literal) and bool(mark.value) == (mode == "max"):
            # One mark makes the place what it is, however many there are.
            return site.call(scatter_put, x, updates, perm, "False", *indices)
        x, updates = f"{x}.to(torch.uint8)", f"{updates}.to(torch.uint8)"
        return (
            site.call(scatter_reduce, x, updates, perm, _REDUCE[mode], *indices) + ".to(torch.bool)"
        )
    if site.dtype.name == "uint64" and mode != "multiply":
        x, updates = site.call(ordered, x), site.call(ordered, updates)
        return site.call(
            ordered, site.call(scatter_reduce, x, updates, perm, _REDUCE[mode], *indices)
        )
    return site.call(scatter_reduce, x, updates, perm, _REDUCE[mode], *indices)


def window(
    shape: torch.Size, sizes: tuple[int, ...], *starts: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """The index of the window of these sizes at `starts`, moved to lie inside `shape`."""
    found = []
    for axis, (start, n, size) in enumerate(zip(starts, shape, sizes, strict=False)):
        along = torch.clamp(start, 0, n - size) + torch.arange(size, device=start.device)
        found.append(along.reshape([size if i == axis else 1 for i in range(len(shape))]))
    return tuple(found)


def _dynamic_slice(site: Site) -> str:
    x, *starts = site.args
    if not starts:
        return x
    return f"{x}[{site.call(window, f'{x}.shape', site.write(site.attrs.sizes), *starts)}]"


def _dynamic_update_slice(site: Site) -> str:
    x, update, *starts = site.args
    if not starts:
        return update
    return f"{x}.index_put({site.call(window, f'{x}.shape', f'{update}.shape', *starts)}, {update})"


def _sort(site: Site) -> str:
    return f"torch.sort({site.args[0]}, dim={site.attrs.axis}, stable=True).values"


def _argsort(site: Site) -> str:
    return f"torch.argsort({site.args[0]}, dim={site.attrs.axis}, stable=True)"


ROWS: Final[dict[Op, Row]] = {
    o.gather: _gather,
    o.scatter: widened(_scatter),
    o.dynamic_slice: _dynamic_slice,
    o.dynamic_update_slice: widened(_dynamic_update_slice),
    o.sort: _sort,
    o.argsort: _argsort,
}
