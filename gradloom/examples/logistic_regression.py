"""Logistic regression: is a tumour malignant or benign, by thirty measures of its cells?"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom.examples import data
from gradloom.examples.elsewhere import as_onnx
from gradloom.examples.example import Example, Goal
from gradloom.examples.pictures import bars
from gradloom.examples.run import Run

Weights = dict[str, NDArray[Any]]

_STEPS: Final = 1000
_RATE: Final = 0.5
_PENALTY: Final = 1e-3
"""On the squared weights: the measures say much the same thing, and many weights would do."""


class Tumours(NamedTuple):
    """Two sets: x is [tumour, measure] with mean 0 and variance 1, y is 1 for benign."""

    names: list[str]
    x_train: NDArray[np.float64]
    y_train: NDArray[np.float64]
    x_test: NDArray[np.float64]
    y_test: NDArray[np.float64]


def tumours() -> Tumours:
    """The data; every fifth tumour is a test, and the scale is the training set's own."""
    found = data.load("tumours.npz")
    x, y = found["measures"].astype(np.float64), found["benign"].astype(np.float64)
    test = np.arange(len(y)) % 5 == 0
    x = (x - x[~test].mean(axis=0)) / x[~test].std(axis=0)
    return Tumours([str(n) for n in found["names"]], x[~test], y[~test], x[test], y[test])


def score(weights: Weights, x: NDArray[Any]) -> NDArray[Any]:
    """How much speaks for benign: the log of the odds, [tumour]."""
    return x @ weights["w"] + weights["b"]


def loss(weights: Weights, x: NDArray[Any], y: NDArray[Any]) -> Any:
    """The mean cross entropy, written so that no score is too large for it."""
    z = score(weights, x)
    surprise = np.logaddexp(0, z) - y * z
    return np.mean(surprise) + _PENALTY * np.sum(weights["w"] ** 2)


def accuracy(weights: Weights, x: NDArray[Any], y: NDArray[Any]) -> float:
    """The tumours that are told right, in per cent."""
    return float(100 * np.mean((score(weights, x) > 0) == (y > 0.5)))


def doubts(weights: Weights, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """The standard error of each weight of a measure: the loss of all tumours bends less along what
    they say little of (Laplace's approximation; MacKay 2003, "Information Theory, Inference, and
    Learning Algorithms", section 27).
    """

    def total(w: Any) -> Any:
        return len(y) * loss({**weights, "w": w}, x, y)

    return np.sqrt(np.diag(np.linalg.inv(gl.hessian(total)(weights["w"]))))


def run(run: Run) -> float:
    """Train on 455 tumours; the accuracy on the other 114."""
    found = tumours()
    start: Weights = {"w": np.zeros(len(found.names)), "b": np.zeros(())}
    opt, training_set = gl.optim.SGD(lr=_RATE), (found.x_train, found.y_train)
    made = gl.train(start, loss, run.limit(_STEPS), opt, *training_set, backend=run.backend)
    run.losses += made.losses
    weights = made.weights
    errors = doubts(weights, found.x_train, found.y_train)
    strongest = np.argsort(-np.abs(weights["w"]))[:8]
    run.show(
        "what speaks for benign (█) and for malignant (░), per standard deviation of a measure:",
        bars(
            [f"{found.names[i]} (±{errors[i]:.2f})" for i in strongest],
            [float(weights["w"][i]) for i in strongest],
        ),
    )
    as_onnx(run, lambda x: score(weights, x), found.x_test)
    return accuracy(weights, found.x_test, found.y_test)


EXAMPLE: Final = Example(
    name="logistic_regression",
    title="logistic regression on tumours that are malignant or benign",
    goal=Goal("test accuracy", 96, "%"),
    seconds=2,
    run=run,
)
