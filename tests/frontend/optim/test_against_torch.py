"""Optimizers go torch's way: 100 steps of random gradients, whatever the shapes and options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch

import gradloom as gl

pytestmark = pytest.mark.framework
STEPS = 100
RATES = st.sampled_from([0.0, 1e-3, 0.1])
DECAYS = st.sampled_from([0.0, 0.1])
BETAS = st.sampled_from([(0.9, 0.999), (0.5, 0.6), (0.0, 0.9)])
COMMON: dict[str, Any] = {"lr": RATES, "weight_decay": DECAYS, "maximize": st.booleans()}
ADAMS = {**COMMON, "betas": BETAS}
OPTIONS: dict[str, dict[str, Any]] = {
    "SGD": {**COMMON, "momentum": st.sampled_from([0.0, 0.9]), "dampening": DECAYS},
    "Adam": {**ADAMS, "amsgrad": st.booleans()},
    "AdamW": {**ADAMS, "amsgrad": st.booleans()},
    "Adamax": ADAMS,
    "NAdam": {
        **ADAMS, "momentum_decay": st.sampled_from([4e-3, 0.1]),
        "decoupled_weight_decay": st.booleans(),
    },
    "RAdam": {**ADAMS, "decoupled_weight_decay": st.booleans()},
    "RMSprop": {
        **COMMON, "alpha": st.sampled_from([0.99, 0.5]), "centered": st.booleans(),
        "momentum": st.sampled_from([0.0, 0.7]),
    },
    "Adagrad": {**COMMON, "lr_decay": DECAYS, "initial_accumulator_value": DECAYS},
    "Adafactor": {
        **COMMON, "beta2_decay": st.sampled_from([-0.8, -0.3]), "d": st.sampled_from([1.0, 2.0]),
        "eps": st.sampled_from([(None, 1e-3), (1e-2, 0.1)]),
    },
    "ASGD": {
        **COMMON, "lambd": st.sampled_from([1e-4, 0.1]), "alpha": st.sampled_from([0.75, 0.0]),
        "t0": st.sampled_from([1e6, 10, 0]),
    },
    "Adadelta": {**COMMON, "rho": st.sampled_from([0.9, 0.5])},
    "Rprop": {
        "lr": st.sampled_from([1e-3, 0.1]), "maximize": st.booleans(),
        "etas": st.sampled_from([(0.5, 1.2), (0.1, 3.0)]),
        "step_sizes": st.sampled_from([(1e-6, 50), (0.01, 0.1)]),
    },
}  # fmt: skip
SHAPES = st.lists(
    st.sampled_from([(), (1,), (5,), (2, 3), (0,), (2, 1, 2)]), min_size=1, max_size=3
)


@pytest.fixture(autouse=True)
def _numbers_of_torch_in_f64() -> Iterator[None]:
    """NAdam's running product is of torch's default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", OPTIONS)
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_hundred_steps_are_torchs(name: str, data: st.DataObject) -> None:
    options = data.draw(st.fixed_dictionaries(OPTIONS[name]))
    shapes = data.draw(SHAPES)
    if name == "Adafactor":  # torch divides by an empty parameter's size
        shapes = [shape for shape in shapes if 0 not in shape] or [(2, 3)]
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    params = [np.asarray(rng.normal(size=s), dtype) for s in shapes]
    theirs = [torch.from_numpy(p.copy()).requires_grad_() for p in params]
    peer = getattr(torch.optim, name)(theirs, foreach=False, **options)
    opt = getattr(gl.optim, name)(**options)
    for _ in range(STEPS):
        grads = [
            None if rng.random() < 0.1 else np.asarray(rng.normal(size=s), dtype) for s in shapes
        ]
        for w, g in zip(theirs, grads, strict=True):
            w.grad = None if g is None else torch.from_numpy(g)
        peer.step()
        params = opt.step(params, grads)
    tolerance = 1e-12 if dtype is np.float64 else 1e-5
    for w, p in zip(theirs, params, strict=True):
        assert p.dtype == dtype
        np.testing.assert_allclose(p, w.detach().numpy(), rtol=tolerance, atol=tolerance)
