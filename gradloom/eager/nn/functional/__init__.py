"""`gt.nn.functional`: activations, layers and losses as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gradloom.eager.nn.functional.activations import ACTIVATIONS
from gradloom.eager.nn.functional.attention import ATTENTION
from gradloom.eager.nn.functional.classes import CLASS_LOSSES
from gradloom.eager.nn.functional.convolutions import CONVOLUTIONS
from gradloom.eager.nn.functional.losses import LOSSES
from gradloom.eager.nn.functional.normalizing import NORMALIZING
from gradloom.eager.nn.functional.pooling import POOLING
from gradloom.eager.nn.functional.resizing import RESIZING
from gradloom.eager.nn.functional.rows import ROWS

FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    **ACTIVATIONS, **ATTENTION, **CLASS_LOSSES, **CONVOLUTIONS, **LOSSES, **NORMALIZING, **POOLING,
    **RESIZING, **ROWS,
}  # fmt: skip
"""By torch's name."""
globals().update(FUNCTIONS)

__all__ = [*FUNCTIONS]  # noqa: PLE0604, RUF100
