"""All ops on TensorFlow."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.tensorflow import arrays, control, elementwise
from gradloom.backends.tensorflow.elementwise import through
from gradloom.ir import ops as o
from gradloom.ir.op import Op

_NO_KERNEL: Final = "int8 int16 uint8 uint16 uint32 uint64"

TABLE: Final[dict[Op, Row]] = {
    **elementwise.ROWS,
    **arrays.ROWS,
    **control.ROWS,
    o.matmul: through("tf.matmul({0}, {1})", "int64", _NO_KERNEL),
    o.constant: "",  # the emitter binds constants at the top of the module
}

ABSENT: Final[dict[Op, str]] = {}
