"""Convolution on JAX: XLA's own has the same attributes."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _conv(site: Site) -> str:
    a = site.attrs
    named = [
        f"lhs_dilation={site.write(a.input_dilation)}",
        f"rhs_dilation={site.write(a.dilation)}",
    ]
    named += [f"feature_group_count={site.dim(a.groups)}", 'precision="highest"']
    given = [*site.args, site.write(a.strides), site.write(a.padding), *named]
    return f"lax.conv_general_dilated({', '.join(given)})"


ROWS: Final[dict[Op, Row]] = {o.conv: _conv}
