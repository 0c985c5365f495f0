"""`gt.nn`: modules of parameters, layers and losses, as torch has them."""

from __future__ import annotations

from gradloom.eager.nn import clipping as utils
from gradloom.eager.nn import functional
from gradloom.eager.nn.layers import (
    ACTIVATIONS,
    LOSSES,
    BatchNorm1d,
    BatchNorm2d,
    Dropout,
    Embedding,
    Flatten,
    Identity,
    LayerNorm,
    Linear,
    ModuleList,
    Sequential,
)
from gradloom.eager.nn.module import Module, Parameter
from gradloom.eager.optim import SGD

globals().update(ACTIVATIONS, **LOSSES)

__all__ = [
    "SGD", "BatchNorm1d", "BatchNorm2d", "Dropout", "Embedding", "Flatten", "Identity",
    "LayerNorm", "Linear", "Module", "ModuleList", "Parameter", "Sequential", "functional",
    "utils", *ACTIVATIONS, *LOSSES,
]  # fmt: skip
