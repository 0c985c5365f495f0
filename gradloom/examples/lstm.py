"""A long short-term memory that reads several places of a text at once, and never forgets where.

The network is written for one stream of characters: `gl.vmap` makes it read 32. What it remembers
at the end of a window is what it begins the next window with, so it learns from texts longer than
any window, though no derivative goes further back (truncated backpropagation through time).
"""

from typing import Any, Final

import numpy as np

import gradloom as gl
from gradloom.examples.characters import (
    BITS,
    MEASURE,
    UNIT,
    beginning,
    decoded,
    drawn,
    quarto,
)
from gradloom.examples.example import Example, Goal
from gradloom.examples.learning import Array, Weights, falling, surprise
from gradloom.examples.run import Run

_UNITS: Final = 128
_STEPS: Final = 800
_RATE: Final = 2e-2
_STREAMS: Final = 32
_TIME: Final = 64

State = tuple[Array, Array]


def init(rng: np.random.Generator, letters: int) -> Weights:
    """Fresh weights: input, forget, cell and output units side by side in the last axis."""

    def drawn(*shape: int) -> Array:
        return (rng.uniform(-1, 1, shape) / np.sqrt(_UNITS)).astype(np.float32)

    # A cell begins by keeping what it has (Jozefowicz et al. 2015, section 3.4).
    keep = np.repeat(np.array([0, 1, 0, 0], np.float32), _UNITS)
    return {
        "read": drawn(letters, 4 * _UNITS) + keep,
        "recall": drawn(_UNITS, 4 * _UNITS),
        "write": drawn(_UNITS, letters),
        "common": np.zeros(letters, np.float32),
    }


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), which no x is too large for."""
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def step(weights: Weights, state: State, character: Any) -> State:
    """What is said and what is kept after a character (Gers et al. 2000)."""
    said, kept = state
    found = weights["read"][character] + said @ weights["recall"]
    add, keep, new, say = np.split(found, 4)
    kept = sigmoid(keep) * kept + sigmoid(add) * np.tanh(new)
    return sigmoid(say) * np.tanh(kept), kept


def nothing() -> State:
    """The state of a network that has read nothing."""
    return np.zeros(_UNITS, np.float32), np.zeros(_UNITS, np.float32)


def read(weights: Weights, state: State, x: Array) -> tuple[Array, State]:
    """What speaks for each character to come after those of x: [time], and the state then."""
    said = []
    for character in x:
        state = step(weights, state, character)
        said.append(state[0])
    return np.stack(said) @ weights["write"] + weights["common"], state


def loss(weights: Weights, states: State, x: Array, y: Array) -> Any:
    """The mean surprise at y, each the character after the one in x, both [stream, time]; and the
    streams' next states.
    """
    found, states = gl.vmap(read, in_axes=(None, 0, 0))(weights, states, x)
    return np.mean(surprise(found, y)), states


def train(run: Run, weights: Weights, steps: int) -> Weights:
    """The weights after so many windows, one after another, of every stream."""
    streams = quarto().train
    streams = streams[: len(streams) // _STREAMS * _STREAMS].reshape(_STREAMS, -1)
    starts = range(0, streams.shape[1] - _TIME, _TIME)
    opt = gl.optim.Adam(falling(_RATE, steps), betas=(0.9, 0.99))
    memory = opt.init(weights)

    def learn(weights: Weights, memory: Any, states: State, x: Array, y: Array) -> Any:
        both = gl.value_and_grad(loss, has_aux=True)
        (value, states), slope = both(weights, states, x, y)
        slope = gl.optim.clip_grad_norm(slope, 1.0)
        return value, states, *opt.update(slope, memory, weights)

    compiled = gl.compile(learn, backend=run.backend)
    fresh: Any = [np.stack([part] * _STREAMS) for part in nothing()]
    states, steps = tuple(fresh), run.limit(steps)
    with run.training(steps) as tell:
        for number in range(steps):
            at = starts[number % len(starts)]
            if at == 0:
                states = tuple(fresh)
            window = streams[:, at : at + _TIME + 1]
            value, states, weights, memory = compiled(
                weights, memory, states, window[:, :-1], window[:, 1:]
            )
            tell(value)
    return weights


def written(weights: Weights, begun: str, length: int, rng: np.random.Generator) -> str:
    """A text that begins so, in plain numpy."""
    numbers = beginning(begun)
    found, state = read(weights, nothing(), numbers)
    while len(numbers) < length:
        numbers = np.append(numbers, drawn(found[-1], rng))
        found, state = read(weights, state, numbers[-1:])
    return decoded(quarto().alphabet, numbers)


def run(run: Run) -> float:
    """Train; the bits per character of the whole unseen text, read once from its start."""
    text, rng = quarto(), np.random.default_rng(run.seed)
    weights = train(run, init(rng, len(text.alphabet)), _STEPS)
    if run.is_short:
        return run.losses[-1] * BITS
    run.show(written(weights, "Shall I compare thee", 400, rng), "")
    found, _ = read(weights, nothing(), text.test[:-1])
    return float(np.mean(surprise(found, text.test[1:])) * BITS)


EXAMPLE: Final = Example(
    name="lstm",
    title="a long short-term memory that carries its state through Shakespeare's sonnets",
    goal=Goal(MEASURE, 2.5, UNIT, lower=True),
    seconds=45,
    run=run,
)
