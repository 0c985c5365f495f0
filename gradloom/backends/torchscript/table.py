"""The rows that differ from torch's own: what they write there, TorchScript does not read."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.claims import raised
from gradloom.backends.site import Site
from gradloom.backends.torch.table import ABSENT as TORCH_ABSENT
from gradloom.backends.torch.table import TABLE as TORCH
from gradloom.backends.torch.unsigned import widened
from gradloom.backends.torchscript import control, indexing
from gradloom.ir import ops as o
from gradloom.ir.op import Op


def _reciprocal(site: Site) -> str:
    """TorchScript divides no number by a tensor of integers with a rounding mode."""
    if site.dtype.kind not in "iu":
        return f"torch.reciprocal({site.args[0]})"
    return f'torch.div(torch.ones_like({site.args[0]}), {site.args[0]}, rounding_mode="trunc")'


def _assert(site: Site) -> str:
    """A statement: TorchScript calls no function with an exception."""
    site.line(f"if not bool(torch.all({site.args[0]})):")
    return f"    raise {raised(site)}"


TABLE: Final[dict[Op, Row]] = {
    **TORCH,
    **control.ROWS,
    **indexing.ROWS,
    o.reciprocal: widened(_reciprocal),
    o.assert_: _assert,
}

ABSENT: Final[dict[Op, str]] = {**TORCH_ABSENT}
