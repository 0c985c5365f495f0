"""Learning to learn (MAML): start weights from which a few steps of descent find any sine wave."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom.examples.descent import descend
from gradloom.examples.example import Example, Goal
from gradloom.examples.layers import Weights, dense
from gradloom.examples.pictures import plot
from gradloom.examples.run import Run

Array = NDArray[np.float32]

_HIDDEN: Final = 40
_SHOTS: Final = 10
"""Points that a task gives to learn from, as in Finn, Abbeel and Levine 2017, section 5.1."""
_INNER_STEPS: Final = 3
_INNER_RATE: Final = np.float32(0.01)
_TASKS: Final = 25
_STEPS: Final = 5000
_TESTS: Final = 1000


class Task(NamedTuple):
    """Points of sine waves to learn from and to be asked, each [task, shot, 1]."""

    x: Array
    y: Array
    x_asked: Array
    y_asked: Array


def tasks(rng: np.random.Generator, count: int) -> Task:
    """Sine waves with amplitudes from 0.1 to 5, phases from 0 to pi, at points from -5 to 5: the
    process of Finn, Abbeel and Levine 2017, "Model-Agnostic Meta-Learning", section 5.1.
    """
    amplitude = rng.uniform(0.1, 5, (count, 1, 1))
    phase = rng.uniform(0, np.pi, (count, 1, 1))
    x = rng.uniform(-5, 5, (count, 2 * _SHOTS, 1))
    y = amplitude * np.sin(x - phase)
    parts = (x[:, :_SHOTS], y[:, :_SHOTS], x[:, _SHOTS:], y[:, _SHOTS:])
    return Task(*[part.astype(np.float32) for part in parts])


def wave(weights: Weights, x: Array) -> Any:
    """The network's answer at the points x, [shot, 1]."""
    h = np.maximum(x @ weights["w1"] + weights["b1"], 0)
    h = np.maximum(h @ weights["w2"] + weights["b2"], 0)
    return h @ weights["w3"] + weights["b3"]


def error(weights: Weights, x: Array, y: Array) -> Any:
    """The mean squared error at some points of one task."""
    return np.mean((wave(weights, x) - y) ** 2)


def adapted(weights: Weights, x: Array, y: Array) -> Weights:
    """The weights after a few steps of plain descent on one task."""
    for _ in range(_INNER_STEPS):
        slope = gl.grad(error)(weights, x, y)
        weights = {name: weights[name] - _INNER_RATE * slope[name] for name in weights}
    return weights


def error_after(weights: Weights, task: Task) -> Any:
    """How wrong the adapted weights are at points that they were not adapted to, over tasks.

    Its gradient goes through the gradients of `adapted`: second derivatives, for each task.
    """

    def one(x: Array, y: Array, x_asked: Array, y_asked: Array) -> Any:
        return error(adapted(weights, x, y), x_asked, y_asked)

    return np.mean(gl.vmap(one)(*task))


def endless(rng: np.random.Generator) -> Iterator[tuple[Task]]:
    """Batches of tasks that have never been seen."""
    while True:
        yield (tasks(rng, _TASKS),)


def show(run: Run, weights: Weights, task: Task) -> None:
    """One task: the wave, its points, and the network before and after it has learned from them."""
    x = np.linspace(-5, 5, 200, dtype=np.float32)[:, None]
    order = np.argsort(task.x_asked[0, :, 0])
    run.show(
        plot({
            "·": (x, wave(weights, x)),
            "*": (x, wave(adapted(weights, task.x[0], task.y[0]), x)),
            "o": (task.x[0], task.y[0]),
            "x": (task.x_asked[0, order], task.y_asked[0, order]),
        }),
        f"o: {_SHOTS} points to learn from   x: points asked   ·: before   *: after {_INNER_STEPS} "
        "steps",
    )  # fmt: skip


def run(run: Run) -> float:
    """Train on ever new waves; the mean squared error on 1000 others, after adapting to each."""
    rng = np.random.default_rng(run.seed)
    start = dense(run.seed, 1, _HIDDEN, _HIDDEN, 1)
    opt = gl.optim.Adam(lr=gl.optim.cosine_decay(2e-3, _STEPS))
    weights = descend(run, error_after, start, opt, endless(rng), _STEPS)
    others = tasks(rng, _TESTS)
    show(run, weights, others)
    before = float(np.mean((wave(weights, others.x_asked) - others.y_asked) ** 2))
    untrained = float(error_after(start, others))
    score = float(error_after(weights, others))
    run.show(
        f"mean squared error on {_TESTS} new waves: {before:.2f} before the {_INNER_STEPS} steps, "
        f"{score:.2f} after; {untrained:.2f} after the same steps from weights not trained for this"
    )
    return score


EXAMPLE: Final = Example(
    name="maml",
    title="MAML: weights from which three steps find a sine wave (second derivatives)",
    goal=Goal("mean squared error after three steps", 0.3, lower=True),
    seconds=20,
    run=run,
)
