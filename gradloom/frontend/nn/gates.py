"""Gates: one half of an array decides how much of the other passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.nn.activations import gelu, relu, silu
from gradloom.frontend.nn.operands import Array, axis_of, floating
from gradloom.frontend.scipy.elementary import expit
from gradloom.ir.errors import ShapeError
from gradloom.ir.location import user_location


def gated_act(f: Any, s: Any) -> Array:
    """`tanh(f) * sigmoid(s)`, the unit of WaveNet (van den Oord et al. 2016, equation 2)."""
    return np.tanh(floating("gated_act", f)) * expit(floating("gated_act", s))


def _gated(what: str, gate: Callable[[Array], Array], text: str) -> Callable[..., Array]:
    def function(x: Any, axis: int = -1) -> Array:
        x = floating(what, x)
        size = x.shape[at := axis_of(what, axis, x.ndim)]
        if size % 2 != 0:
            raise ShapeError(
                f"{what}: axis {axis} of {tuple(x.shape)} has an odd size",
                location=user_location(), hint="its first half passes, its second half gates",
            )  # fmt: skip
        first, second = np.split(x, 2, axis=at)
        return first * gate(second)

    function.__name__ = function.__qualname__ = what
    function.__doc__ = text
    return function


glu: Final = _gated(
    "glu", expit, "The first half of an axis times the sigmoid of the second (Dauphin et al. 2016)."
)
geglu: Final = _gated(
    "geglu", gelu, "The first half of an axis times the `gelu` of the second (Shazeer 2020)."
)
swiglu: Final = _gated(
    "swiglu", silu, "The first half of an axis times the `silu` of the second (Shazeer 2020)."
)
reglu: Final = _gated(
    "reglu", relu, "The first half of an axis times the `relu` of the second (Shazeer 2020)."
)
