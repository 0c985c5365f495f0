"""Sentences in, vectors out: the network on a backend, in batches of sentences of like length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, final

import numpy as np
import optree

import gradloom as gl
from gradloom import backends
from gradloom.examples.minilm import files
from gradloom.examples.minilm.model import WIDTH, Array, embed
from gradloom.examples.minilm.tokenizer import Tokenizer
from gradloom.ir.errors import ArgumentError

_STEP: Final = 16
"""Lengths are rounded up to multiples of this, and batches to powers of two, so that a backend that
compiles for shapes does so a few times only.
"""


@final
class Encoder:
    """The pretrained network, its weights held by a backend (one of this process, by name).

    `path` is a folder as `files.load` takes it; the installed package's unless given.
    """

    def __init__(self, backend: str = "numpy", path: Path | None = None) -> None:
        self.tokenizer: Final = Tokenizer(files.vocabulary(path))
        own = backends.get(backend)
        weights: Any = files.load(path)  # a pytree of arrays, for which optree has no type
        self._weights: Final = optree.tree_map(own.from_numpy, weights)
        self._run: Final[Any] = gl.compile(embed, backend=backend)

    def __call__(self, sentences: Sequence[str], batch: int = 32) -> Array:
        """A unit vector for each sentence, [sentences, 384], whatever the order of their lengths.

        Of a sentence the first 256 pieces count. `batch` sentences are taken at once at most.
        """
        if batch < 1:
            raise ArgumentError(f"Encoder: batches of {batch} sentences")
        ids, mask = self.tokenizer(sentences)
        lengths = mask.sum(axis=1)
        order = np.argsort(lengths, kind="stable")
        made = np.empty((len(order), WIDTH), np.float32)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            shape = _rounded(len(rows), int(lengths[rows].max()))
            given = [_fitted(part[rows], shape) for part in (ids, mask)]
            made[rows] = np.asarray(self._run(self._weights, *given))[: len(rows)]
        return made


def _rounded(rows: int, length: int) -> tuple[int, int]:
    """The shape in which so many rows of at most this length are computed.

    >>> _rounded(5, 17), _rounded(1, 16)
    ((8, 32), (1, 16))
    """
    return 1 << (rows - 1).bit_length(), -(-length // _STEP) * _STEP


def _fitted(part: Any, shape: tuple[int, int]) -> Any:
    """The array cut to a shape, or with zeros added; what is cut off is padding."""
    made = np.zeros(shape, part.dtype)
    kept = part[:, : shape[1]]
    made[: kept.shape[0], : kept.shape[1]] = kept
    return made
