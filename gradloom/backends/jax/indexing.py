"""Reading and writing at indices, and sorting, on JAX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site, joined
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Value
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import jax


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
    return _back(site, made, perm)


def _back(site: Site, made: str, perm: tuple[int, ...]) -> str:
    """What was made with the axes in the order of `perm`, in their own."""
    back = tuple(perm.index(i) for i in range(len(perm)))
    return made if back == tuple(range(len(back))) else f"jnp.transpose({made}, {site.write(back)})"


def inside(shape: tuple[int, ...], *indices: Any) -> tuple[Any, ...]:
    """The indices, which have to be of an array of this shape; behind `jax.jit` and `jax.vmap`,
    where they have no values yet, as they are.
    """
    for axis, (size, index) in enumerate(zip(shape, indices, strict=False)):
        if isinstance(index, jax.core.Tracer):
            continue
        given = jax.device_get(index)  # JAX would trace a comparison under jit, of numbers too
        wrong = given[(given < 0) | (given >= size)]
        if wrong.size:
            raise IndexError(
                f"index {wrong.ravel()[0]} is out of bounds for axis {axis} with size {size}"
            )
    return indices


def _inside(site: Site, x: str, first: int) -> str:
    """The index operands from `first` on, looked at unless they are known."""
    if all(isinstance(i, Literal) or _is_constant(i) for i in site.node.operands[first:]):
        return ", ".join(site.args[first:])
    return site.call(inside, f"{x}.shape", *site.args[first:])


def _is_constant(x: Value) -> bool:
    return x.node is not None and x.node.op is o.constant


def _gather_inside(site: Site) -> str:
    x = _fronted(site)[0]
    return f"{x}[{_inside(site, x, 1)}]"


def _scatter_inside(site: Site) -> str:
    x, perm = _fronted(site)
    made = f"{x}.at[{_inside(site, x, 2)}].{site.attrs.mode}({site.args[1]})"
    return _back(site, made, perm)


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

EMBEDDED: Final[dict[Op, Row]] = {o.gather: _gather_inside, o.scatter: _scatter_inside}
"""For programs without asserts: what has values is looked at, and raises as numpy does."""
