"""A hypernetwork: a network that writes the weights of another one, which draws a digit."""

from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom import nn
from gradloom.demo import digits
from gradloom.examples.descent import descend, shuffled
from gradloom.examples.elsewhere import on_every_backend
from gradloom.examples.example import Example, Goal
from gradloom.examples.layers import Weights, dense
from gradloom.examples.pictures import image, side_by_side
from gradloom.examples.run import Run

Array = NDArray[np.float32]

_WAVES: Final = 3
"""Waves per axis that the drawing network is given: up to 3 half periods over the image."""
_SIZES: Final = (4 * _WAVES, 24, 1)
"""The layers of the network that draws: the waves of a point, hidden units, its brightness."""
_SHAPES: Final = tuple([shape for i, o in pairwise(_SIZES) for shape in ((i, o), (o,))])
_COUNT: Final = sum(int(np.prod(shape)) for shape in _SHAPES)
_HIDDEN: Final = 128
_BATCH: Final = 64
_STEPS: Final = 1320
"""Sixty epochs."""
_SHOWN: Final = 12
"""Rows of an image that is shown: finer than the images it has learned from."""
_START: Final = np.float32(0.1)
"""What the written weights are scaled by at the start, so that they begin near common ones."""


def grid(side: int) -> Array:
    """The middles of the pixels of an image with `side` rows, each from -1 to 1: [pixel, 2]."""
    middles = (2 * np.arange(side) + 1) / side - 1
    points = np.stack(np.meshgrid(middles, middles, indexing="ij"), axis=-1)
    return points.reshape(-1, 2).astype(np.float32)


def draw(written: Any, points: Array) -> Any:
    """The brightness at points [point, 2] by the network whose weights are written, [point]."""
    ends = np.cumsum([0, *[np.prod(shape) for shape in _SHAPES]])
    parts = [written[a:b].reshape(s) for (a, b), s in zip(pairwise(ends), _SHAPES, strict=True)]
    angles = points[:, :, None] * (np.pi / 2 * np.arange(1, _WAVES + 1, dtype=np.float32))
    waves = np.concatenate([np.sin(angles), np.cos(angles)], axis=-1).reshape(len(points), -1)
    hidden = np.tanh(waves @ parts[0] + parts[1])
    return nn.sigmoid(hidden @ parts[2] + parts[3])[:, 0]


def write(weights: Weights, image: Any) -> Any:
    """The weights of the network that draws an image [64]."""
    x = np.maximum(image @ weights["w1"] + weights["b1"], 0)
    x = np.maximum(x @ weights["w2"] + weights["b2"], 0)
    return x @ weights["w3"] + weights["b3"]


def redrawn(weights: Weights, images: Array, points: Array) -> Any:
    """Images drawn at points, each by a network of its own: [image, point]."""
    return gl.vmap(lambda image: draw(write(weights, image), points))(images)


def loss(weights: Weights, images: Array) -> Any:
    """The mean squared error of the pixels."""
    return np.mean((redrawn(weights, images, grid(8)) - images) ** 2)


def init(seed: int) -> Weights:
    """The weights of the network that writes: what it writes is at first the same for all."""
    weights = dense(seed, 64, _HIDDEN, _HIDDEN, _COUNT)
    common = dense(seed + 1, *_SIZES)
    weights["w3"] *= _START
    weights["b3"] = np.concatenate([common[name].ravel() for name in ("w1", "b1", "w2", "b2")])
    return weights


def show(run: Run, weights: Weights, first: Array, second: Array) -> None:
    """Two images at a finer size, and the way from one digit's network to another's."""
    fine, side = grid(_SHOWN), (_SHOWN, _SHOWN)
    ends = write(weights, first), write(weights, second)
    between = [(1 - t) * ends[0] + t * ends[1] for t in (0, 0.5, 1)]
    run.show(
        side_by_side([image(x.reshape(8, 8)) for x in (first, second)], ["an image", "another"]),
        f"\nas networks of {_COUNT} weights draw them, and a network halfway between:",
        side_by_side([image(draw(w, fine).reshape(side)) for w in between]),
    )


def run(run: Run) -> float:
    """Train on 1437 images; how near the drawings of the other 360 come, in dB."""
    found = digits.load()
    batches = shuffled(np.random.default_rng(run.seed), _BATCH, found.x_train)
    opt = gl.optim.Adam(lr=gl.optim.cosine_decay(3e-3, _STEPS))
    weights = descend(run, loss, init(run.seed), opt, batches, _STEPS)
    show(run, weights, found.x_test[1], found.x_test[3])
    on_every_backend(run, redrawn, weights, found.x_test, grid(8))
    error = np.mean((redrawn(weights, found.x_test, grid(8)) - found.x_test) ** 2)
    return float(-10 * np.log10(error))


EXAMPLE: Final = Example(
    name="hypernetwork",
    title="a hypernetwork: it writes, for each digit, a network that draws it",
    goal=Goal("PSNR of unseen digits", 23, "dB"),
    seconds=10,
    run=run,
)
