"""All ops on JAX. Products are asked for in full precision, which accelerators would lower."""

from __future__ import annotations

from typing import Final

from gradloom.backends import alone, python_control
from gradloom.backends.backend import CALLS_PYTHON, Row
from gradloom.backends.jax import (
    arrays,
    control,
    elementwise,
    host,
    indexing,
    linalg,
    random,
    special,
    window,
)
from gradloom.ir import ops as o
from gradloom.ir.op import Op

TABLE: Final[dict[Op, Row]] = {
    **elementwise.ROWS,
    **indexing.ROWS,
    **linalg.ROWS,
    **special.ROWS,
    **window.ROWS,
    **host.ROWS,
    **random.ROWS,
    **alone.rows("jnp.int64(0)"),
    **arrays.ROWS,
    **control.ROWS,
    o.constant: "",  # the emitter binds constants at the top of the module
}

ABSENT: Final[dict[Op, str]] = {
    o.nonzero: "XLA knows every size before a program runs; gl.compile and source run op by op",
    o.python_call: CALLS_PYTHON,
}

BY_HAND: Final[dict[Op, Row]] = {
    **TABLE,
    **python_control.rows("jnp.stack"),
    o.nonzero: "jnp.flatnonzero({0})",
}
"""For programs that find sizes: no jit, and Python's own loops."""
