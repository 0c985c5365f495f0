"""Dropout is there in training alone, and keys decide it."""

import numpy as np

import gradloom as gl
from gradloom.demo import digits
from gradloom.examples import layer_norm_dropout
from gradloom.examples.layer_norm_dropout import network, votes


def test_keys_decide_what_is_dropped_and_nothing_else_does() -> None:
    model, x = network(0), digits.load().x_test[:5]
    first, again, other = (model.train(x, key=gl.random.key(seed))[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    np.testing.assert_array_equal(model(x), model(x))


def test_every_network_has_one_vote_for_each_image() -> None:
    counts = votes(network(0), digits.load().x_test[:7], seed=3)
    assert counts.shape == (7, 10)
    np.testing.assert_array_equal(counts.sum(axis=-1), layer_norm_dropout._VOTERS)


def test_votes_are_those_of_a_loop_over_keys() -> None:
    model, x = network(0), digits.load().x_test[:3]
    expected = np.zeros((3, 10), int)
    for key in gl.random.split(gl.random.key(8), layer_norm_dropout._VOTERS):
        expected[np.arange(3), np.argmax(model.train(x, key=key)[0], axis=-1)] += 1
    np.testing.assert_array_equal(votes(model, x, seed=8), expected)
