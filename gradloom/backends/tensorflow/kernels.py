"""Calls that TensorFlow has a kernel for (gradloom/backends/kinds.py lists the kinds)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site


def _layer_norm(site: Site) -> str:
    x, gamma, beta = site.args[:3]
    return (
        f"(tf.nn.batch_normalization({x}, *tf.nn.moments({x}, [-1], keepdims=True), "
        f"{beta}, {gamma}, {site.number(3)}),)"
    )


CALLS: Final[Mapping[str, Row]] = {
    "softmax": "(tf.nn.softmax({0}),)",
    "log_softmax": "(tf.nn.log_softmax({0}),)",
    "silu": "(tf.nn.silu({0}),)",
    "layer_norm": _layer_norm,
}
"""By kind. `tf.nn.gelu` is not among them: its constants have f32's digits for f64 too."""
