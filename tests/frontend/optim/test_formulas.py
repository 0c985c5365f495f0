"""Lion, LARS and LAMB, which torch does not have, against their papers' lines in plain loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl

STEPS = 100


def lion(w: list[float], grads: Any, lr: float, b1: float, b2: float, decay: float) -> list[float]:
    """Chen et al. 2023, algorithm 2: the sign of a mix, then the mean by the other share."""
    m = [0.0] * len(w)
    for g in grads:
        for i in range(len(w)):
            mixed = b1 * m[i] + (1 - b1) * g[i]
            w[i] -= lr * (math.copysign(1.0, mixed) * (mixed != 0) + decay * w[i])
            m[i] = b2 * m[i] + (1 - b2) * g[i]
    return w


def lars(
    w: list[float], grads: Any, lr: float, momentum: float, decay: float, trust: float
) -> list[float]:
    """You, Gitman and Ginsburg 2017, algorithm 1: the local rate by norms, then momentum."""
    v = [0.0] * len(w)
    for g in grads:
        of_w = math.sqrt(sum(x * x for x in w))
        of_g = math.sqrt(sum(x * x for x in g))
        local = trust * of_w / (of_g + decay * of_w)
        for i in range(len(w)):
            v[i] = momentum * v[i] + lr * local * (g[i] + decay * w[i])
            w[i] -= v[i]
    return w


def lamb(w: list[float], grads: Any, lr: float, b1: float, b2: float, decay: float) -> list[float]:
    """You et al. 2020, algorithm 2, phi the identity: Adam's ratio, scaled by norms."""
    m, v, eps = [0.0] * len(w), [0.0] * len(w), 1e-6
    for t, g in enumerate(grads, 1):
        u = []
        for i in range(len(w)):
            m[i] = b1 * m[i] + (1 - b1) * g[i]
            v[i] = b2 * v[i] + (1 - b2) * g[i] ** 2
            r = (m[i] / (1 - b1**t)) / (math.sqrt(v[i] / (1 - b2**t)) + eps)
            u.append(r + decay * w[i])
        ratio = math.sqrt(sum(x * x for x in w)) / math.sqrt(sum(x * x for x in u))
        w = [x - lr * ratio * y for x, y in zip(w, u, strict=True)]
    return w


def drawn(seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=size) + 3, rng.normal(size=(STEPS, size))


def went(opt: Any, w: np.ndarray, grads: np.ndarray) -> Any:
    params = {"w": w.copy()}
    for g in grads:
        params = opt.step(params, {"w": g})
    return params["w"]


seeds = st.integers(0, 99)
decays = st.sampled_from([0.0, 0.1])
betas = st.sampled_from([(0.9, 0.99), (0.5, 0.8)])


@settings(max_examples=10, deadline=None)
@given(seeds, betas, decays)
def test_lion_goes_the_papers_way(seed: int, b: tuple[float, float], decay: float) -> None:
    w, grads = drawn(seed, 5)
    due = lion(w.tolist(), grads.tolist(), 0.01, *b, decay)
    found = went(gl.optim.Lion(0.01, betas=b, weight_decay=decay), w, grads)
    np.testing.assert_allclose(found, due, rtol=1e-11)


@settings(max_examples=10, deadline=None)
@given(seeds, st.sampled_from([0.0, 0.9]), decays)
def test_lars_goes_the_papers_way(seed: int, momentum: float, decay: float) -> None:
    w, grads = drawn(seed, 5)
    due = lars(w.tolist(), grads.tolist(), 0.5, momentum, decay, 0.01)
    opt = gl.optim.LARS(0.5, momentum, decay, trust_coefficient=0.01, eps=0.0)
    np.testing.assert_allclose(went(opt, w, grads), due, rtol=1e-11)


@settings(max_examples=10, deadline=None)
@given(seeds, betas, decays)
def test_lamb_goes_the_papers_way(seed: int, b: tuple[float, float], decay: float) -> None:
    w, grads = drawn(seed, 5)
    due = lamb(w.tolist(), grads.tolist(), 0.01, *b, decay)
    found = went(gl.optim.LAMB(0.01, betas=b, weight_decay=decay), w, grads)
    np.testing.assert_allclose(found, due, rtol=1e-11)


# ---- Adafactor -----------------------------------------------------------------------------------


def test_adafactor_keeps_rows_and_columns_of_matrices_only() -> None:
    opt = gl.optim.Adafactor()
    state = opt.init({"w": np.ones((3, 400, 500), np.float32), "b": np.ones(7)})
    shapes = {name: {k: x.shape for k, x in state[name].items()} for name in ("row_var", "col_var")}
    assert shapes == {
        "row_var": {"w": (3, 400, 1), "b": (0,)},
        "col_var": {"w": (3, 1, 500), "b": (0,)},
    }
    assert {k: x.shape for k, x in state["variance"].items()} == {"w": (0,), "b": (7,)}
    with pytest.raises(gl.GradloomError, match="row_var of w has shape"):
        opt.update({"w": np.ones((3, 4))}, opt.init({"w": np.ones((2, 4))}), {"w": np.ones((3, 4))})


def test_adafactor_moves_an_empty_parameter_nowhere_and_refuses_a_complex_one() -> None:
    made = gl.optim.Adafactor().step([np.zeros((0, 3))], [np.zeros((0, 3))])
    assert made[0].shape == (0, 3)
    with pytest.raises(gl.GradloomError, match="complex"):
        gl.optim.Adafactor().step([np.ones(2) + 1j], [np.ones(2) + 1j])


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax"])
def test_asgd_and_adafactor_train_on_each_backend(backend: str) -> None:
    pytest.importorskip(backend)
    x = np.random.default_rng(0).normal(size=(32, 3))

    def loss(w: Any, x: Any) -> Any:
        return np.mean((x @ w["w"] - x @ np.ones((3, 2))) ** 2)

    for make in (lambda: gl.optim.ASGD(0.1), lambda: gl.optim.Adafactor(0.1)):
        found = [
            gl.train({"w": np.zeros((3, 2))}, loss, 20, make(), x, backend=b).losses
            for b in ("numpy", backend)
        ]
        np.testing.assert_allclose(found[1], found[0], rtol=1e-9)
        assert found[0][-1] < found[0][0]


def test_asgd_gives_the_mean_of_the_parameters_since_t0() -> None:
    opt, params, seen = gl.optim.ASGD(0.1, lambd=0.0, t0=3), {"w": np.array([1.0])}, []
    for g in (1.0, -2.0, 0.5, 0.25, -1.0):
        params = opt.step(params, {"w": np.array([g])})
        seen.append(params["w"])
    assert opt.state is not None
    np.testing.assert_allclose(opt.state["ax"]["w"], seen[-1])  # torch's share is 1 up to t0 + 2
