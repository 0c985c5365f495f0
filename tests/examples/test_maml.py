"""The gradient through the steps of descent is that of finite differences."""

import numpy as np
import pytest

import gradloom as gl
from gradloom.examples.layers import dense
from gradloom.examples.maml import adapted, error, error_after, tasks


def wide(seed: int, count: int = 4) -> tuple[dict[str, np.ndarray], tuple[np.ndarray, ...]]:
    """Small weights and some tasks in float64, for differences."""
    weights = {n: w.astype(np.float64) for n, w in dense(seed, 1, 6, 6, 1).items()}
    rng = np.random.default_rng(seed)
    return weights, tuple(part.astype(np.float64) for part in tasks(rng, count))


def test_tasks_are_sine_waves_as_stated() -> None:
    task = tasks(np.random.default_rng(0), 500)
    x, y = (np.concatenate(pair, axis=1)[..., 0] for pair in (task[::2], task[1::2]))
    assert x.shape == (500, 20)
    assert -5 <= x.min() < -4.9
    assert 4.9 < x.max() <= 5
    assert 4.5 < np.abs(y).max() <= 5
    # a sin x + b cos x through 20 points: nothing is left over
    for points, values in zip(x[:20], y[:20], strict=True):
        waves = np.stack([np.sin(points), np.cos(points)], axis=-1).astype(float)
        assert np.linalg.lstsq(waves, values.astype(float))[1] < 1e-9


def test_adapting_is_descent() -> None:
    weights, (x, y, *_) = wide(0)
    errors = [error(w, x[0], y[0]) for w in (weights, adapted(weights, x[0], y[0]))]
    assert errors[1] < errors[0]


def test_the_gradient_goes_through_the_inner_gradients() -> None:
    weights, task = wide(3)
    slope = gl.grad(error_after)(weights, task)
    rng = np.random.default_rng(0)
    way = {name: rng.standard_normal(w.shape) for name, w in weights.items()}

    def at(t: float) -> float:
        return float(error_after({n: w + t * way[n] for n, w in weights.items()}, task))

    h = 1e-6
    along = sum(float(np.sum(slope[name] * way[name])) for name in weights)
    assert along == pytest.approx((at(h) - at(-h)) / (2 * h), rel=1e-4)


def test_it_is_not_the_gradient_at_the_adapted_weights() -> None:
    """What first-order MAML leaves out is there: else nothing above would have been of the second
    order.
    """
    weights, task = wide(3, 1)
    x, y, x_asked, y_asked = (part[0] for part in task)
    full = gl.grad(error_after)(weights, task)
    first_order = gl.grad(error)(adapted(weights, x, y), x_asked, y_asked)
    assert not np.allclose(full["w2"], first_order["w2"], rtol=1e-3)
