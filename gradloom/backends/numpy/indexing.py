"""Reading and writing at indices, and sorting, on numpy."""

from __future__ import annotations

from typing import Final

import numpy as np

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def fronted(site: Site, x: str) -> str:
    """`x` with the indexed axes in front, as a view."""
    axes, ndim = site.attrs.axes, site.type_of(0).ndim
    perm = (*axes, *(i for i in range(ndim) if i not in axes))
    return x if perm == tuple(range(ndim)) else f"{x}.transpose({site.write(perm)})"


def _gather(site: Site) -> str:
    return f"{fronted(site, site.args[0])}[{', '.join(site.args[1:])}]"


def scatter(
    x: np.ndarray,
    updates: np.ndarray,
    perm: tuple[int, ...],
    mode: np.ufunc | None,
    *indices: np.ndarray,
) -> np.ndarray:
    """A copy of x, updated at these indices of its axes in the order of `perm`; `mode` None
    sets.
    """
    out = np.array(x)
    front = out.transpose(perm)
    if mode is None:
        front[indices] = updates
    elif updates.size:  # numpy's own `at` refuses to do nothing
        mode.at(front, indices, updates)
    return out


_MODES: Final = {
    "set": "None",
    "add": "np.add",
    "multiply": "np.multiply",
    "max": "np.maximum",
    "min": "np.minimum",
}


def _scatter(site: Site) -> str:
    axes, ndim = site.attrs.axes, site.type_of(0).ndim
    perm = (*axes, *(i for i in range(ndim) if i not in axes))
    x, updates, *indices = site.args
    return site.call(scatter, x, updates, site.write(perm), _MODES[site.attrs.mode], *indices)


def window(x: np.ndarray, sizes: tuple[int, ...], *starts: np.generic) -> tuple[slice, ...]:
    """The window of these sizes at `starts`, moved to lie inside x."""
    first = [
        min(max(int(s), 0), n - size) for s, n, size in zip(starts, x.shape, sizes, strict=True)
    ]
    return tuple(slice(s, s + size) for s, size in zip(first, sizes, strict=True))


def dynamic_update_slice(x: np.ndarray, update: np.ndarray, *starts: np.generic) -> np.ndarray:
    """A copy of x with `update` written at `starts`, moved to lie inside."""
    out = np.array(x)
    out[window(x, np.shape(update), *starts)] = update
    return out


def _dynamic_slice(site: Site) -> str:
    x, *starts = site.args
    return f"{x}[{site.call(window, x, site.write(site.attrs.sizes), *starts)}]"


def _dynamic_update_slice(site: Site) -> str:
    return site.call(dynamic_update_slice, *site.args)


def _sort(site: Site) -> str:
    """Low precision is put in order as f32: numpy's order of it does not know NaN."""
    x, axis = site.args[0], site.attrs.axis
    if site.dtype.kind == "V":
        return f"np.sort({x}.astype(np.float32), {axis}).astype({site.dtype_text()})"
    return f"np.sort({x}, {axis})"


def _argsort(site: Site) -> str:
    low = ".astype(np.float32)" if site.type_of(0).dtype.kind == "V" else ""
    return f'np.argsort({site.args[0]}{low}, {site.attrs.axis}, kind="stable")'


ROWS: Final[dict[Op, Row]] = {
    o.gather: _gather,
    o.scatter: _scatter,
    o.dynamic_slice: _dynamic_slice,
    o.dynamic_update_slice: _dynamic_update_slice,
    o.sort: _sort,
    o.argsort: _argsort,
}
