"""Two spellings of one network are the same network."""

import numpy as np

import gradloom as gl
from gradloom.demo import digits
from gradloom.examples.layers import dense
from gradloom.examples.mlp import Network, as_module, by_names, loss, loss_of
from gradloom.examples.run import Run


def test_both_spellings_have_the_same_loss_and_gradient() -> None:
    found, start = digits.load(), dense(0, 64, 16, 10)
    x, labels = found.x_test[:20], found.y_test[:20]
    value, slopes = gl.params(start).grad(loss, x, labels)
    of_module, slope = gl.value_and_grad(loss_of)(Network(**start), x, labels)
    assert value == of_module
    for name in start:
        np.testing.assert_array_equal(slopes[name], getattr(slope, name))


def test_both_ways_to_train_take_the_same_steps() -> None:
    start = dense(1, 64, 16, 10)
    runs = Run(steps=2, seed=1), Run(steps=2, seed=1)
    weights, network = by_names(runs[0], start), as_module(runs[1], start)
    np.testing.assert_allclose(runs[0].losses, runs[1].losses, rtol=1e-6)
    for name in start:
        np.testing.assert_array_equal(weights[name], getattr(network, name))
        assert not np.array_equal(start[name], weights[name])
