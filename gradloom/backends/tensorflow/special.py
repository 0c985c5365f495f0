"""Special functions that TensorFlow has with the same values at the edges; the others run by
their algorithms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.single_or_double import is_of_order_0_or_1, is_single_or_double
from gradloom.ir import ops as o
from gradloom.ir.graph import Node
from gradloom.ir.op import Op


def _by_order(name: str) -> Row:
    return lambda site: f"tf.math.special.{name.format(site.attrs.n)}({site.args[0]})"


ROWS: Final[dict[Op, Row]] = {
    o.erfc: "tf.math.erfc({0})",
    o.erfcinv: "tf.math.erfcinv({0})",
    o.lgamma: "tf.math.lgamma({0})",
    o.bessel_j: _by_order("bessel_j{}"),
    o.bessel_ie: _by_order("bessel_i{}e"),
}
SERVES: Final[dict[Op, Callable[[Node], bool]]] = {
    **dict.fromkeys(ROWS, is_single_or_double),
    **dict.fromkeys((o.bessel_j, o.bessel_ie), is_of_order_0_or_1),
}
