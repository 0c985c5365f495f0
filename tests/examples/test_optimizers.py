"""Eight rates at once train as one rate alone does."""

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.demo import digits
from gradloom.examples import optimizers
from gradloom.examples.descent import descend, shuffled
from gradloom.examples.layers import dense
from gradloom.examples.optimizers import OPTIMIZERS, loss, train
from gradloom.examples.run import Run

ALONE: dict[str, Any] = {"momentum": gl.optim.SGD, "Adam": gl.optim.Adam}


@pytest.mark.parametrize("name", ALONE)
def test_a_rate_under_vmap_is_that_rate_alone(name: str) -> None:
    steps, found, place = 4, digits.load(), 5
    weights, losses = train(Run(steps=steps), name)
    opt = ALONE[name](lr=float(optimizers._RATES[place]), **OPTIMIZERS[name].options)
    batches = shuffled(np.random.default_rng(0), optimizers._BATCH, found.x_train, found.y_train)
    run = Run()
    alone = descend(run, loss, dense(0, 64, optimizers._HIDDEN, 10), opt, batches, steps)
    np.testing.assert_allclose(losses[:, place], run.losses, rtol=1e-5)
    for n in alone:
        np.testing.assert_allclose(weights[n][place], alone[n], rtol=1e-4, atol=1e-6)
