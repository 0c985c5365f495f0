"""The classifier is what it says, and its hand-written gradient is the loss's."""

import ast
from pathlib import Path

import numpy as np
import pytest

from gradloom.demo import model
from gradloom.demo.digits import load
from tests.demo.gradient import value_and_grad


def test_the_model_is_plain_numpy() -> None:
    text = Path(model.__file__).read_text()
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
    assert [alias.name for node in imports for alias in node.names] == ["numpy"]
    assert "gradloom" not in text


def test_parameters_are_float32_and_follow_the_seed() -> None:
    first, again, other = model.init(0), model.init(0), model.init(1)
    assert {name: value.shape for name, value in first.items()} == {
        "w1": (64, 128),
        "b1": (128,),
        "w2": (128, 10),
        "b2": (10,),
    }
    assert all(value.dtype == np.float32 for value in first.values())
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["w1"], other["w1"])


def test_a_model_that_knows_nothing_loses_log_ten() -> None:
    params = {name: np.zeros_like(value) for name, value in model.init(0).items()}
    data = load()
    value = model.loss(params, data.x_test, data.y_test)
    assert value.dtype == np.float32
    assert value == pytest.approx(np.log(10), rel=1e-6)


def test_the_loss_stays_finite_when_scores_are_huge() -> None:
    params = {name: value * np.float32(1e4) for name, value in model.init(0).items()}
    data = load()
    assert np.isfinite(model.loss(params, data.x_test, data.y_test))


def test_accuracy_is_the_share_of_right_answers() -> None:
    params = {name: np.zeros_like(value) for name, value in model.init(0).items()}
    params["b2"][3] = 1
    labels = np.array([3, 3, 1, 3])
    assert model.accuracy(params, np.zeros((4, 64), np.float32), labels) == 0.75


@pytest.mark.parametrize("name", ["w1", "b1", "w2", "b2"])
def test_the_gradient_by_hand_is_the_slope_of_the_loss(name: str) -> None:
    data = load()
    x, labels = data.x_train[:20].astype(np.float64), data.y_train[:20]
    params = {key: value.astype(np.float64) for key, value in model.init(0).items()}
    direction = np.random.default_rng(0).standard_normal(params[name].shape)
    value, grads = value_and_grad(params, x, labels)
    step = 1e-6
    moved = [params | {name: params[name] + s * direction} for s in (step, -step)]
    high, low = (model.loss(each, x, labels) for each in moved)
    assert value == pytest.approx(model.loss(params, x, labels))
    assert np.sum(grads[name] * direction) == pytest.approx((high - low) / (2 * step), rel=1e-5)
