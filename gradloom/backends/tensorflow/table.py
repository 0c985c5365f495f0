"""All ops on TensorFlow."""

from __future__ import annotations

from typing import Final

from gradloom.backends import alone, python_control
from gradloom.backends.backend import CALLS_PYTHON, Row
from gradloom.backends.tensorflow import (
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
    **alone.rows("tf.constant(0, tf.int64)"),
    **arrays.ROWS,
    **control.ROWS,
    o.nonzero: "tf.reshape(tf.where({0}), [-1])",
    o.constant: "",  # the emitter binds constants at the top of the module
}

BY_HAND: Final[dict[Op, Row]] = {**TABLE, **python_control.rows("tf.stack")}
"""For programs that find sizes: no tf.function, and Python's own loops."""

ABSENT: Final[dict[Op, str]] = {o.python_call: CALLS_PYTHON}
