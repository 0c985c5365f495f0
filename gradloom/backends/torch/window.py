"""Convolution on torch, which has it for floats and one to three spatial axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site
from gradloom.backends.torch.arrays import pad
from gradloom.ir import ops as o
from gradloom.ir.graph import Node
from gradloom.ir.op import Op

if TYPE_CHECKING:
    import torch


def serves(node: Node) -> bool:
    """Whether torch's own convolution takes this node."""
    x, made = node.operands[0].type, node.results[0].type
    return (
        x.inexact and x.dtype.kind != "c" and 3 <= x.ndim <= 5 and 0 not in (*x.shape, *made.shape)
    )


def zero_padded(
    x: torch.Tensor, padding: tuple[tuple[int, int], ...], input_dilation: tuple[int, ...]
) -> torch.Tensor:
    """x with zeros around it and between neighbours; negative padding crops."""
    low, high = ([0, 0, *(pair[i] for pair in padding)] for i in (0, 1))
    zero = torch.zeros((), dtype=x.dtype, device=x.device)
    return pad(x, zero, low, high, [0, 0, *(d - 1 for d in input_dilation)])


def _conv(site: Site) -> str:
    a, (x, w), axes = site.attrs, site.args, site.type_of(0).ndim - 2
    even = all(low == high and (not isinstance(low, int) or low >= 0) for low, high in a.padding)
    named = [f"stride={site.write(a.strides)}"] if set(a.strides) != {1} else []
    if even and set(a.input_dilation) == {1}:
        named += [f"padding={site.write(tuple(low for low, _ in a.padding))}"]
    else:
        x = site.call(zero_padded, x, site.write(a.padding), site.write(a.input_dilation))
    named += [f"dilation={site.write(a.dilation)}"] if set(a.dilation) != {1} else []
    named += [f"groups={site.dim(a.groups)}"] if a.groups != 1 else []
    return f"torch.nn.functional.conv{axes}d({', '.join([x, w, *named])})"


ROWS: Final[dict[Op, Row]] = {o.conv: _conv}
