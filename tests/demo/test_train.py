"""The training loop learns the digits, reports its steps and repeats itself."""

import statistics

import numpy as np

from gradloom.demo.digits import load
from gradloom.demo.model import accuracy
from gradloom.demo.train import Settings, train
from tests.demo.gradient import value_and_grad


def test_the_median_accuracy_over_five_seeds_is_above_98_percent() -> None:
    data = load()
    reached = [
        accuracy(train(value_and_grad, data, seed), data.x_test, data.y_test) for seed in range(5)
    ]
    assert statistics.median(reached) >= 0.983, reached


def test_on_step_hears_of_every_step_and_the_loss_falls() -> None:
    data = load()
    settings = Settings(epochs=3)
    heard: list[tuple[int, int, float]] = []
    train(
        value_and_grad,
        data,
        settings=settings,
        on_step=lambda step, total, loss: heard.append((step, total, loss)),
    )
    total = settings.steps(len(data.y_train))
    assert [step for step, _, _ in heard] == list(range(1, total + 1))
    assert {each for _, each, _ in heard} == {total}
    losses = [loss for _, _, loss in heard]
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) / 2


def test_the_same_seed_gives_the_same_float32_parameters() -> None:
    data = load()
    first, again = (train(value_and_grad, data, 7, Settings(epochs=2)) for _ in range(2))
    for name, value in first.items():
        assert value.dtype == np.float32
        assert np.array_equal(value, again[name])
