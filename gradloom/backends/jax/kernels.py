"""Calls that JAX has a function for (gradloom/backends/kinds.py lists the kinds).

XLA fuses what a region says as well; these are for whoever reads the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.site import Site


def _layer_norm(site: Site) -> str:
    x, gamma, beta = site.args[:3]
    return f"(jax.nn.standardize({x}, -1, epsilon={site.number(3)}) * {gamma} + {beta},)"


CALLS: Final[Mapping[str, Row]] = {
    "softmax": "(jax.nn.softmax({0}, -1),)",
    "log_softmax": "(jax.nn.log_softmax({0}, -1),)",
    "gelu": "(jax.nn.gelu({0}, False),)",
    "gelu_tanh": "(jax.nn.gelu({0}),)",
    "silu": "(jax.nn.silu({0}),)",
    "layer_norm": _layer_norm,
}
"""By kind."""
