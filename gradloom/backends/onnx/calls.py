"""Calls that ONNX has an operator for (gradloom/backends/kinds.py lists the kinds).

`Gelu` and `RMSNormalization` came with later opsets than the one that is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gradloom.backends.kinds import fits
from gradloom.backends.onnx.row import F32, FLOATS, Row, Site
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Node
from gradloom.ir.op import Op


def _layer_norm(site: Site) -> Any:
    eps = site.node.operands[3]
    assert isinstance(eps, Literal)
    return site.w.node(
        "LayerNormalization", *[site.full(i) for i in range(3)], axis=-1, epsilon=float(eps.value)
    )


_KINDS: Final[Mapping[str, tuple[frozenset[str], Callable[[Site], Any]]]] = {
    "softmax": (FLOATS, lambda site: site.w.node("Softmax", site.full(0), axis=-1)),
    "log_softmax": (FLOATS, lambda site: site.w.node("LogSoftmax", site.full(0), axis=-1)),
    # Its statistics are f32 by the standard, so f64 stays with the region.
    "layer_norm": (F32, _layer_norm),
}
"""By kind: the dtypes for which it serves, and how it is written."""


def _call(site: Site) -> Any:
    return _KINDS[site.attrs.kind][1](site)


def is_native(node: Node) -> bool:
    """Whether it is a call that ONNX has an operator for."""
    found = _KINDS.get(getattr(node.attrs, "kind", ""))
    if node.op is not o.call or found is None or not fits(node):
        return False
    return node.operands[0].type.dtype.name in found[0]


ROWS: Final[dict[Op, Row]] = {o.call: Row(_call)}
