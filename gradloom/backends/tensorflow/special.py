"""Special functions that TensorFlow has with the same values at the edges; the others run by
their algorithms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gradloom.backends.backend import Row
from gradloom.backends.single_or_double import is_of_order_0_or_1, is_single_or_double
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.graph import Node
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import tensorflow as tf


def _by_order(name: str) -> Row:
    return lambda site: f"tf.math.special.{name.format(site.attrs.n)}({site.args[0]})"


def signed_i1e(x: Any) -> Any:
    """exp(-|x|) I_1(x); of either zero that zero."""
    return tf.where(x == 0, x, tf.math.special.bessel_i1e(x))


def _bessel_ie(site: Site) -> str:
    """Of order 1 with the sign of its operand, which TensorFlow's loses at -0."""
    if site.attrs.n == 0:
        return f"tf.math.special.bessel_i0e({site.args[0]})"
    return site.call(signed_i1e, site.args[0])


ROWS: Final[dict[Op, Row]] = {
    o.erfc: "tf.math.erfc({0})",
    o.erfcinv: "tf.math.erfcinv({0})",
    o.lgamma: "tf.math.lgamma({0})",
    o.bessel_j: _by_order("bessel_j{}"),
    o.bessel_ie: _bessel_ie,
}
SERVES: Final[dict[Op, Callable[[Node], bool]]] = {
    **dict.fromkeys(ROWS, is_single_or_double),
    **dict.fromkeys((o.bessel_j, o.bessel_ie), is_of_order_0_or_1),
}
