"""All functions of gl.nn that torch has too."""

from __future__ import annotations

from tests.frontend.nn.elementwise import ACTIVATIONS, LOSSES
from tests.frontend.nn.layers import CONVOLUTIONS, LAYERS, POOLING
from tests.frontend.nn.samples import Case

CASES: dict[str, Case] = {**ACTIVATIONS, **LOSSES, **LAYERS, **CONVOLUTIONS, **POOLING}
