"""A convolutional network on handwritten digits of 8 by 8 pixels."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom import nn
from gradloom.demo import digits
from gradloom.examples.descent import descend, shuffled
from gradloom.examples.elsewhere import as_onnx, on_every_backend
from gradloom.examples.example import Example, Goal
from gradloom.examples.pictures import image, side_by_side
from gradloom.examples.run import Run

Weights = dict[str, NDArray[np.float32]]

_BATCH: Final = 64
_STEPS: Final = 440
"""Twenty epochs; the accuracy stays where it is from the fifteenth on."""


def init(seed: int) -> Weights:
    """Kernels of 3 by 3 for 16 and then 32 channels, and a matrix for what is left of an image."""
    key = gl.random.split(gl.random.key(seed), 3)
    return {
        "k1": nn.init.kaiming_normal(key[0], (16, 1, 3, 3), dtype=np.float32),
        "b1": np.zeros(16, np.float32),
        "k2": nn.init.kaiming_normal(key[1], (32, 16, 3, 3), dtype=np.float32),
        "b2": np.zeros(32, np.float32),
        "w": nn.init.xavier_normal(key[2], (32 * 4 * 4, 10), dtype=np.float32),
        "b": np.zeros(10, np.float32),
    }


def predict(weights: Weights, images: NDArray[Any]) -> Any:
    """The score of each digit, [image, 10]; images are [image, 64]."""
    x = images.reshape(-1, 1, 8, 8)
    x = np.maximum(nn.conv2d(x, weights["k1"], weights["b1"], pad=1), 0)
    x = np.maximum(nn.conv2d(x, weights["k2"], weights["b2"], pad=1), 0)
    x = nn.max_pool2d(x, 2)
    return x.reshape(len(images), -1) @ weights["w"] + weights["b"]


def loss(weights: Weights, images: NDArray[Any], labels: NDArray[Any]) -> Any:
    """The mean cross entropy of a batch."""
    return nn.cross_entropy(predict(weights, images), labels)


def run(run: Run) -> float:
    """Train on 1437 images; the accuracy on the other 360."""
    found = digits.load()
    batches = shuffled(np.random.default_rng(run.seed), _BATCH, found.x_train, found.y_train)
    opt = gl.optim.Adam(lr=gl.optim.cosine_decay(3e-3, _STEPS))
    weights = descend(run, loss, init(run.seed), opt, batches, _STEPS)
    guesses = np.argmax(predict(weights, found.x_test), axis=-1)
    wrong = np.flatnonzero(guesses != found.y_test)
    run.show(
        f"{len(wrong)} of {len(guesses)} are told wrong; some of them:",
        side_by_side(
            [image(found.x_test[i].reshape(8, 8)) for i in wrong[:4]],
            [f"a {found.y_test[i]}, guess {guesses[i]}" for i in wrong[:4]],
        ),
    )
    on_every_backend(run, predict, weights, found.x_test)
    as_onnx(run, lambda images: predict(weights, images), found.x_test)
    return float(100 * np.mean(guesses == found.y_test))


EXAMPLE: Final = Example(
    name="cnn",
    title="a convolutional network on handwritten digits",
    goal=Goal("test accuracy", 97.5, "%"),
    seconds=10,
    run=run,
)
