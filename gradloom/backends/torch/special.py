"""Special functions that torch has to full precision; the others run by their algorithms.

Its trigamma, Bessel J and Y, and the incomplete gamma function for large parameters lose half of
the digits (measured with torch 2.13 against mpmath).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.single_or_double import is_of_order_0_or_1, is_single_or_double
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.graph import Node
from gradloom.ir.op import Op


def _by_order(*names: str) -> Row:
    return lambda site: f"torch.special.{names[site.attrs.n]}({site.args[0]})"


def _function(name: str) -> Row:
    def row(site: Site) -> str:
        return f"torch.special.{name}({site.strict(0)})"

    return row


def _bessel_ie(site: Site) -> str:
    """Of order 1 with the sign of its operand, which torch's loses at -0."""
    x = site.args[0]
    if site.attrs.n == 0:
        return f"torch.special.i0e({x})"
    return f"torch.copysign(torch.special.i1e({x}), {x})"


ROWS: Final[dict[Op, Row]] = {
    o.erfc: _function("erfc"),
    o.erfcx: _function("erfcx"),
    o.lgamma: _function("gammaln"),
    o.digamma: _function("digamma"),
    o.bessel_ie: _bessel_ie,
    o.bessel_ke: _by_order("scaled_modified_bessel_k0", "scaled_modified_bessel_k1"),
}
SERVES: Final[dict[Op, Callable[[Node], bool]]] = {
    **dict.fromkeys(ROWS, is_single_or_double),
    **dict.fromkeys((o.bessel_ie, o.bessel_ke), is_of_order_0_or_1),
}
