"""What JAX computes element by element, and what it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.gradients import slopes

jax = pytest.importorskip("jax")
jnp = jax.numpy

pytestmark = pytest.mark.framework


@pytest.mark.parametrize(
    ("f", "is_elementwise"),
    [
        (lambda x: jnp.tanh(x * 2) + jnp.maximum(x, 0) ** 3, True),
        (lambda x: jnp.where(x > 0, jnp.exp(x), x), True),
        (lambda x: x + jnp.flip(x), False),
        (lambda x: x * x.T, False),
        (lambda x: x * x.sum(), False),
        (lambda x: x[:1] + x, False),
    ],
    ids=["chain", "chosen", "flipped", "turned", "summed", "spread"],
)
def test_only_elementwise_flows_are_taken_at_once(
    f: Any, is_elementwise: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slopes, "WORK", 4 if is_elementwise else slopes.WORK)
    x = jnp.array([[0.5, -1.0], [2.0, -0.25]], jnp.float32)
    shown = gl.viz.gradients(f, x, layers=[])
    dense = np.zeros((4, 4))
    flow = shown.flows[0]
    assert (flow.source, flow.target) == ("input", "output")
    dense[flow.sources, flow.targets] = flow.slopes
    wanted = np.asarray(jax.jacobian(f)(x)).reshape(4, 4).T
    np.testing.assert_allclose(dense, wanted, rtol=1e-6)
