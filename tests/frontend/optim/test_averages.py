"""Running means of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend import optim


def params(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {"w": rng.normal(size=3), "b": [np.asarray(rng.normal())], "n": 3, "none": None}


@pytest.mark.parametrize("compiled", [False, True])
def test_the_mean_is_its_formula(compiled: bool) -> None:
    ema = optim.EMA(0.9)
    update = gl.compile(ema.update, backend="numpy") if compiled else ema.update
    state, expected = ema.init(params(0)), params(0)["w"]
    for seed in range(1, 6):
        state = update(state, params(seed))
        expected = 0.9 * expected + 0.1 * params(seed)["w"]
    made = ema.params(state, params(9))
    np.testing.assert_allclose(made["w"], expected, rtol=1e-12)
    assert made["n"] == 3
    assert made["none"] is None


@pytest.mark.framework
def test_it_is_torchs_average_from_the_first_parameters_on() -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(3, 2, dtype=torch.float64)
    peer = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.8)
    )
    ema, rng = optim.EMA(0.8), np.random.default_rng(0)
    for _ in range(100):
        with torch.no_grad():
            model.weight.copy_(torch.from_numpy(rng.normal(size=(2, 3))))
        peer.update_parameters(model)
        ema.step({"w": model.weight.detach().numpy()})
    made = ema.averaged({"w": np.zeros((2, 3))})["w"]
    np.testing.assert_allclose(made, peer.module.weight.detach().numpy(), rtol=1e-12)


def test_a_warm_up_forgets_the_first_parameters() -> None:
    ema = optim.EMA(0.99, warmup=True)
    ema.step(np.zeros(1))
    ema.step(np.ones(1))  # after 0 updates: a decay of 1 / 10
    np.testing.assert_allclose(ema.averaged(np.zeros(1)), 0.9)


def test_the_means_are_arrays_of_their_own() -> None:
    ema, w = optim.EMA(0.5), np.ones(2)
    ema.step(w)
    w += 1
    np.testing.assert_array_equal(ema.averaged(w), 1)
    ema.averaged(w)[0] = 7
    np.testing.assert_array_equal(ema.averaged(w), 1)
    other = optim.EMA(0.5)
    other.load_state_dict(ema.state_dict())
    ema.step(w)
    np.testing.assert_array_equal(other.averaged(w), 1)


def test_what_does_not_fit_is_named() -> None:
    ema = optim.EMA()
    with pytest.raises(gl.CallError, match="before the first step"):
        ema.averaged(np.ones(2))
    ema.step({"a": np.ones(2)})
    with pytest.raises(gl.GradloomError, match="b is only in the parameters"):
        ema.step({"a": np.ones(2), "b": np.ones(2)})
    with pytest.raises(gl.GradloomError, match="a is only in the means"):
        ema.averaged({})
    with pytest.raises(gl.GradloomError, match=r"a has shape \(3,\)"):
        ema.step({"a": np.ones(3)})
    with pytest.raises(gl.ArgumentError, match=r"decay=1\.5"):
        optim.EMA(1.5)
