"""The ufuncs of scipy.special, traced, beside scipy's own answers and finite differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradloom.frontend.scipy.special_ufuncs import UFUNCS
from gradloom.ir.errors import NotSupported
from gradloom.ir.op import Op
from gradloom.ir.ops import special
from tests.frontend.traced import run_traced, traced_graph
from tests.ops.derivatives import check_derivatives

scipy_special = pytest.importorskip("scipy.special")

_RNG = np.random.default_rng(0)
_EDGES = [0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3.0, 10.0, 1e-8, -1e-8, 1e5, -1e5, np.nan, 170.0, -30.5]
_WIDE = np.concatenate([_EDGES, _RNG.normal(0, 1.5, 60), _RNG.uniform(0, 1, 40)])
_FEW = np.concatenate([[1.0, 2.0, 0.5, 10.0, 25.5, np.nan], _RNG.uniform(0.01, 0.99, 5)])
_POSITIVE = {"binom", "beta", "betaln", "poch", "powm1", "fdtr", "stdtr", "gdtr", "gdtrc", "kl_div"}
_ORDERED = {
    "jv", "jn", "yv", "yn", "iv", "ive", "kv", "kn", "kve", "expn", "eval_legendre", "eval_chebyt",
    "eval_chebyu", "eval_hermite", "eval_hermitenorm", "eval_laguerre",
}  # fmt: skip
_RTOL = {"betainc": 3e-12, "betaincc": 3e-12, "gdtr": 1e-12, "gdtrc": 1e-12, "cosm1": 1e-11}
_J_AND_Y = {"jv", "jn", "yv", "yn", "j0", "j1", "y0", "y1"}


def _like_scipy(name: str, f: Callable[..., Any], *args: np.ndarray) -> None:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bdtr's, of numbers that are not whole
        theirs = f(*args)
    ours = run_traced(f, *args)
    assert ours.dtype == theirs.dtype
    rtol = max(_RTOL.get(name, 2e-13), 20 * float(np.finfo(theirs.dtype).eps))
    # zeros of J and Y are as exact as the argument is; so is log gamma at its own below zero
    atol = 1e-14 if name in _J_AND_Y or name in ("gammaln", "psi", "digamma", "expi") else 1e-290
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=max(atol, 0))


def _arguments(name: str, count: int) -> list[np.ndarray]:
    if name == "bdtr":  # of which scipy takes whole numbers alone
        return [g.ravel() for g in np.meshgrid([0.0, 1, 3], [4.0, 9], [0.0, 0.3, 1.0])]
    if count == 1:
        return [_WIDE]
    if name in ("pdtr", "pdtrc"):
        return [g.ravel() for g in np.meshgrid([-1.0, 0.0, 1.5, 4.0], [0.0, 0.5, 3.0, np.nan])]
    grid = _FEW if name in _POSITIVE or count > 2 else np.concatenate([_FEW, [0.0, -1.5, np.inf]])
    if name in ("boxcox", "boxcox1p", "inv_boxcox", "inv_boxcox1p"):
        grid = np.concatenate([_FEW, [0.0, -1.5]])
    if name == "betaincc":  # 1 - x is exact there
        grid = np.round(grid * 64) / 64
    return [g.ravel() for g in np.meshgrid(*[grid] * count)]


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_values_are_scipys(name: str) -> None:
    ufunc = getattr(scipy_special, name)
    if name in _ORDERED:
        for n in (0, 1, 2, 5) if name.startswith("eval") else (0, 1, 2, 5, -1, -2):
            x = np.abs(_WIDE) if name == "expn" else _WIDE
            x = x[~np.isnan(x)] if name.startswith("eval") else x
            _like_scipy(name, lambda x, n=n: ufunc(n, x), x)
        return
    x = _WIDE[np.abs(_WIDE) < 1e4] if name in _J_AND_Y else _WIDE
    _like_scipy(name, ufunc, *([x] if ufunc.nin == 1 else _arguments(name, ufunc.nin)))


_RANGES = {
    **dict.fromkeys(("logit", "ndtri", "erfinv", "erfcinv", "ellipk", "ellipe"), (0.1, 0.8)),
    **dict.fromkeys(("entr", "loggamma", "spence", "y0", "y1", "k0", "k1", "k0e"), (0.4, 2.5)),
    **dict.fromkeys(("gamma", "gammaln", "psi", "exp1", "expi", "ellipkm1", "k1e"), (0.4, 2.5)),
    **dict.fromkeys(("betainc", "betaincc"), (0.2, 0.8)),
}
_FLAT = {"round", "gammasgn"}
_STEPPED = {"pdtr", "pdtrc", "bdtr", "sindg", "cosdg", "tandg"}


_OPS = {op.name for op in vars(special).values() if isinstance(op, Op)} | {
    "betaincc", "gammaln", "loggamma", "psi", "erf", "chdtr", "chdtrc", "gdtr", "gdtrc",
    "stdtr", "fdtr",
}  # fmt: skip
"""Ops, whose rules have tests of their own, and what is an op of other operands."""


@pytest.mark.parametrize("name", sorted(set(UFUNCS) - _ORDERED - _FLAT - _STEPPED - _OPS))
def test_derivatives_are_finite_differences_to_second_order(name: str) -> None:
    ufunc = getattr(scipy_special, name)
    low, high = _RANGES.get(name, (0.35, 2.1))
    drawn = np.random.default_rng(3)
    args = [drawn.uniform(low, high, 2) for _ in range(ufunc.nin)]
    graph, _ = traced_graph(ufunc, *args)
    check_derivatives(graph, tuple(args), [True] * ufunc.nin)


@pytest.mark.parametrize("name", sorted(_ORDERED))
def test_derivatives_of_an_order_are_finite_differences(name: str) -> None:
    ufunc = getattr(scipy_special, name)
    x = np.array([0.7, 3.3])
    for n in (0, 3):
        graph, _ = traced_graph(lambda x, n=n: ufunc(n, x), x)
        check_derivatives(graph, (x,), [True])


@pytest.mark.parametrize("name", ["erf", "gammaln", "betainc", "expit", "jv", "xlogy", "ndtr"])
@pytest.mark.parametrize("dtype", ["f4", "i8", "f2", "bool"])
def test_the_dtype_is_that_of_scipys_loop(name: str, dtype: str) -> None:
    ufunc = getattr(scipy_special, name)
    x = np.array([1, 0, 1]).astype(dtype)
    ones = np.array([1, 1, 1]).astype(dtype)
    if name == "jv":
        _like_scipy(name, lambda x: ufunc(2, x), x)
    else:
        _like_scipy(name, ufunc, *([x] if ufunc.nin == 1 else [ones] * (ufunc.nin - 1) + [x]))


def test_a_function_without_a_traced_form_is_named() -> None:
    with pytest.raises(NotSupported, match=r"scipy\.special\.airy: this function has no traced"):
        run_traced(scipy_special.airy, np.ones(2))


def test_a_traced_order_is_refused() -> None:
    with pytest.raises(NotSupported, match=r"scipy\.special\.jv: its order has to be"):
        run_traced(scipy_special.jv, np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    with pytest.raises(NotSupported, match=r"complex operands are not offered"):
        run_traced(scipy_special.gamma, np.array([1j]))


def test_keywords_and_numbers_are_taken() -> None:
    def f(x: Any) -> Any:
        out = np.zeros_like(x)
        scipy_special.erf(x, out=out)
        return out, scipy_special.expit(x[0]), scipy_special.xlogy(2, x * x)

    x = np.array([0.3, -1.0, 2.0])
    ours = run_traced(f, x)
    for a, b in zip(ours, f(x), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)
