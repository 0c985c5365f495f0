"""Distances and angles of vectors along an axis."""

from __future__ import annotations

from gradloom.eager.calls import cast, common, one
from gradloom.eager.dtypes import floating
from gradloom.eager.methods import FUNCTIONS
from gradloom.eager.tensor import Tensor
from gradloom.frontend.nn import similarity as nn


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of `x1 - x2 + eps` along the last axis."""
    (x1, x2), dtype = common("pairwise_distance", x1, x2)
    apart = one("pairwise_distance", lambda a, b: cast(a, dtype) - cast(b, dtype) + eps, [x1, x2])
    return FUNCTIONS["norm"](apart, p, -1, keepdim)  # type: ignore[no-any-return]


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle along an axis; sizes are taken for at least eps."""
    (x1, x2), dtype = common("cosine_similarity", x1, x2)
    to = floating(dtype)

    return one(
        "cosine_similarity", lambda a, b: nn.cosine(cast(a, to), cast(b, to), dim, eps), [x1, x2]
    )


def normalize(
    input: Tensor, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12
) -> Tensor:
    """The tensor divided by its norm along an axis."""
    size = FUNCTIONS["norm"](input, p, dim, True)
    return input / FUNCTIONS["clamp"](size, min=eps)  # type: ignore[no-any-return]
