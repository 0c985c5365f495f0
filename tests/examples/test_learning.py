"""The training that examples share: it is gl.grad and gl.optim, step by step."""

from typing import Any

import numpy as np

import gradloom as gl
from gradloom.examples.learning import falling, learnt, surprise
from gradloom.examples.run import Run


def test_steps_are_those_of_the_optimizer() -> None:
    def loss(w: Any, x: Any) -> Any:
        return np.mean((x @ w["w"] - 1) ** 2)

    rng = np.random.default_rng(0)
    batches = list(rng.standard_normal((4, 8, 3)))
    weights = {"w": rng.standard_normal(3)}
    run, rate = Run(), falling(0.1, 4, 2)
    found = learnt(run, loss, weights, rate, iter([(x,) for x in batches]), 4)
    opt = gl.optim.Adam(rate, betas=(0.9, 0.99))
    for x, told in zip(batches, run.losses, strict=True):
        value, slope = gl.value_and_grad(loss)(weights, x)
        weights = opt.step(weights, gl.optim.clip_grad_norm(slope, 1.0))
        assert np.isclose(value, told)
    assert np.allclose(found["w"], weights["w"], rtol=1e-12)


def test_the_surprise_is_the_cross_entropy() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((6, 5)), rng.integers(0, 5, 6)
    assert np.isclose(np.mean(surprise(scores, labels)), gl.nn.cross_entropy(scores, labels))
    assert np.isfinite(surprise(1e4 * scores, labels)).all()
