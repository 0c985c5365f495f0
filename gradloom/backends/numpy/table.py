"""All ops on numpy."""

from __future__ import annotations

from typing import Final

from gradloom.backends import alone, python_control
from gradloom.backends.backend import CALLS_PYTHON, Row
from gradloom.backends.numpy import arrays, elementwise, host, indexing, linalg, random, window
from gradloom.ir import ops as o
from gradloom.ir.op import Op

TABLE: Final[dict[Op, Row]] = {
    **elementwise.ROWS,
    **indexing.ROWS,
    **linalg.ROWS,
    **window.ROWS,
    **host.ROWS,
    **random.ROWS,
    **alone.rows("np.int64(0)"),
    **arrays.ROWS,
    **python_control.rows("np.stack", "{0}", "np.empty({0}, {1})"),
    o.nonzero: "np.flatnonzero({0})",
    o.constant: "",  # the emitter binds constants at the top of the module
}

ABSENT: Final[dict[Op, str]] = {o.python_call: CALLS_PYTHON}
