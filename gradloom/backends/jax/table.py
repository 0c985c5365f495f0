"""All ops on JAX. Products are asked for in full precision, which accelerators would lower."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.jax import arrays, control, elementwise
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _einsum(site: Site) -> str:
    a = site.attrs
    letters = site.write(f"{a.lhs},{a.rhs}->{a.out}")
    return f'jnp.einsum({letters}, {site.args[0]}, {site.args[1]}, precision="highest")'


TABLE: Final[dict[Op, Row]] = {
    **elementwise.ROWS,
    **arrays.ROWS,
    **control.ROWS,
    o.matmul: 'jnp.matmul({0}, {1}, precision="highest")',
    o.einsum: _einsum,
    o.constant: "",  # the emitter binds constants at the top of the module
}

ABSENT: Final[dict[Op, str]] = {}
