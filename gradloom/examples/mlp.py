"""Two layers in two spellings, parameters by name and a module, step for step alike."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import gradloom as gl
from gradloom import nn
from gradloom.demo import digits
from gradloom.examples.elsewhere import as_onnx, on_every_backend
from gradloom.examples.example import Example, Goal
from gradloom.examples.layers import dense
from gradloom.examples.pictures import curve
from gradloom.examples.run import Run

Array = NDArray[np.float32]

_HIDDEN: Final = 128
_BATCH: Final = 64
_EPOCHS: Final = 50
_RATE: Final = 0.3

# The names that `weights` of the first spelling brings; here for those who read, and check types.
w1: Array
b1: Array
w2: Array
b2: Array


def predict(x: Array) -> Any:
    """The score of each digit, [image, 10]: weights are names."""
    return np.maximum(x @ w1 + b1, 0) @ w2 + b2


def loss(x: Array, labels: NDArray[Any]) -> Any:
    """The mean cross entropy of a batch."""
    return nn.cross_entropy(predict(x), labels)


class Network(nn.Module):
    """The same network, with weights of its own."""

    w1: nn.Array
    b1: nn.Array
    w2: nn.Array
    b2: nn.Array

    def __call__(self, x: Array) -> Any:
        """The score of each digit, [image, 10]."""
        return np.maximum(x @ self.w1 + self.b1, 0) @ self.w2 + self.b2


def loss_of(network: Network, x: Array, labels: NDArray[Any]) -> Any:
    """The mean cross entropy of a batch."""
    return nn.cross_entropy(network(x), labels)


def batches(run: Run) -> Any:
    """The training set in batches, each epoch in another order; the same for the same seed."""
    found = digits.load()
    return gl.data.DataLoader(
        found.x_train, found.y_train, batch_size=_BATCH, shuffle=True, drop_last=True, seed=run.seed
    )


def by_names(run: Run, start: dict[str, Array]) -> Any:
    """The trained parameters: `weights.grad` and `weights.step`, which changes them in place."""
    weights, opt, loader = gl.params(start), gl.optim.SGD(lr=_RATE), batches(run)
    epochs = run.limit(_EPOCHS)
    with run.training(epochs, "by names") as tell:
        for _ in range(epochs):
            total = 0.0
            for x, labels in loader:
                value, slopes = weights.grad(loss, x, labels, backend=run.backend, jit=True)
                weights.step(slopes, opt)
                total += float(value)
            tell(total / len(loader))
    return weights


def as_module(run: Run, start: dict[str, Array]) -> Network:
    """The trained network: a module is a tree of arrays, which `gl.fit` trains as any other."""
    epochs = run.limit(_EPOCHS)
    with run.training(epochs, "as a module") as tell:
        made = gl.fit(
            Network(**start), loss_of, batches(run), epochs=epochs, opt=gl.optim.SGD(lr=_RATE),
            backend=run.backend, progress=False, on_epoch=lambda _, value: tell(value),
        )  # fmt: skip
    return made.weights


def run(run: Run) -> float:
    """Train both on 1437 images; the accuracy on the other 360."""
    found, start = digits.load(), dense(run.seed, 64, _HIDDEN, 10)
    network = as_module(run, start)
    weights = by_names(run, start)
    apart = max(float(np.max(np.abs(weights[n] - getattr(network, n)))) for n in weights)
    run.show(
        f"loss {curve(run.losses[: len(run.losses) // 2])}",
        f"after {len(run.losses) // 2} epochs the two spellings are {apart:.1e} apart at most",
    )
    with weights:
        guesses = np.argmax(predict(found.x_test), axis=-1)
    on_every_backend(run, lambda net, x: net(x), network, found.x_test)
    as_onnx(run, network, found.x_test)
    return float(100 * np.mean(guesses == found.y_test))


EXAMPLE: Final = Example(
    name="mlp",
    title="two layers on handwritten digits, as names and as a module",
    goal=Goal("test accuracy", 96, "%"),
    seconds=5,
    run=run,
)
