"""Gradients are clipped as torch clips them, in new arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend import optim


def random_grads(seed: int, dtype: Any = np.float64) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    size = 10.0 ** rng.integers(-3, 3)
    return {
        "w": (size * rng.normal(size=(3, 4))).astype(dtype), "frozen": None,
        "b": [(size * rng.normal(size=4)).astype(dtype)],
    }  # fmt: skip


@pytest.mark.framework
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 999), most=st.sampled_from([0.0, 1e-3, 1.0, 50.0]),
    p=st.sampled_from([2.0, 1.0, 3.0, float("inf")]),
    dtype=st.sampled_from([np.float64, np.float32]),
)  # fmt: skip
def test_the_norm_is_clipped_as_torchs(seed: int, most: float, p: float, dtype: Any) -> None:
    torch = pytest.importorskip("torch")
    grads = random_grads(seed, dtype)
    theirs = [torch.zeros(g.shape) for g in (grads["w"], *grads["b"])]
    for w, g in zip(theirs, (grads["w"], *grads["b"]), strict=True):
        w.data = torch.from_numpy(g.copy())
        w.grad = torch.from_numpy(g.copy())
    norm = torch.nn.utils.clip_grad_norm_(theirs, most, p)
    made = optim.clip_grad_norm(grads, most, p)
    tolerance = 1e-12 if dtype is np.float64 else 1e-5
    assert float(optim.global_norm(grads, p)) == pytest.approx(float(norm), rel=tolerance)
    for w, g in zip(theirs, (made["w"], *made["b"]), strict=True):
        assert g.dtype == dtype
        np.testing.assert_allclose(g, w.grad.numpy(), rtol=tolerance)
    assert made["frozen"] is None


def test_gradients_that_are_small_enough_stay() -> None:
    grads = random_grads(0)
    before = grads["w"].copy()
    made = optim.clip_grad_norm(grads, 1e9)
    np.testing.assert_array_equal(made["w"], before)
    optim.clip_grad_norm(grads, 1e-9)
    optim.clip_grad_value(grads, 1e-9)
    np.testing.assert_array_equal(grads["w"], before)


def test_values_are_clipped_on_both_sides_and_in_both_parts() -> None:
    made = optim.clip_grad_value([np.array([-3.0, 0.5, 2.0]), np.array([3 - 4j])], 1.0)
    np.testing.assert_array_equal(made[0], [-1, 0.5, 1])
    np.testing.assert_array_equal(made[1], [1 - 1j])
    narrow = optim.clip_grad_value(np.array([2.0], np.float16), 0.3)
    assert narrow.dtype == np.float16


def test_the_norm_of_low_precision_does_not_overflow() -> None:
    assert float(optim.global_norm([np.full(4, 300.0, np.float16)])) == pytest.approx(600)
    made = optim.clip_grad_norm([np.full(4, 300.0, np.float16)], 1.0)
    np.testing.assert_allclose(made[0].astype(float), 0.5, rtol=1e-3)


def test_the_norm_of_nothing_is_zero() -> None:
    assert float(optim.global_norm({"frozen": None})) == 0
    assert float(optim.global_norm([np.zeros(0), np.zeros((0, 2))], float("inf"))) == 0
    assert optim.clip_grad_norm({}, 1.0) == {}


@pytest.mark.parametrize("max_norm", [0.5, 1e9])
def test_clipping_compiles(max_norm: float) -> None:
    grads = random_grads(3)
    compiled = gl.compile(lambda g: optim.clip_grad_norm(g, max_norm), backend="numpy")
    np.testing.assert_allclose(
        compiled(grads)["w"], optim.clip_grad_norm(grads, max_norm)["w"], rtol=1e-14
    )


def test_a_number_that_is_none_is_named() -> None:
    grads = {"a": np.ones(3), "b": [np.array([1.0, np.nan, np.inf])]}
    with pytest.raises(gl.ArgumentError, match=r"gradient b\.0 has 2 of 3 elements that are not"):
        optim.clip_grad_norm(grads, 1.0, error_if_nonfinite=True)
    with pytest.raises(gl.ArgumentError, match=r"b\.0"):
        optim.check_finite(grads)
    large = [np.full(2, 1e200)]
    with np.errstate(over="ignore"), pytest.raises(gl.ArgumentError, match="finite gradients is"):
        optim.clip_grad_norm(large, 1.0, error_if_nonfinite=True)
    assert np.isnan(optim.clip_grad_norm(grads, 1.0)["a"]).all()  # as torch does
    optim.check_finite({"a": np.ones(3), "n": np.arange(3), "none": None})


def test_bounds_that_are_none_are_refused() -> None:
    with pytest.raises(gl.ArgumentError, match="max_norm: -1"):
        optim.clip_grad_norm({}, -1)
    with pytest.raises(gl.ArgumentError, match="value: nan"):
        optim.clip_grad_value({}, float("nan"))
    with pytest.raises(gl.ArgumentError, match="norm_type=0"):
        optim.global_norm({}, 0)
    with pytest.raises(gl.CallError, match="max_norm is a number, not str"):
        optim.clip_grad_norm({}, "1")  # type: ignore[arg-type]
