"""Loss and standard errors of the logistic regression, against their textbook formulas."""

import numpy as np

import gradloom as gl
from gradloom.examples.logistic_regression import _PENALTY, doubts, loss, score, tumours


def test_the_loss_is_the_cross_entropy_with_a_penalty() -> None:
    found, rng = tumours(), np.random.default_rng(0)
    weights = {"w": rng.standard_normal(30) / 10, "b": np.array(0.3)}
    p = 1 / (1 + np.exp(-score(weights, found.x_test)))
    entropy = -np.mean(found.y_test * np.log(p) + (1 - found.y_test) * np.log(1 - p))
    expected = entropy + _PENALTY * np.sum(weights["w"] ** 2)
    np.testing.assert_allclose(loss(weights, found.x_test, found.y_test), expected)


def test_no_score_is_too_large_for_the_loss() -> None:
    weights = {"w": np.full(1, 1e4), "b": np.zeros(())}
    x, y = np.array([[-1.0], [1.0]]), np.array([1.0, 0.0])
    assert np.isfinite(loss(weights, x, y))
    slope = gl.grad(loss)(weights, x, y)
    np.testing.assert_allclose(slope["w"], 1 + 2 * _PENALTY * 1e4)


def test_standard_errors_are_those_of_the_information_matrix() -> None:
    found, rng = tumours(), np.random.default_rng(0)
    weights = {"w": rng.standard_normal(30) / 10, "b": np.array(-0.2)}
    x = found.x_train
    p = 1 / (1 + np.exp(-score(weights, x)))
    information = x.T @ (x * (p * (1 - p))[:, None]) + 2 * len(x) * _PENALTY * np.eye(30)
    expected = np.sqrt(np.diag(np.linalg.inv(information)))
    np.testing.assert_allclose(doubts(weights, x, found.y_train), expected, rtol=1e-6)


def test_the_scale_is_that_of_the_training_set() -> None:
    found = tumours()
    np.testing.assert_allclose(found.x_train.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(found.x_train.std(axis=0), 1)
    assert len(found.y_train) == 455
    assert len(found.y_test) == 114
