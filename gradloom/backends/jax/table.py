"""All ops on JAX. Products are asked for in full precision, which accelerators would lower."""

from __future__ import annotations

from typing import Final

from gradloom.backends import alone
from gradloom.backends.backend import Row
from gradloom.backends.jax import arrays, control, elementwise, host, indexing, linalg, window
from gradloom.ir import ops as o
from gradloom.ir.op import Op

TABLE: Final[dict[Op, Row]] = {
    **elementwise.ROWS,
    **indexing.ROWS,
    **linalg.ROWS,
    **window.ROWS,
    **host.ROWS,
    **alone.rows("jnp.int64(0)"),
    **arrays.ROWS,
    **control.ROWS,
    o.constant: "",  # the emitter binds constants at the top of the module
}

ABSENT: Final[dict[Op, str]] = {}
