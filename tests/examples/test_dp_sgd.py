"""Per-example gradients under vmap: each one is cut, and is what a loop over images gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.demo import digits
from gradloom.examples import dp_sgd
from gradloom.examples.dp_sgd import Weights, cut, loss


def some(seed: int, count: int = 6) -> tuple[Weights, np.ndarray, np.ndarray]:
    """Weights drawn large, so that gradients are of many lengths, and a few images."""
    rng, found = np.random.default_rng(seed), digits.load()
    weights = {
        "w": rng.standard_normal((64, 10)).astype(np.float32) / 4,
        "b": np.zeros(10, np.float32),
    }
    rows = rng.choice(len(found.y_train), count, replace=False)
    return weights, found.x_train[rows], found.y_train[rows]


def length(slope: Weights) -> float:
    return float(np.sqrt(sum(np.sum(part.astype(float) ** 2) for part in slope.values())))


def test_the_cut_sum_is_that_of_a_loop_over_the_images() -> None:
    weights, x, y = some(0)
    taken = np.array([True, False, True, True, False, True])
    value, total, lengths = cut(weights, x, y, taken)
    losses, expected = [], {name: np.zeros_like(w) for name, w in weights.items()}
    for image, label, found, is_taken in zip(x, y, lengths, taken, strict=True):
        slope = gl.grad(loss)(weights, image, label)
        assert found == pytest.approx(length(slope), rel=1e-5)
        if is_taken:
            losses.append(loss(weights, image, label))
            share = min(1.0, dp_sgd._LONGEST / length(slope))
            expected = {name: expected[name] + share * slope[name] for name in expected}
    assert value == pytest.approx(np.mean(losses), rel=1e-5)
    for name in expected:
        np.testing.assert_allclose(total[name], expected[name], rtol=1e-4, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 5))
def test_no_image_moves_the_sum_by_more_than_the_cut_length(seed: int, which: int) -> None:
    weights, x, y = some(seed)
    with_it = np.ones(len(x), bool)
    without = np.arange(len(x)) != which
    totals = [cut(weights, x, y, taken)[1] for taken in (with_it, without)]
    moved = {name: totals[0][name] - totals[1][name] for name in weights}
    assert length(moved) <= dp_sgd._LONGEST * (1 + 1e-5)


def test_a_step_that_takes_nobody_has_a_loss_and_no_gradient() -> None:
    weights, x, y = some(1)
    value, total, _ = cut(weights, x, y, np.zeros(len(x), bool))
    assert value == 0
    assert length(total) == 0
