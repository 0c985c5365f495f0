"""A neural differential equation that learns how hunters and hunted live (Chen et al. 2018).

A network says which way the two populations go. It is fitted to where they are one unit of time
later, so derivatives go through an adaptive solver: a `while` loop in plain numpy
(runge_kutta.py).
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from gradloom.examples.example import Example, Goal
from gradloom.examples.learning import Array, Weights, falling, learnt
from gradloom.examples.pictures import curves
from gradloom.examples.run import Run
from gradloom.examples.runge_kutta import solve

_UNITS: Final = 32
_STEPS: Final = 1500
_RATE: Final = 1e-2
_BATCH: Final = 64
_TOLERANCE: Final = 1e-5


def nature(y: Array) -> Array:
    """Lotka's and Volterra's equations, all rates 1: y is [..., (hunted, hunters)]."""
    met = y[..., 0] * y[..., 1]
    return np.stack([y[..., 0] - met, met - y[..., 1]], axis=-1)


def init(rng: np.random.Generator) -> Weights:
    """Fresh weights, float64."""

    def drawn(*shape: int) -> Array:
        return rng.standard_normal(shape) / np.sqrt(shape[0])

    return {
        "in": drawn(2, _UNITS),
        "low": 0.1 * drawn(1, _UNITS)[0],
        "middle": drawn(_UNITS, _UNITS),
        "high": np.zeros(_UNITS),
        "out": 0.1 * drawn(_UNITS, 2),
    }


def foretold(weights: Weights, y: Array) -> Array:
    """Which way the network says that y [..., 2] goes."""
    hidden = np.tanh(y @ weights["in"] + weights["low"])
    return np.tanh(hidden @ weights["middle"] + weights["high"]) @ weights["out"]


def loss(weights: Weights, now: Array, later: Array) -> Any:
    """The mean distance between where the network leads, and where they were a unit later."""
    found, _ = solve(lambda y: foretold(weights, y), now, 1.0, _TOLERANCE)
    return np.mean(np.abs(found - later))


def observed(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Populations [count, 2] at any time, and a unit of time later."""
    now = np.exp(rng.uniform(-1.5, 1.1, (count, 2)))
    later, _ = solve(nature, now, 1.0, 1e-9)
    return now, later


def batches(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """Some of 1,024 observed pairs, without an end."""
    now, later = observed(rng, 1024)
    while True:
        chosen = rng.integers(0, len(now), _BATCH)
        yield now[chosen], later[chosen]


def orbit(field: Any, y: Array, times: Array, tolerance: float) -> tuple[Array, int]:
    """Where a field leads from y, [time, 2], and how many steps were tried on the way."""
    places, tried = [y], 0
    for duration in np.diff(times):
        y, steps = solve(field, y, duration, tolerance)
        places.append(y)
        tried += int(steps)
    return np.stack(places), tried


def run(run: Run) -> float:
    """Train; how far the network's orbit is from nature's at most, over two rounds."""
    rng = np.random.default_rng(run.seed)
    weights = learnt(run, loss, init(rng), falling(_RATE, _STEPS, warm=4), batches(rng), _STEPS)
    if run.is_short:
        return run.losses[-1]
    times, start = np.linspace(0, 14, 73), np.array([1.0, 2.0])
    true, _ = orbit(nature, start, times, 1e-9)
    found, tried = orbit(lambda y: foretold(weights, y), start, times, _TOLERANCE)
    run.show("the hunted (·) and as the network foretells them (•), from one start:")
    run.show(curves({"·": true[:, 0], "•": found[:, 0]}), f"{tried} steps were tried", "")
    return float(np.max(np.abs(found - true)))


EXAMPLE: Final = Example(
    name="neural_ode",
    title="a neural differential equation, through an adaptive solver in plain numpy",
    goal=Goal("largest distance from the true orbit", 0.15, lower=True),
    seconds=20,
    run=run,
)
