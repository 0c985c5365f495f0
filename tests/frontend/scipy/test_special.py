"""The Python functions of scipy.special, traced, beside scipy's own answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.scipy.special import TABLE
from tests.frontend.derivatives import differences, gradients
from tests.frontend.traced import assert_same, run_traced

scipy_special = pytest.importorskip("scipy.special")

_RNG = np.random.default_rng(0)
X = _RNG.normal(0, 3, (3, 4))
P = _RNG.uniform(0.1, 4, (3, 4))
W = _RNG.normal(0, 1, (3, 4))
AXES: list[dict[str, Any]] = [
    {}, {"axis": 0}, {"axis": -1}, {"axis": (0, 1)},
]  # fmt: skip


def _like_scipy(name: str, call: Callable[..., Any], *args: Any) -> None:
    with np.errstate(all="ignore"):
        theirs = call(getattr(scipy_special, name), *args)
    assert_same(run_traced(lambda *xs: call(TABLE[name], *xs), *args), theirs, rtol=1e-12)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("dtype", ["f8", "f4", "i8"])
def test_softmax_and_logsumexp_are_scipys(axis: dict[str, Any], dtype: str) -> None:
    x = X.astype(dtype)
    for name in ("softmax", "log_softmax", "logsumexp"):
        with np.errstate(all="ignore"):
            theirs = getattr(scipy_special, name)(x, **axis)
        ours = run_traced(lambda x, name=name: TABLE[name](x, **axis), x)
        assert_same(ours, theirs, rtol=1e-12 if dtype != "f4" else 2e-6)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
def test_logsumexp_takes_weights_and_gives_signs(axis: dict[str, Any], keepdims: bool) -> None:
    more = {**axis, "keepdims": keepdims}
    _like_scipy("logsumexp", lambda f, x, b: f(x, b=b, **more), X, np.abs(W))
    _like_scipy("logsumexp", lambda f, x, b: f(x, b=b, return_sign=True, **more), X, W)
    _like_scipy("logsumexp", lambda f, x: f(x, return_sign=True, **more), X)


@pytest.mark.parametrize(
    "x",
    [
        np.array([-np.inf, -np.inf]), np.array([np.inf, 1.0]), np.array([np.nan, 1.0]),
        np.array([1000.0, 1001.0]), np.array([-1e5, -1e5 - 1]), np.float64(3.0), X + 1j * P,
    ],
)  # fmt: skip
def test_logsumexp_holds_at_its_edges(x: Any) -> None:
    _like_scipy("logsumexp", lambda f, x: f(x), x)


_BELOW = tuple(
    np.array(numbers)
    for numbers in zip(
        (2.0, -0.5), (3.0, -0.5), (2.0, -1.25), (5.0, -7.9), (4.0, -1000.5), (2.0, -1e-3),
        (2.5, -0.5), (1.0, -0.5), (3.0, -4.0), (0.5, -0.5), (30.0, -2.5), (31.0, -0.75),
        strict=True,
    )
)  # fmt: skip


def test_the_zeta_function_has_slopes_below_zero() -> None:
    s, q = _BELOW
    whole = (s > 1) & (s == np.floor(s)) & (q != np.floor(q)) & (s < 30)
    s, q = s[whole], q[whole]
    slopes = gl.grad(lambda q: np.sum(TABLE["zeta"](s, q)))(q)
    np.testing.assert_allclose(slopes, -s * scipy_special.zeta(s + 1, q), rtol=1e-9, atol=1e-12)


def test_polygamma_zeta_and_choices_are_scipys() -> None:
    for n in (0, 1, 2, 5):
        _like_scipy("polygamma", lambda f, x, n=n: f(n, x), P)
    _like_scipy("polygamma", lambda f, x: f(np.arange(4), x), P)
    _like_scipy("polygamma", lambda f, x: f(1, x), P[0, 0])
    _like_scipy("zeta", lambda f, x: f(x), P + 1)
    points = np.array([0.5, 0.0, -1.0, -2.0, -3.5, 1.0, -0.1, -20.5, -10.25, 30.0])
    _like_scipy("zeta", lambda f, x: f(x), points)
    _like_scipy("zeta", lambda f, x, q: f(x, q), P + 1.5, P[::-1].copy())
    edges = np.array([2.0, 2.0, 2.0, 1.0]), np.array([0.0, -1.0, np.nan, 2.0])
    _like_scipy("zeta", lambda f, x, q: f(x, q), *edges)
    _like_scipy("zeta", lambda f, x, q: f(x, q), *_BELOW)
    _like_scipy("multigammaln", lambda f, x: f(x, 3), P + 2)
    _like_scipy("factorial", lambda f, x: f(x), np.array([-1.0, 0.5, 5.0, 20.0]))
    whole = np.array([10, 5, 3, 2]), np.array([3, 2, 4, -1])
    _like_scipy("comb", lambda f, n, k: f(n, k), *whole)
    _like_scipy("comb", lambda f, n, k: f(n, k, repetition=True), whole[0], np.array([3, 2, 4, 1]))
    _like_scipy("perm", lambda f, n, k: f(n, k), *whole)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(W * TABLE["softmax"](x, axis=1)),
        lambda x: np.sum(W * TABLE["log_softmax"](x)),
        lambda x: np.sum(TABLE["logsumexp"](x, axis=0) ** 2),
        lambda x: TABLE["logsumexp"](x, b=np.abs(W)),
        lambda x: np.sum(TABLE["zeta"](2 + x * x)),
        lambda x: np.sum(TABLE["polygamma"](2, 1 + x * x)),
        lambda x: np.sum(TABLE["comb"](8 + x, 2 + x / 10)),
    ],
)
def test_gradients_are_finite_differences(f: Callable[..., Any]) -> None:
    (given,) = gradients(f, X)
    expected = differences(lambda x: run_traced(f, x), [X], 0)
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(given, expected, rtol=1e-5, atol=1e-6 * scale)


def test_the_gradient_of_tied_maxima_is_the_softmax() -> None:
    (given,) = gradients(TABLE["logsumexp"], np.array([2.0, 2.0, 0.0]))
    np.testing.assert_allclose(given, scipy_special.softmax([2.0, 2.0, 0.0]), rtol=1e-14)
