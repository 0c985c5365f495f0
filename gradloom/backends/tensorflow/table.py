"""All ops on TensorFlow."""

from __future__ import annotations

from typing import Final

from gradloom.backends import alone
from gradloom.backends.backend import Row
from gradloom.backends.tensorflow import (
    arrays,
    control,
    elementwise,
    host,
    indexing,
    linalg,
    window,
)
from gradloom.ir import ops as o
from gradloom.ir.op import Op

TABLE: Final[dict[Op, Row]] = {
    **elementwise.ROWS,
    **indexing.ROWS,
    **linalg.ROWS,
    **window.ROWS,
    **host.ROWS,
    **alone.rows("tf.constant(0, tf.int64)"),
    **arrays.ROWS,
    **control.ROWS,
    o.constant: "",  # the emitter binds constants at the top of the module
}

ABSENT: Final[dict[Op, str]] = {}
