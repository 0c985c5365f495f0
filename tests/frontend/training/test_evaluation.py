"""`gl.training.evaluate`: means over a data set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from tests.frontend.training.problems import hit_rate, layers, scores


@given(rows=st.integers(1, 30), size=st.integers(1, 12))
def test_a_mean_does_not_depend_on_the_batches(rows: int, size: int) -> None:
    x = np.random.default_rng(rows).normal(size=rows)
    made = gl.training.evaluate(
        np.ones(1), lambda w, x: {"mean": np.mean(x), "both": np.stack([np.mean(x), w[0]])}, x,
        batch_size=size, jit=False,
    )  # fmt: skip
    assert made["mean"] == pytest.approx(x.mean())
    np.testing.assert_allclose(made["both"], [x.mean(), 1])


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_on_every_backend(backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    x, y = np.random.default_rng(0).normal(size=(25, 2)).astype(np.float32), np.arange(25) % 3
    made = gl.training.evaluate(layers(), hit_rate, x, y, batch_size=8, backend=backend)
    assert made == pytest.approx(gl.metrics.accuracy(scores(layers(), x), y))


def test_named_weights_are_read_by_their_names() -> None:
    weights = gl.params(layers())

    def hits(x: Any, y: Any) -> Any:
        return gl.metrics.accuracy(np.tanh(x @ weights.hidden) @ weights.out, y)

    x, y = np.ones((5, 2)), np.arange(5) % 3
    due = gl.metrics.accuracy(scores(layers(), x), y)
    assert gl.training.evaluate(weights, hits, x, y, batch_size=2) == pytest.approx(due)


def test_no_rows_are_an_error() -> None:
    with pytest.raises(gl.ArgumentError, match="no batch"):
        gl.training.evaluate(np.ones(1), lambda w, x: np.mean(x), np.ones(0))
