"""Dropout, as modules: nothing happens but in training."""

from __future__ import annotations

from typing import Any, Self

from gradloom.frontend.nn import dropped
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.nn.operands import require_probability


class Dropout(Module):
    """`x` as it is; in training each element 0 with probability p, the others divided by 1 - p.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> drop = Dropout(0.5)
    >>> drop(np.ones(4))
    array([1., 1., 1., 1.])
    >>> drop.train(np.ones(4), key=gl.random.key(0))[0]
    array([2., 2., 0., 0.])
    """

    p: float

    def __init__(self, p: float = 0.5) -> None:
        require_probability("Dropout", p)
        self.p = float(p)

    def __call__(self, x: Any) -> Any:
        """`x`."""
        return x

    def train(self, x: Any, *, key: Any = None, rng: Any = None) -> tuple[Any, Self]:
        """`(x with elements dropped, the module)`."""
        return dropped.dropout(x, self.p, key=key, rng=rng), self
