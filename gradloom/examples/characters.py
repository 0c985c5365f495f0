"""What the character models share: the text, how it is cut, how they are judged, and a training."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom.examples.run import Run

Array = NDArray[Any]
Weights = dict[str, Array]

BITS: Final = 1 / math.log(2)
"""Bits in a nat."""
MEASURE: Final = "unseen text"
"""What the character models state: bits for each character of stanzas that were not learnt."""
UNIT: Final = "bits per character"


class Text(NamedTuple):
    """Two streams of characters' numbers, int64: what is learnt, and every tenth stanza."""

    alphabet: str
    train: Array
    test: Array


@cache
def quarto() -> Text:
    """Shakespeare's quarto of 1609 (data/QUARTO_1609.md).

    >>> text = quarto()
    >>> len(text.alphabet), len(text.train), len(text.test)
    (61, 98194, 10802)
    >>> decoded(text.alphabet, text.train[:42])
    'From fairest creatures we desire increase,'
    """
    whole = files("gradloom.examples.data").joinpath("quarto_1609.txt").read_text("ascii")
    alphabet = "".join(sorted(set(whole)))
    stanzas = [stanza + "\n\n" for stanza in whole.rstrip("\n").split("\n\n")]
    test = stanzas[9::10]
    train = [stanza for number, stanza in enumerate(stanzas, start=1) if number % 10]
    return Text(alphabet, encoded(alphabet, "".join(train)), encoded(alphabet, "".join(test)))


def encoded(alphabet: str, characters: str) -> Array:
    """The characters' numbers, int64."""
    return np.array([alphabet.index(c) for c in characters], np.int64)


def decoded(alphabet: str, numbers: Array) -> str:
    """The characters of these numbers."""
    return "".join(alphabet[n] for n in numbers)


def windows(stream: Array, length: int, count: int, rng: np.random.Generator) -> Any:
    """So many stretches of the stream, and for each character the next one: [count, length]."""
    at = rng.integers(0, len(stream) - length, count)[:, None] + np.arange(length)
    return stream[at], stream[at + 1]


def surprise(scores: Array, expected: Array) -> Array:
    """The cross entropy of each character, in nats, of scores [..., character]."""
    shifted = scores - np.max(scores, axis=-1, keepdims=True)
    logs = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.take_along_axis(logs, expected[..., None], axis=-1)[..., 0]


def falling(rate: float, steps: int, warm: int = 20) -> Callable[[Any], Any]:
    """A learning rate that rises along a line, then falls to a twentieth along half a cosine."""
    return lambda step: (
        rate
        * np.minimum(1, (step + 1) / warm)
        * (0.525 + 0.475 * np.cos(math.pi * np.minimum(1, step / steps)))
    )


def learnt(
    run: Run,
    loss: Callable[..., Any],
    weights: Weights,
    rate: float,
    steps: int,
    shape: tuple[int, int],
) -> Weights:
    """The weights after so many steps of Adam on windows of the text; shape is (count, length).

    Loss, gradient, clipping and update are one compiled program.
    """
    text, (count, length) = quarto(), shape
    opt = gl.optim.Adam(falling(rate, steps), betas=(0.9, 0.99))
    state, rng = opt.init(weights), np.random.default_rng(run.seed)

    @gl.compile(backend=run.backend)
    def step(weights: Weights, state: Any, x: Array, y: Array) -> Any:
        value, slope = gl.value_and_grad(loss)(weights, x, y)
        return value, *opt.update(clipped(slope), state, weights)

    steps = run.limit(steps)
    with run.training(steps) as tell:
        for _ in range(steps):
            value, weights, state = step(weights, state, *windows(text.train, length, count, rng))
            tell(value)
    return weights


def clipped(slope: Weights, most: float = 1.0) -> Weights:
    """The gradient, shortened to the length `most` where it is longer."""
    length = np.sqrt(sum(np.sum(part * part) for part in slope.values()))
    scale = np.minimum(1, most / length)
    return {name: part * scale for name, part in slope.items()}


def drawn(scores: Array, rng: np.random.Generator, temperature: float = 0.7) -> int:
    """A character's number, by the scores of all; a low temperature prefers the likely ones."""
    odds = np.exp((scores - np.max(scores)) / temperature)
    return int(rng.choice(len(odds), p=odds / np.sum(odds)))
