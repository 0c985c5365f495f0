"""Calls that torch has a kernel for (gradloom/backends/kinds.py lists the kinds)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site

_F: Final = "torch.nn.functional"


def _layer_norm(site: Site) -> str:
    x, gamma, beta = site.args[:3]
    return f"({_F}.layer_norm({x}, {x}.shape[-1:], {gamma}, {beta}, {site.number(3)}),)"


def _standard(site: Site) -> str:
    (x,) = site.args[:1]
    return f"({_F}.layer_norm({x}, {x}.shape[-1:], eps={site.number(1)}),)"


def _rms_norm(site: Site) -> str:
    x, gamma = site.args[:2]
    return f"({_F}.rms_norm({x}, {x}.shape[-1:], {gamma}, {site.number(2)}),)"


def _batch_norm(site: Site) -> str:
    x, gamma, beta, mean, var = site.args[:5]
    options = f"training=False, eps={site.number(5)}"
    return f"({_F}.batch_norm({x}, {mean}, {var}, {gamma}, {beta}, {options}),)"


def _attention(site: Site) -> str:
    *arrays, _ = site.args
    scale = site.number(len(arrays))
    return f"({_F}.scaled_dot_product_attention({', '.join(arrays)}, scale={scale}),)"


def _attention_causal(site: Site) -> str:
    *arrays, _ = site.args
    options = f"is_causal=True, scale={site.number(len(arrays))}"
    return f"({_F}.scaled_dot_product_attention({', '.join(arrays)}, {options}),)"


CALLS: Final[Mapping[str, Row]] = {
    "softmax": "(torch.softmax({0}, -1),)",
    "log_softmax": "(torch.log_softmax({0}, -1),)",
    "gelu": f"({_F}.gelu({{0}}),)",
    "gelu_tanh": f"({_F}.gelu({{0}}, approximate='tanh'),)",
    "silu": f"({_F}.silu({{0}}),)",
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "batch_norm": _batch_norm,
    "standard": _standard,
    "attention": _attention,
    "attention_causal": _attention_causal,
    "attention_masked": _attention,
}
"""By kind."""
