"""Prints and asserts on TensorFlow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.claims import raised
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


def check(holds: tf.Tensor, error: Exception) -> None:
    """Raise the error unless all hold; in a `tf.function`, an `InvalidArgumentError` that says
    it.
    """
    if not tf.executing_eagerly():
        tf.debugging.Assert(tf.reduce_all(holds), [str(error)])
    elif not tf.reduce_all(holds):
        raise error


def _print(site: Site) -> str:
    return site.call(show, site.write(site.attrs.format), *site.args)


def _assert(site: Site) -> str:
    return site.call(check, site.args[0], raised(site))


ROWS: Final[dict[Op, Row]] = {o.print: _print, o.assert_: _assert}
