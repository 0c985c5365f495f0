"""DP-SGD: a classifier of digits that gives away little of any single image it has seen."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

import gradloom as gl
from gradloom import nn
from gradloom.demo import digits
from gradloom.examples.example import Example, Goal
from gradloom.examples.pictures import image, side_by_side
from gradloom.examples.privacy import epsilon
from gradloom.examples.run import Run

Array = NDArray[np.float32]
Weights = dict[str, Array]

_SHARE: Final = 0.25
"""The probability that an image takes part in a step."""
_LONGEST: Final = 1.0
"""The length that each image's gradient is cut to."""
_NOISE: Final = 6.0
"""The standard deviation of the noise on the sum of the gradients, in lengths."""
_STEPS: Final = 200
_RATE: Final = 1.0
_DELTA: Final = 1e-5


def predict(weights: Weights, image: Array) -> Any:
    """The score of each digit for one image, [10]."""
    return image @ weights["w"] + weights["b"]


def loss(weights: Weights, image: Array, label: Any) -> Any:
    """The cross entropy of one image: nothing here knows of batches."""
    return nn.cross_entropy(predict(weights, image), label)


def cut(
    weights: Weights, images: Array, labels: NDArray[Any], taken: NDArray[np.bool_]
) -> tuple[Any, Weights, Any]:
    """The mean loss and the sum of the gradients, each cut to `_LONGEST`, of the images taken; and
    how long each image's gradient was, [image].
    """
    each = gl.vmap(gl.value_and_grad(loss), in_axes=(None, 0, 0))
    losses, slopes = each(weights, images, labels)
    flat = np.concatenate([slopes[n].reshape(len(images), -1) for n in sorted(slopes)], axis=-1)
    lengths = np.sqrt(np.sum(flat**2, axis=-1))
    share = np.where(taken, _LONGEST / np.maximum(lengths, _LONGEST), 0).astype(np.float32)
    total = {name: np.tensordot(share, slope, axes=1) for name, slope in slopes.items()}
    return np.sum(losses * taken) / np.maximum(np.sum(taken), 1), total, lengths


def train(run: Run, noise: float) -> tuple[Weights, Array]:
    """The weights, and how long each image's gradient was in the last step."""
    found, rng = digits.load(), np.random.default_rng(run.seed)
    weights: Weights = {"w": np.zeros((64, 10), np.float32), "b": np.zeros(10, np.float32)}
    count, steps = len(found.y_train), run.limit(_STEPS)
    lengths = np.zeros(count, np.float32)
    summed = gl.compile(cut, backend=run.backend)
    with run.training(steps, f"noise {noise:g}") as tell:
        for _ in range(steps):
            taken = rng.random(count) < _SHARE
            value, total, lengths = summed(weights, found.x_train, found.y_train, taken)
            for name, slope in total.items():
                blurred = slope + noise * _LONGEST * rng.standard_normal(slope.shape)
                change = _RATE * blurred / (_SHARE * count)
                weights[name] = weights[name] - change.astype(np.float32)
            tell(value)
    return weights, lengths


def accuracy(weights: Weights, images: Array, labels: NDArray[Any]) -> float:
    """The share of images that are told right, in per cent."""
    scores = gl.vmap(predict, in_axes=(None, 0))(weights, images)
    return float(100 * np.mean(np.argmax(scores, axis=-1) == labels))


def run(run: Run) -> float:
    """Train with and without noise; the test accuracy of the private training."""
    found = digits.load()
    private, lengths = train(run, _NOISE)
    score = accuracy(private, found.x_test, found.y_test)
    longest = np.argsort(lengths)[::-1][:4]
    run.show(
        "what a training without the cut would learn most of: their gradients are as long as "
        + ", ".join(f"{x:.1f}" for x in lengths[longest])
        + f", and are cut to {_LONGEST:g}",
        side_by_side(
            [image(found.x_train[i].reshape(8, 8)) for i in longest],
            [f"a {found.y_train[i]}" for i in longest],
        ),
    )
    if not run.is_short:
        run.show(_table(run, score))
    return score


def _table(run: Run, score: float) -> Table:
    """What noise costs, and what it gives."""
    found = digits.load()
    rows = {_NOISE: score}
    for noise in (0.0, 2 * _NOISE):
        weights, _ = train(run, noise)
        rows[noise] = accuracy(weights, found.x_test, found.y_test)
    table = Table("noise", f"epsilon at delta {_DELTA:g}", "test accuracy", box=None)
    for noise, reached in sorted(rows.items()):
        told = f"{epsilon(_SHARE, noise, _STEPS, _DELTA):.2f}" if noise else "no privacy"
        table.add_row(f"{noise:g}", told, f"{reached:.1f} %")
    return table


EXAMPLE: Final = Example(
    name="dp_sgd",
    title="DP-SGD by per-example gradients: digits learned with privacy",
    goal=Goal("test accuracy at (2.7, 1e-5)-privacy", 88, "%"),
    seconds=5,
    run=run,
)
