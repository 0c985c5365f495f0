"""The loop that most examples train by: a compiled step of loss, gradient and optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom.examples.run import Run

Weights = TypeVar("Weights")


def descend(
    run: Run,
    loss: Callable[..., Any],
    weights: Weights,
    opt: Any,
    batches: Iterable[tuple[Any, ...]],
    steps: int,
    what: str = "training",
    changed: Callable[[Any], Any] = lambda slope: slope,
) -> Weights:
    """The weights after `steps` steps, each on `loss(weights, *batch)` of the next batch.

    A short run takes fewer steps. `changed` gives what stands for a gradient, a shorter one, say.
    Loss, gradient and update are one compiled program.
    """

    def step(weights: Weights, state: Any, *batch: Any) -> tuple[Any, Weights, Any]:
        value, slope = gl.value_and_grad(loss)(weights, *batch)
        return value, *opt.update(changed(slope), state, weights)

    compiled = gl.compile(step, backend=run.backend)
    state = opt.init(weights)
    steps = run.limit(steps)
    with run.training(steps, what) as tell:
        for batch in islice(batches, steps):
            value, weights, state = compiled(weights, state, *batch)
            tell(value)
    return weights


def shuffled(
    rng: np.random.Generator, size: int, *arrays: NDArray[Any]
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Batches of `size` rows without end, each epoch in a new order, what is left over left out.

    >>> x = np.arange(5)
    >>> batches = shuffled(np.random.default_rng(0), 2, x, -x)
    >>> sorted(int(a) + int(b) for _, batch in zip(range(4), batches) for a, b in zip(*batch))
    [0, 0, 0, 0, 0, 0, 0, 0]
    """
    rows = len(arrays[0])
    while True:
        order = rng.permutation(rows)
        for start in range(0, rows - size + 1, size):
            chosen = order[start : start + size]
            yield tuple([array[chosen] for array in arrays])
