"""A recurrent network of gated units that reads a text character by character.

Its step is a few lines of numpy, and its run over time a loop of Python. Compiled, the loop is one
`scan`, however long the text; to write, the same step runs on plain arrays, and carries its state
along.
"""

from typing import Any, Final

import numpy as np

from gradloom.examples.characters import (
    BITS,
    MEASURE,
    UNIT,
    batches,
    beginning,
    decoded,
    drawn,
    quarto,
)
from gradloom.examples.example import Example, Goal
from gradloom.examples.learning import Array, Weights, falling, learnt, surprise
from gradloom.examples.run import Run

_UNITS: Final = 128
_STEPS: Final = 700
_RATE: Final = 1e-2
_BATCH: Final = 32
_TIME: Final = 64


def init(rng: np.random.Generator, letters: int) -> Weights:
    """Fresh weights: reset, update and new units side by side in the last axis."""

    def drawn(*shape: int) -> Array:
        return (rng.uniform(-1, 1, shape) / np.sqrt(_UNITS)).astype(np.float32)

    return {
        "read": drawn(letters, 3 * _UNITS),
        "recall": drawn(_UNITS, 3 * _UNITS),
        "bias": np.zeros(_UNITS, np.float32),
        "write": drawn(_UNITS, letters),
        "common": np.zeros(letters, np.float32),
    }


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), which no x is too large for."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def step(weights: Weights, state: Array, character: Array) -> Array:
    """The next state [batch, unit] after a character [batch] (Cho et al. 2014, section 2.3)."""
    read = np.split(weights["read"][character], 3, axis=-1)
    recalled = np.split(state @ weights["recall"], 3, axis=-1)
    reset, update = sigmoid(read[0] + recalled[0]), sigmoid(read[1] + recalled[1])
    new = np.tanh(read[2] + reset * (recalled[2] + weights["bias"]))
    return new + update * (state - new)


def scores(weights: Weights, states: Array) -> Array:
    """What speaks for each character to come next."""
    return states @ weights["write"] + weights["common"]


def states(weights: Weights, x: Array) -> Array:
    """The states [batch, time, unit] after each character of x: [batch, time]."""
    state = np.zeros((x.shape[0], _UNITS), np.float32)
    found = []
    for t in range(x.shape[1]):
        state = step(weights, state, x[:, t])
        found.append(state)
    return np.stack(found, axis=1)


def loss(weights: Weights, x: Array, y: Array) -> Any:
    """The mean surprise at y, each the character after the one in x, both [batch, time]."""
    return np.mean(surprise(scores(weights, states(weights, x)), y))


def written(weights: Weights, begun: str, length: int, rng: np.random.Generator) -> str:
    """A text that begins so; each character costs the same, however many came before."""
    numbers, state = [int(n) for n in beginning(begun)], np.zeros((1, _UNITS), np.float32)
    for place in range(length - 1):
        state = step(weights, state, np.array([numbers[place]]))
        if place + 1 == len(numbers):
            numbers.append(drawn(scores(weights, state)[0], rng))
    return decoded(quarto().alphabet, np.array(numbers))


def run(run: Run) -> float:
    """Train; the bits per character of the whole unseen text, read once from its start."""
    text, rng = quarto(), np.random.default_rng(run.seed)
    fresh, rate = init(rng, len(text.alphabet)), falling(_RATE, _STEPS)
    weights = learnt(run, loss, fresh, rate, batches(run, _BATCH, _TIME), _STEPS)
    if run.is_short:
        return run.losses[-1] * BITS
    run.show(written(weights, "Shall I compare thee", 400, rng), "")
    return float(loss(weights, text.test[None, :-1], text.test[None, 1:]) * BITS)


EXAMPLE: Final = Example(
    name="gru",
    title="gated recurrent units that learn to write like Shakespeare's sonnets",
    goal=Goal(MEASURE, 2.45, UNIT, lower=True),
    seconds=30,
    run=run,
)
