"""A small GPT that reads a text character by character (Radford et al. 2019; nanoGPT's sizes).

Blocks with a norm before each part, learned positions, and the table of characters as head and
tail. The weights of all blocks are stacked: the first axis of each array is the block.
"""

import math
from typing import Any, Final

import numpy as np

import gradloom as gl
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
from gradloom.examples.elsewhere import as_onnx, on_every_backend
from gradloom.examples.example import Example, Goal
from gradloom.examples.learning import Array, Weights, falling, learnt, surprise
from gradloom.examples.run import Run

_BLOCKS: Final = 3
_WIDTH: Final = 64
_HEADS: Final = 4
_TIME: Final = 64
"""Characters that the network sees."""
_BATCH: Final = 16
_STEPS: Final = 700
_RATE: Final = 3e-3


def init(rng: np.random.Generator, letters: int) -> Weights:
    """Fresh weights; those that end in the stream are small, so that blocks begin as nothing."""

    def drawn(scale: float, *shape: int) -> Array:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    unit = 1 / math.sqrt(_WIDTH)
    return {
        "character": drawn(unit, letters, _WIDTH),
        "position": drawn(0.02, _TIME, _WIDTH),
        "look": drawn(unit, _BLOCKS, _WIDTH, 3 * _WIDTH),
        "tell": drawn(0.02, _BLOCKS, _WIDTH, _WIDTH),
        "widen": drawn(unit, _BLOCKS, _WIDTH, 4 * _WIDTH),
        "narrow": drawn(0.02, _BLOCKS, 4 * _WIDTH, _WIDTH),
        "scale": np.ones((2 * _BLOCKS + 1, _WIDTH), np.float32),
    }


def norm(x: Array, scale: Array) -> Array:
    """Mean 0 and variance 1 along the last axis, times the scale."""
    x = x - np.mean(x, axis=-1, keepdims=True)
    return scale * x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-5)


def gelu(x: Array) -> Array:
    """x times the share of a normal distribution below it, nearly (Hendrycks and Gimpel 2016)."""
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * x * (1 + 0.044715 * x * x)))


def softmax(x: Array) -> Array:
    """Shares that add up to 1 along the last axis."""
    odds = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return odds / np.sum(odds, axis=-1, keepdims=True)


def attention(x: Array, look: Array, tell: Array) -> Array:
    """What each place [..., time, width] gathers from those before it and itself."""
    *batch, time, width = x.shape
    heads = (x @ look).reshape(*batch, time, 3, _HEADS, width // _HEADS)
    query, key, value = np.moveaxis(heads, (-3, -2), (0, -3))
    match = query @ np.swapaxes(key, -1, -2) / math.sqrt(width // _HEADS)
    seen = np.where(np.tri(time, dtype=bool), match, -np.inf)
    gathered = np.swapaxes(softmax(seen) @ value, -2, -3)
    return gathered.reshape(*batch, time, width) @ tell


def scores(weights: Weights, x: Array) -> Array:
    """What speaks for each character to come after those of x: [..., time]."""
    w = weights
    stream = np.take(w["character"], x, axis=0) + w["position"][: x.shape[-1]]
    for i in range(_BLOCKS):
        stream = stream + attention(norm(stream, w["scale"][2 * i]), w["look"][i], w["tell"][i])
        wide = gelu(norm(stream, w["scale"][2 * i + 1]) @ w["widen"][i])
        stream = stream + wide @ w["narrow"][i]
    return norm(stream, w["scale"][-1]) @ w["character"].T


def loss(weights: Weights, x: Array, y: Array) -> Any:
    """The mean surprise at y, each the character after the one in x, both [batch, time]."""
    return np.mean(surprise(scores(weights, x), y))


def unseen(weights: Weights) -> float:
    """Bits per character of the unseen text, each told from the 32 to 63 characters before it."""
    test, half = quarto().test, _TIME // 2
    at = np.arange(0, len(test) - _TIME, half)[:, None] + np.arange(_TIME)
    last = gl.compile(lambda x, y: surprise(scores(weights, x)[:, half:], y), backend="numpy")
    return float(np.mean(last(test[at], test[at + 1][:, half:])) * BITS)


def written(weights: Weights, begun: str, length: int, rng: np.random.Generator) -> str:
    """A text that begins so."""
    numbers = [int(n) for n in beginning(begun)]
    after = gl.compile(scores, backend="numpy")
    while len(numbers) < length:
        seen = numbers[-_TIME:]
        # One length, so one program; what fills it up is not seen by what stands before it.
        x = np.array(seen + [0] * (_TIME - len(seen)))
        numbers.append(drawn(after(weights, x)[len(seen) - 1], rng))
    return decoded(quarto().alphabet, np.array(numbers))


def run(run: Run) -> float:
    """Train; the bits per character of the unseen text."""
    text, rng = quarto(), np.random.default_rng(run.seed)
    fresh, rate = init(rng, len(text.alphabet)), falling(_RATE, _STEPS)
    weights = learnt(run, loss, fresh, rate, batches(run, _BATCH, _TIME), _STEPS)
    if run.is_short:
        return run.losses[-1] * BITS
    run.show(written(weights, "Shall I compare thee", 400, rng), "")
    x = text.test[: _BATCH * _TIME].reshape(_BATCH, _TIME)
    on_every_backend(run, scores, weights, x)
    as_onnx(run, lambda x: scores(weights, x), x)
    return unseen(weights)


EXAMPLE: Final = Example(
    name="gpt",
    title="a small GPT that learns to write like Shakespeare's sonnets",
    goal=Goal(MEASURE, 2.7, UNIT, lower=True),
    seconds=70,
    run=run,
)
