"""What several examples share: Adam on clipped gradients, its rate, and the cross entropy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
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
    shortened = partial(gl.optim.clip_grad_norm, max_norm=1.0)
    return descend(run, loss, weights, opt, batches, steps, changed=shortened)


def falling(rate: float, steps: int, warm: int = 20) -> Rate:
    """A rate that rises along a line for `warm` steps, then falls to a twentieth along half a
    cosine.

    >>> rate = falling(1.0, 100)
    >>> [round(float(rate(step)), 3) for step in (0, 20, 60, 100)]
    [0.05, 1.0, 0.525, 0.05]
    """
    fall = gl.optim.cosine_decay(rate, steps - warm, rate / 20)
    return gl.optim.warmup(fall, warm, 1 / warm)


def surprise(scores: Array, expected: Array) -> Array:
    """The cross entropy of each expected class, in nats, of scores [..., class].

    >>> surprise(np.zeros((1, 4)), np.array([2])) / np.log(2)
    array([2.])
    """
    shifted = scores - np.max(scores, axis=-1, keepdims=True)
    logs = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.take_along_axis(logs, expected[..., None], axis=-1)[..., 0]
