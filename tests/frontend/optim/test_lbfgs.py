"""L-BFGS goes torch's way on pytrees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl

START = {"w": np.random.default_rng(3).normal(size=(3, 4)), "b": np.full(4, 0.3)}


def loss(p: Any) -> Any:
    """A smooth function with curvature of both signs."""
    w, b = p["w"], p["b"]
    return np.sum(np.cos(np.tanh(w) - b)) + np.sum((w - 1) ** 2) + np.sum(np.tanh(w * b) + b * b)


@pytest.mark.framework
@pytest.mark.parametrize("options", [
    {}, {"lr": 0.1, "max_iter": 4, "history_size": 2}, {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "max_iter": 3, "lr": 0.2}, {"max_eval": 2},
    {"line_search_fn": "strong_wolfe", "max_iter": 1},
    {"line_search_fn": "strong_wolfe", "max_iter": 7, "max_eval": 3},
    {"line_search_fn": "strong_wolfe", "max_iter": 7, "lr": 1e-3},
])  # fmt: skip
def test_its_steps_are_torchs(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    theirs = {k: torch.from_numpy(x.copy()).requires_grad_() for k, x in START.items()}
    peer = torch.optim.LBFGS(list(theirs.values()), **options)

    def closure() -> Any:
        peer.zero_grad()
        w, b = theirs["w"], theirs["b"]
        value = (w.tanh() - b).cos().sum() + (w - 1).pow(2).sum()
        value = value + ((w * b).tanh() + b * b).sum()
        value.backward()
        return value

    opt, params = gl.optim.LBFGS(**options), START
    for _ in range(6):
        peer.step(closure)
        params = opt.step(params, gl.value_and_grad(loss))
    for name, w in theirs.items():
        np.testing.assert_allclose(params[name], w.detach().numpy(), rtol=1e-8, atol=1e-9)
    assert opt.state["func_evals"] == peer.state[theirs["w"]]["func_evals"]


def test_a_minimum_is_found_and_told() -> None:
    found = gl.optim.LBFGS(line_search_fn="strong_wolfe").minimize(
        lambda p: np.sum((p["a"] - 3) ** 2) + (p["n"][0] + 1) ** 4, {"a": np.zeros(5), "n": [0.5]}
    )
    np.testing.assert_allclose(found.params["a"], 3, atol=1e-4)
    assert float(found.params["n"][0]) == pytest.approx(-1, abs=0.05)
    assert found.loss < 1e-5
    assert found.evaluations >= found.iterations > 1


def test_complex_parameters_go_down() -> None:
    goal = np.array([1 + 2j, -3j])
    found = gl.optim.LBFGS().minimize(lambda z: np.sum(np.abs(z - goal) ** 2), np.zeros(2, complex))
    np.testing.assert_allclose(found.params, goal, atol=1e-5)


def test_it_goes_on_where_another_stood() -> None:
    vg = gl.value_and_grad(loss)
    first = gl.optim.LBFGS(max_iter=3)
    middle = first.step(START, vg)
    second = gl.optim.LBFGS(max_iter=3)
    second.load_state_dict(first.state_dict())
    a, b = first.step(middle, vg), second.step(middle, vg)
    np.testing.assert_array_equal(a["w"], b["w"])
    with pytest.raises(gl.GradloomError, match="state is of 16 numbers"):
        first.step({"w": np.zeros(2)}, gl.value_and_grad(lambda p: np.sum(p["w"])))


def test_what_it_does_not_take_is_said() -> None:
    opt = gl.optim.LBFGS()
    with pytest.raises(gl.CallError, match="a function of the parameters, not dict"):
        opt.step(START, START)
    with pytest.raises(gl.CallError, match="scalar"):
        opt.step(START, lambda p: (np.ones(2), p))
    with pytest.raises(gl.ArgumentError, match="no parameters"):
        opt.step({"w": np.zeros(0)}, gl.value_and_grad(loss))
    with pytest.raises(gl.ArgumentError, match="line_search_fn"):
        gl.optim.LBFGS(line_search_fn="golden")
    with pytest.raises(gl.CallError, match="lr is a number"):
        gl.optim.LBFGS(lr=gl.optim.constant_lr(0.1))
