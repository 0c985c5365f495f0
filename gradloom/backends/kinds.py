"""The kinds of `call` that a backend may have a kernel for, and what operands a kernel takes.

A kind's meaning stands in the region that goes with each call. The functions below tell whether a
call's operands are as the kernel wants them: mapping a call over a batch (vmap) may have given a
batch axis to an operand that a kernel takes without one, and then the region itself is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gradloom.ir.graph import Literal, Node
from gradloom.ir.types import TensorType


def _types(node: Node) -> list[TensorType]:
    return [x.type for x in node.operands]


def _plain(node: Node) -> bool:
    """One array; its last axis is the one that is meant."""
    return len(node.operands) == 1


def _scaled(node: Node) -> bool:
    """x, then one number per entry of the last axis, then a constant `eps`."""
    x, *vectors, _ = _types(node)
    return all(v.shape == x.shape[-1:] for v in vectors) and isinstance(node.operands[-1], Literal)


def _by_channel(node: Node) -> bool:
    """x [batch, channels, ...], then one number per channel four times, then a constant `eps`."""
    x, *vectors, _ = _types(node)
    each = x.shape[1:2]
    return len(each) == 1 and all(v.shape == each for v in vectors) and (
        isinstance(node.operands[-1], Literal)
    )  # fmt: skip


def _attends(node: Node) -> bool:
    """q, k and v of one batch shape, perhaps a mask that broadcasts to it, a constant scale."""
    q, k, v, *mask, _ = _types(node)
    lead = q.shape[:-2]
    return (
        k.shape[:-2] == v.shape[:-2] == lead == node.results[0].type.shape[:-2]
        and all(m.ndim == q.ndim for m in mask)
        and isinstance(node.operands[-1], Literal)
    )


FITS: Final[Mapping[str, Callable[[Node], bool]]] = {
    "softmax": _plain, "log_softmax": _plain, "gelu": _plain, "gelu_tanh": _plain, "silu": _plain,
    "layer_norm": _scaled, "rms_norm": _scaled, "batch_norm": _by_channel,
    "standard": _scaled,
    "attention": _attends, "attention_causal": _attends, "attention_masked": _attends,
}  # fmt: skip
"""By kind."""


def fits(node: Node) -> bool:
    """Whether a kernel of the call's kind takes the call's operands."""
    kind = getattr(node.attrs, "kind", "")
    return kind in FITS and FITS[kind](node)
