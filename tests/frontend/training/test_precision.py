"""Mixed precision: which dtype works, which is kept, and a loss that is scaled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.training.precision import Scaling
from tests.frontend.training.problems import class_loss, classes, layers, line_loss, lines

BACKENDS = ("numpy", "torch", "jax", "tensorflow")


@pytest.mark.parametrize(
    ("precision", "weights", "work"),
    [
        ("f64", "float64", "float64"),
        ("f32", "float32", "float32"),
        ("bf16", "float32", "bfloat16"),
        ("f16", "float32", "float16"),
    ],
)
def test_the_weights_are_kept_in_one_dtype_and_the_work_is_done_in_another(
    precision: str, weights: str, work: str
) -> None:
    seen: list[str] = []

    def loss(w: Any, x: Any, labels: Any) -> Any:
        seen.extend([w.dtype.name, x.dtype.name, labels.dtype.name])
        return np.mean((x * w) ** 2)

    made = gl.train(np.ones(3), loss, 1, 0.1, np.ones(3), np.arange(3), precision=precision)
    assert seen == [work, work, "int64"]
    assert made.weights.dtype.name == weights


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("precision", ["bf16", "f16"])
def test_low_precision_trains_on_every_backend(precision: str, backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    x, y = classes()
    made = gl.fit(layers(), class_loss, x, y, epochs=6, opt=gl.optim.Adam(lr=0.05), batch_size=30,
                  precision=precision, backend=backend)  # fmt: skip
    due = gl.fit(layers(), class_loss, x, y, epochs=6, opt=gl.optim.Adam(lr=0.05), batch_size=30)
    np.testing.assert_allclose(list(made), list(due), rtol=0.05, atol=0.02)


def small(w: Any, x: Any, y: Any) -> Any:
    """A loss whose gradients are too small for float16: below 2**-24."""
    return line_loss(w, x, y) * x.dtype.type(2.0**-12) * x.dtype.type(2.0**-12)


def test_a_scaled_loss_trains_where_plain_float16_does_not_move() -> None:
    x, y = lines(dtype=np.float16)
    w = np.zeros(2, np.float16)
    for _ in range(20):
        w = w - np.float16(2.0**14) * gl.grad(small)(w, x, y)
    assert np.abs(w).max() < 0.5  # most of each gradient was lost
    made = gl.train(np.zeros(2), small, 100, 2.0**22, x, y, precision="f16")
    np.testing.assert_allclose(made.weights, [2, 1], atol=0.05)


def test_steps_whose_gradient_overflows_are_left_out_and_halve_the_factor() -> None:
    def large(w: Any, x: Any) -> Any:
        return np.sum((w * x) * x)  # its gradient, times 2**15, is beyond float16

    made = gl.train(np.zeros(1), large, 12, 2.0**-12, np.full(1, 16.0), precision="f16")
    assert made.history.skipped == [*range(len(made.history.skipped))]
    assert 0 < len(made.history.skipped) < 12
    kept = 12 - len(made.history.skipped)
    np.testing.assert_allclose(made.weights, -kept * 256 * 2.0**-12)


def test_a_gradient_that_no_factor_saves_is_an_error() -> None:
    def broken(w: Any, x: Any) -> Any:
        return np.sum(np.sqrt(w * w) * x)

    with pytest.raises(gl.NotFinite, match="gradient's norm is nan"):
        gl.train(np.zeros(1), broken, 50, 0.1, np.ones(1), precision="f16")


def test_a_loss_that_overflows_is_an_error_at_once() -> None:
    with pytest.raises(gl.NotFinite, match="the loss is inf at step 1"):
        gl.train(
            np.ones(1), lambda w, x: np.sum(w * x * x), 3, 0.1, np.full(1, 3e4), precision="f16"
        )


def test_scaling_changes_nothing_but_roundings() -> None:
    x, y = lines()
    plain = gl.train(np.zeros(2), line_loss, 20, 0.1, x, y, precision="f32")
    scaled = gl.train(np.zeros(2), line_loss, 20, 0.1, x, y, precision="f32",
                      loss_scale=Scaling(initial=2.0**10))  # fmt: skip
    np.testing.assert_allclose(scaled.weights, plain.weights, rtol=1e-6)
    np.testing.assert_allclose(scaled.history.norms, plain.history.norms, rtol=1e-5)


@given(good=st.lists(st.booleans(), max_size=60))
def test_the_factor_halves_at_bad_steps_and_doubles_after_good_ones(good: list[bool]) -> None:
    scaling, scale, count = Scaling(initial=8.0, every=3, largest=32.0), 8.0, 0
    for is_good in good:
        before = scale
        scale, count = scaling.after(scale, count, is_good)
        assert count < 3
        assert scale <= 32
        assert scale == before / 2 if not is_good else scale in (before, before * 2)
    if len(good) >= 3 and all(good):
        assert scale == min(8.0 * 2 ** (len(good) // 3), 32)


def test_a_factor_without_a_precision_is_refused() -> None:
    with pytest.raises(gl.ArgumentError, match="loss_scale= without a precision"):
        gl.train(np.ones(1), np.sum, 1, 0.1, loss_scale=Scaling())


@pytest.mark.parametrize("change", [{"initial": 0.0}, {"initial": np.nan}, {"every": 0}])
def test_a_factor_that_is_none_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(gl.ArgumentError, match="Scaling"):
        Scaling(**change)
