"""Random bits on numpy: the ops' own meaning, whose text goes along."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.ir import ops as o
from gradloom.ir.op import Op
from gradloom.ir.ops.quantile import erfinv_of
from gradloom.ir.ops.random import random_bits_of, threefry_pairs


def _bits(site: Site) -> str:
    attrs = site.attrs
    shape, bits = site.write(attrs.shape), str(attrs.dtype.itemsize * 8)
    return site.call(random_bits_of, site.args[0], shape, bits)


ROWS: Final[dict[Op, Row]] = {
    o.threefry: lambda site: site.call(threefry_pairs, *site.args),
    o.random_bits: _bits,
    o.erfinv: lambda site: site.call(erfinv_of, site.strict(0)),
}
