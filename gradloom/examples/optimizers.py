"""Seven optimizers, each at eight learning rates at once: a training step under `gl.vmap`."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

import gradloom as gl
from gradloom import nn
from gradloom.demo import digits
from gradloom.examples.descent import shuffled
from gradloom.examples.example import Example, Goal
from gradloom.examples.layers import Weights, dense
from gradloom.examples.pictures import curve
from gradloom.examples.run import Run

Array = NDArray[np.float32]

_HIDDEN: Final = 32
_BATCH: Final = 64
_STEPS: Final = 220
"""Ten epochs."""
_RATES: Final = np.logspace(-4, -0.5, 8, dtype=np.float32)
"""From 1e-4 to 0.3, half a power of ten apart."""

OPTIMIZERS: Final[dict[str, Any]] = {
    "SGD": gl.optim.SGD(lr=1.0),
    "momentum": gl.optim.SGD(lr=1.0, momentum=0.9),
    "Nesterov": gl.optim.SGD(lr=1.0, momentum=0.9, nesterov=True),
    "RMSprop": gl.optim.RMSprop(lr=1.0),
    "Adam": gl.optim.Adam(lr=1.0),
    "AdamW": gl.optim.AdamW(lr=1.0),
    "Lion": gl.optim.Lion(lr=1.0),
}
"""Each with its usual settings; the rate is given with each step."""


def predict(weights: Weights, x: Array) -> Any:
    """The score of each digit, [image, 10]."""
    return np.maximum(x @ weights["w1"] + weights["b1"], 0) @ weights["w2"] + weights["b2"]


def loss(weights: Weights, x: Array, labels: NDArray[Any]) -> Any:
    """The mean cross entropy of a batch."""
    return nn.cross_entropy(predict(weights, x), labels)


def train(run: Run, name: str) -> tuple[Weights, Array]:
    """Weights [rate, ...] trained with each rate, and the losses [step, rate]."""
    found, opt = digits.load(), OPTIMIZERS[name]

    def step(weights: Weights, state: Any, rate: Any, x: Array, labels: NDArray[Any]) -> Any:
        value, slope = gl.value_and_grad(loss)(weights, x, labels)
        return value, *opt.update(slope, state, weights, lr=rate)

    at_once = gl.compile(gl.vmap(step, in_axes=(0, 0, 0, None, None)), backend=run.backend)
    start = dense(run.seed, 64, _HIDDEN, 10)
    weights = {n: np.broadcast_to(w, (len(_RATES), *w.shape)) for n, w in start.items()}
    state = gl.vmap(opt.init)(weights)
    batches = shuffled(np.random.default_rng(run.seed), _BATCH, found.x_train, found.y_train)
    steps, losses = run.limit(_STEPS), []
    with run.training(steps, name) as tell:
        for _, (x, labels) in zip(range(steps), batches, strict=False):
            values, weights, state = at_once(weights, state, _RATES, x, labels)
            losses.append(np.asarray(values))
            tell(np.min(values))
    return weights, np.stack(losses)


def run(run: Run) -> float:
    """Train 56 networks, in seven programs; the least accuracy of an optimizer, each at the rate
    that had the lowest loss at the end.
    """
    found = digits.load()
    table = Table("optimizer", "best rate", "its loss", "", "test accuracy", box=None)
    reached = []
    for name in list(OPTIMIZERS)[: run.limit(len(OPTIMIZERS))]:
        # A rate that is too high may leave the range of its floats; it is then not the best.
        with np.errstate(over="ignore", invalid="ignore"):
            weights, losses = train(run, name)
            best = int(np.nanargmin(np.nanmean(losses[-22:], axis=0)))
        scores = predict({n: w[best] for n, w in weights.items()}, found.x_test)
        reached.append(float(100 * np.mean(np.argmax(scores, axis=-1) == found.y_test)))
        rate, last = f"{_RATES[best]:.1e}", f"{np.mean(losses[-22:, best]):.4f}"
        table.add_row(name, rate, last, curve(losses[:, best], 24), f"{reached[-1]:.1f} %")
    run.show(table)
    return min(reached)


EXAMPLE: Final = Example(
    name="optimizers",
    title="seven optimizers at eight learning rates at once, on handwritten digits",
    goal=Goal("least test accuracy", 93, "%"),
    seconds=20,
    run=run,
)
