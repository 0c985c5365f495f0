"""Reading and writing at indices, and sorting, on JAX."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _fronted(site: Site) -> tuple[str, tuple[int, ...]]:
    """Operand 0 with the indexed axes in front, and that order of axes."""
    axes = site.attrs.axes
    perm = (*axes, *(i for i in range(site.type_of(0).ndim) if i not in axes))
    if perm == tuple(range(len(perm))):
        return site.args[0], perm
    return f"jnp.transpose({site.args[0]}, {site.write(perm)})", perm


def _gather(site: Site) -> str:
    return f"{_fronted(site)[0]}[{', '.join(site.args[1:])}]"


def _scatter(site: Site) -> str:
    front, perm = _fronted(site)
    made = f"{front}.at[{', '.join(site.args[2:])}].{site.attrs.mode}({site.args[1]})"
    back = tuple(perm.index(i) for i in range(len(perm)))
    return made if back == tuple(range(len(back))) else f"jnp.transpose({made}, {site.write(back)})"


def _dynamic_slice(site: Site) -> str:
    x, *starts = site.args
    if not starts:
        return x
    return f"lax.dynamic_slice({x}, {joined(starts)}, {site.write(site.attrs.sizes)})"


def _dynamic_update_slice(site: Site) -> str:
    x, update, *starts = site.args
    if not starts:
        return update
    return f"lax.dynamic_update_slice({x}, {update}, {joined(starts)})"


ROWS: Final[dict[Op, Row]] = {
    o.gather: _gather,
    o.scatter: _scatter,
    o.dynamic_slice: _dynamic_slice,
    o.dynamic_update_slice: _dynamic_update_slice,
    o.sort: lambda site: f"jnp.sort({site.args[0]}, {site.attrs.axis})",
    o.argsort: lambda site: f"jnp.argsort({site.args[0]}, {site.attrs.axis}).astype(jnp.int64)",
}
