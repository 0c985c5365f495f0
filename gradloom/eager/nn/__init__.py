"""`gt.nn`: modules of parameters, layers and losses, as torch has them."""

from __future__ import annotations

from gradloom.eager.nn import functional, init, utils
from gradloom.eager.nn.layers import LAYERS
from gradloom.eager.nn.module import Module
from gradloom.eager.nn.parameter import Parameter
from gradloom.eager.optim import SGD

globals().update(LAYERS)

__all__ = [
    "SGD", "Module", "Parameter", "functional", "init", "utils",
    *LAYERS,
]  # fmt: skip
