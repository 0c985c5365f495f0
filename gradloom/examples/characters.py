"""What the character models share: the text, how it is cut, and how they are judged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np

from gradloom.examples.learning import Array
from gradloom.examples.run import Run
from gradloom.ir.errors import ArgumentError

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
    """The characters' numbers, int64; one that the alphabet lacks is an `ArgumentError`."""
    unknown = sorted(set(characters) - set(alphabet))
    if unknown:
        raise ArgumentError(f"characters: the alphabet {alphabet!r} has no {unknown[0]!r}")
    return np.array([alphabet.index(c) for c in characters], np.int64)


def decoded(alphabet: str, numbers: Array) -> str:
    """The characters of these numbers."""
    return "".join(alphabet[n] for n in numbers)


def beginning(begun: str) -> Array:
    """The numbers of what a text that is to be written begins with."""
    if not begun:
        raise ArgumentError("characters: a text begins with one character at least")
    return encoded(quarto().alphabet, begun)


def windows(
    stream: Array, length: int, count: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """So many stretches of the stream, and for each character the next one: [count, length]."""
    at = rng.integers(0, len(stream) - length, count)[:, None] + np.arange(length)
    return stream[at], stream[at + 1]


def batches(run: Run, count: int, length: int) -> Iterator[tuple[Array, Array]]:
    """Windows of the text that is learnt, without an end."""
    rng = np.random.default_rng(run.seed)
    while True:
        yield windows(quarto().train, length, count, rng)


def drawn(scores: Array, rng: np.random.Generator, temperature: float = 0.7) -> int:
    """A character's number, by the scores of all; a low temperature prefers the likely ones."""
    odds = np.exp((scores - np.max(scores)) / temperature)
    return int(rng.choice(len(odds), p=odds / np.sum(odds)))
