"""A transformer that reads handwritten digits row by row (Vaswani et al. 2017, section 3).

Everything is written for one image. `gl.vmap` makes it take a batch: to train, and to classify.
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

import gradloom as gl
from gradloom.demo import digits
from gradloom.examples.elsewhere import as_onnx, on_every_backend
from gradloom.examples.example import Example, Goal
from gradloom.examples.learning import Array, Weights, falling, learnt, surprise
from gradloom.examples.run import Run

_BLOCKS: Final = 2
_WIDTH: Final = 32
_HEADS: Final = 4
_ROWS: Final = 8
_STEPS: Final = 900
_RATE: Final = 5e-3
_BATCH: Final = 64
_NOISE: Final = 0.15
"""The standard deviation of what is added to pixels while training."""


def init(rng: np.random.Generator) -> Weights:
    """Fresh weights; the first axis of those in the middle is the block."""

    def drawn(*shape: int) -> Array:
        return (rng.standard_normal(shape) / math.sqrt(shape[-2])).astype(np.float32)

    return {
        "row": drawn(_ROWS, _WIDTH),
        "position": 0.1 * drawn(_ROWS, _WIDTH),
        "look": drawn(_BLOCKS, _WIDTH, 3 * _WIDTH),
        "tell": drawn(_BLOCKS, _WIDTH, _WIDTH),
        "widen": drawn(_BLOCKS, _WIDTH, 2 * _WIDTH),
        "narrow": drawn(_BLOCKS, 2 * _WIDTH, _WIDTH),
        "scale": np.ones((2 * _BLOCKS + 1, _WIDTH), np.float32),
        "digit": 0.1 * drawn(_WIDTH, 10),
    }


def norm(x: Array, scale: Array) -> Array:
    """Mean 0 and variance 1 along the last axis, times the scale."""
    x = x - np.mean(x, axis=-1, keepdims=True)
    return scale * x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-5)


def heeds(x: Array, look: Array) -> tuple[Array, Array]:
    """How much each row heeds each other, [head, row, row]; what rows say, [head, row, unit]."""
    heads = (x @ look).reshape(_ROWS, 3, _HEADS, _WIDTH // _HEADS)
    query, key, value = np.moveaxis(heads, (1, 2), (0, 1))
    match = query @ np.swapaxes(key, -1, -2) / math.sqrt(_WIDTH // _HEADS)
    odds = np.exp(match - np.max(match, axis=-1, keepdims=True))
    return odds / np.sum(odds, axis=-1, keepdims=True), value


def block(w: Weights, i: int, x: Array) -> Array:
    """What stands for each row after a block: attention, then two layers for each row alone."""
    shares, value = heeds(norm(x, w["scale"][2 * i]), w["look"][i])
    x = x + np.swapaxes(shares @ value, 0, 1).reshape(_ROWS, _WIDTH) @ w["tell"][i]
    wide = np.maximum(norm(x, w["scale"][2 * i + 1]) @ w["widen"][i], 0)
    return x + wide @ w["narrow"][i]


def scores(weights: Weights, image: Array) -> Array:
    """What speaks for each digit, [10], in an image of 64 pixels."""
    w = weights
    x = image.reshape(_ROWS, 8) @ w["row"] + w["position"]
    for i in range(_BLOCKS):
        x = block(w, i, x)
    return np.mean(norm(x, w["scale"][-1]), axis=0) @ w["digit"]


classify: Final = gl.vmap(scores, in_axes=(None, 0))
"""`scores` for images [batch, 64]."""


def loss(weights: Weights, images: Array, labels: Array) -> Any:
    """The mean surprise at the labels."""
    return np.mean(surprise(classify(weights, images), labels))


def batches(
    images: Array, labels: Array, rng: np.random.Generator
) -> Iterator[tuple[Array, Array]]:
    """Some of the images with noise, and their labels, without an end."""
    while True:
        chosen = rng.integers(0, len(images), _BATCH)
        noise = rng.standard_normal((_BATCH, images.shape[1]), np.float32)
        yield images[chosen] + np.float32(_NOISE) * noise, labels[chosen]


def run(run: Run) -> float:
    """Train on 1,437 images; the share of the other 360 that are told right, in per cent."""
    data, rng = digits.load(), np.random.default_rng(run.seed)
    fresh, rate = init(rng), falling(_RATE, _STEPS, warm=1)
    noisy = batches(data.x_train, data.y_train, rng)
    weights = learnt(run, loss, fresh, rate, noisy, _STEPS)
    found = np.argmax(classify(weights, data.x_test), axis=-1)
    on_every_backend(run, classify, weights, data.x_test)
    as_onnx(run, lambda images: classify(weights, images), data.x_test)
    return float(100 * np.mean(found == data.y_test))


EXAMPLE: Final = Example(
    name="transformer",
    title="a transformer that reads handwritten digits row by row, written for one image",
    goal=Goal("test accuracy", 97, "%"),
    seconds=30,
    run=run,
)
