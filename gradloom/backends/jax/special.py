"""Special functions that JAX has with the same values at the edges; the others run by their
algorithms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.single_or_double import (
    is_double,
    is_of_order_0_or_1,
    is_single_or_double,
)
from gradloom.ir import ops as o
from gradloom.ir.graph import Node
from gradloom.ir.op import Op

ROWS: Final[dict[Op, Row]] = {
    o.erfc: "lax.erfc({0})",
    o.lgamma: "lax.lgamma({0})",
    o.betainc: "jax.scipy.special.betainc({0}, {1}, {2})",
    o.bessel_ie: lambda site: f"lax.bessel_i{site.attrs.n}e({site.args[0]})",
}
SERVES: Final[dict[Op, Callable[[Node], bool]]] = {
    **dict.fromkeys(ROWS, is_single_or_double),
    o.lgamma: is_double,  # in float32 JAX's loses digits near its zeros
    o.bessel_ie: is_of_order_0_or_1,
}
