"""Prints and asserts on TensorFlow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import tensorflow as tf


def show(text: str, *values: tf.Tensor) -> None:
    """Print the values as `text` formats them."""

    def write(*found: Any) -> None:
        sys.stdout.write(text.format(*found) + "\n")

    tf.numpy_function(write, values, [])


def check(holds: tf.Tensor, message: str) -> None:
    """Raise `InvalidArgumentError` with the message unless all hold."""
    tf.debugging.Assert(tf.reduce_all(holds), [message])


def _print(site: Site) -> str:
    return site.call(show, site.write(site.attrs.format), *site.args)


def _assert(site: Site) -> str:
    return site.call(check, site.args[0], site.write(site.attrs.message))


ROWS: Final[dict[Op, Row]] = {o.print: _print, o.assert_: _assert}
