"""What several examples share: Adam on clipped gradients, its rate, and the cross entropy."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom.examples.descent import descend
from gradloom.examples.run import Run

Array = NDArray[Any]
Weights = dict[str, Array]
Rate = Callable[[Any], Any]


def learnt(
    run: Run,
    loss: Callable[..., Any],
    weights: Weights,
    rate: Rate,
    batches: Iterator[tuple[Array, ...]],
    steps: int,
) -> Weights:
    """The weights after so many steps of Adam on `loss(weights, *batch)`.

    Loss, gradient, clipping and update are one compiled program.
    """
    opt = gl.optim.Adam(rate, betas=(0.9, 0.99))
    return descend(run, loss, weights, opt, batches, steps, changed=clipped)


def falling(rate: float, steps: int, warm: int = 20) -> Rate:
    """A learning rate that rises along a line, then falls to a twentieth along half a cosine.

    >>> rate = falling(1.0, 100)
    >>> [round(float(rate(step)), 3) for step in (0, 50, 100, 200)]
    [0.05, 0.525, 0.05, 0.05]
    """
    return lambda step: (
        rate
        * np.minimum(1, (step + 1) / warm)
        * (0.525 + 0.475 * np.cos(math.pi * np.minimum(1, step / steps)))
    )


def clipped(slope: Weights, most: float = 1.0) -> Weights:
    """The gradient, shortened to the length `most` where it is longer.

    >>> clipped({"a": np.array([3.0]), "b": np.array([4.0])})
    {'a': array([0.6]), 'b': array([0.8])}
    """
    length = np.sqrt(sum(np.sum(part * part) for part in slope.values()))
    scale = np.minimum(1, most / np.maximum(length, most))
    return {name: part * scale for name, part in slope.items()}


def surprise(scores: Array, expected: Array) -> Array:
    """The cross entropy of each expected class, in nats, of scores [..., class].

    >>> surprise(np.zeros((1, 4)), np.array([2])) / math.log(2)
    array([2.])
    """
    shifted = scores - np.max(scores, axis=-1, keepdims=True)
    logs = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.take_along_axis(logs, expected[..., None], axis=-1)[..., 0]
