"""All ops on torch."""

from __future__ import annotations

from typing import Final

from gradloom.backends import alone, python_control
from gradloom.backends.backend import CALLS_PYTHON, Row
from gradloom.backends.torch import (
    arrays,
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
    **alone.rows("torch.tensor(0)"),
    **arrays.ROWS,
    **python_control.rows("torch.stack", "{0}.unbind(0)"),
    o.nonzero: "torch.nonzero({0}).reshape(-1)",
    o.constant: "",  # the emitter binds constants at the top of the module
}

ABSENT: Final[dict[Op, str]] = {o.python_call: CALLS_PYTHON}
