"""The algorithms of the special functions beside scipy's values, over wide grids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.interpret import interpret
from gradloom.ir.special import bessel, error, exponential, gamma, incomplete
from gradloom.ir.types import type_of

scipy_special = pytest.importorskip("scipy.special")

_RNG = np.random.default_rng(0)
_EDGES = np.array([0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e-300, -1e-300, 1e300, -1e300, 170.5, np.nan])


def _run(f: Callable[..., Any], *arrays: np.ndarray) -> Any:
    xs = [np.asarray(x, float) for x in np.broadcast_arrays(*arrays)]
    graph = build.graph_of(lambda *v: f(*v), [type_of(x) for x in xs])
    return interpret(graph, xs)[0]


def _agree(
    ours: Callable[..., Any], theirs: Callable[..., Any], *xs: np.ndarray, rtol: float = 1e-13,
    atol: float = 0.0,
) -> None:  # fmt: skip
    with np.errstate(all="ignore"):
        expected = theirs(*xs)
    np.testing.assert_allclose(_run(ours, *xs), expected, rtol=rtol, atol=max(atol, 1e-300))


def _powers(low: float, high: float, count: int = 300) -> np.ndarray:
    """Numbers of every size, 10^low to 10^high."""
    drawn: np.ndarray = 10 ** _RNG.uniform(low, high, count)
    return drawn


_REALS = np.concatenate(
    [_EDGES, [np.inf], _RNG.normal(0, 2, 500), _RNG.normal(0, 10, 200), _powers(-20, 2.4),
     -_powers(-20, 2.4)]
)  # fmt: skip


@pytest.mark.parametrize("name", ["erf", "erfc", "erfcx"])
def test_the_error_function_is_scipys_also_far_out(name: str) -> None:
    _agree(getattr(error, name), getattr(scipy_special, name), _REALS)


def test_its_inverses_are_scipys_up_to_the_ends() -> None:
    p = np.concatenate([[0.0, 1.0, -1.0, 1.5, np.nan], _RNG.uniform(-1, 1, 300), _powers(-300, 0)])
    ends = np.concatenate([1 - _powers(-15, 0), _powers(-15, 0) - 1])
    _agree(o.erfinv, scipy_special.erfinv, np.concatenate([p, ends]))
    q = np.concatenate([[0.0, 1.0, 2.0, -1.0], _RNG.uniform(0, 2, 300), _powers(-300, 0)])
    _agree(error.erfcinv, scipy_special.erfcinv, q, atol=1e-16)


def test_gamma_and_its_logarithm_are_scipys() -> None:
    x = np.concatenate([_REALS, _RNG.uniform(-160, 171, 200), _powers(-300, 300)])
    _agree(gamma.gamma, scipy_special.gamma, x[np.abs(x) > 1e-308])
    _agree(gamma.lgamma, scipy_special.gammaln, x, atol=1e-14)
    _agree(gamma.sign_of_gamma, scipy_special.gammasgn, x)


def test_the_logarithm_of_gamma_keeps_its_digits_at_its_zeros() -> None:
    near = np.concatenate([_powers(-15, -9), -_powers(-15, -9)])
    with np.errstate(all="ignore"):
        at_one = ((1 + near) - 1) * (-np.euler_gamma + ((1 + near) - 1) * (np.pi**2 / 12))
        at_two = ((2 + near) - 2) * (1 - np.euler_gamma + ((2 + near) - 2) * (np.pi**2 / 12 - 0.5))
    np.testing.assert_allclose(_run(gamma.lgamma, 1 + near), at_one, rtol=1e-13)
    np.testing.assert_allclose(_run(gamma.lgamma, 2 + near), at_two, rtol=1e-13)


def test_psi_polygamma_zeta_and_beta_are_scipys() -> None:
    x = np.concatenate([_EDGES, _RNG.uniform(0.01, 30, 300), _powers(-10, 10)])
    _agree(gamma.digamma, scipy_special.psi, x, atol=1e-15)
    for n in (1, 2, 5):
        _agree(
            lambda x, n=n: gamma.polygamma(n, x), lambda x, n=n: scipy_special.polygamma(n, x), x
        )
    _agree(gamma.zeta, scipy_special.zeta, _powers(0.02, 1.5) + 0.05, _powers(-3, 4))
    # scipy's own beta loses digits where one parameter is large
    a, b = _RNG.uniform(0.1, 60, 300), _RNG.uniform(0.1, 60, 300)
    _agree(gamma.betaln, scipy_special.betaln, a, b, rtol=1e-12, atol=1e-13)


def test_derivatives_of_psi_below_zero_keep_their_digits_where_scipys_lose_them() -> None:
    # psi_1(-1/2) = pi^2/2 + 4; psi_2(-n - 1/2) = psi_2(1/2) + sum 2 / (k + 1/2)^3
    np.testing.assert_allclose(
        _run(lambda x: gamma.polygamma(1, x), np.array([-0.5])), np.pi**2 / 2 + 4, rtol=1e-15
    )
    steps = sum(2 / (k + 0.5) ** 3 for k in range(31))
    expected = scipy_special.polygamma(2, 0.5) + steps
    found = _run(lambda x: gamma.polygamma(2, x), np.array([-30.5]))
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_the_incomplete_gamma_function_is_scipys() -> None:
    a = _powers(-3, 4.5, 1500)
    spread = np.clip(1 + _RNG.normal(0, 3, 1500) / np.sqrt(a), 0.01, None)
    x = a * np.where(_RNG.uniform(size=1500) < 0.5, spread, _powers(-1, 1, 1500))
    _agree(incomplete.gammainc, scipy_special.gammainc, a, x, rtol=2e-11, atol=1e-280)
    _agree(incomplete.gammaincc, scipy_special.gammaincc, a, x, rtol=2e-11, atol=1e-280)
    small, y = _powers(-8, 1.4, 500), _powers(-8, 2, 500)
    _agree(incomplete.gammainc, scipy_special.gammainc, small, y, rtol=3e-13)
    _agree(incomplete.gammaincc, scipy_special.gammaincc, small, y, rtol=3e-13, atol=1e-290)
    ends = np.array([0.0, 1.0, -1.0, np.inf, np.nan, 2.0])
    grid = [g.ravel() for g in np.meshgrid(ends, ends)]
    _agree(incomplete.gammainc, scipy_special.gammainc, *grid)
    _agree(incomplete.gammaincc, scipy_special.gammaincc, *grid)


def test_the_incomplete_beta_function_is_scipys() -> None:
    a, b, x = _powers(-2, 4, 1000), _powers(-2, 4, 1000), _RNG.uniform(0, 1, 1000)
    x[:400] = scipy_special.betaincinv(a[:400], b[:400], _RNG.uniform(0, 1, 400))
    _agree(incomplete.betainc, scipy_special.betainc, a, b, x, rtol=1e-11, atol=1e-250)
    ends = np.array([0.0, 1.0, -1.0, np.inf, np.nan, 2.0])
    grid = [g.ravel() for g in np.meshgrid(ends, ends, [0.0, 0.5, 1.0, -1.0, 2.0, np.nan])]
    _agree(incomplete.betainc, scipy_special.betainc, *grid)


def test_exponential_integrals_and_the_dilogarithm_are_scipys() -> None:
    _agree(exponential.exp1, scipy_special.exp1, _REALS)
    _agree(exponential.expi, scipy_special.expi, _REALS, atol=1e-14)
    for n in (0, 1, 2, 3, 10):
        x = np.abs(_REALS)
        _agree(lambda x, n=n: exponential.expn(n, x), lambda x, n=n: scipy_special.expn(n, x), x)
    finite = _REALS[np.isfinite(_REALS)]
    _agree(exponential.spence, scipy_special.spence, finite, atol=1e-14)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 20])
def test_bessel_functions_are_scipys(n: int) -> None:
    x = np.concatenate([_REALS[np.abs(_REALS) < 1e3], _RNG.uniform(0, 500, 200)])
    _agree(lambda x: bessel.bessel_j(n, x), lambda x: scipy_special.jv(n, x), x, atol=2e-14)
    inside = _RNG.uniform(0.02, max(n, 2), 100)
    _agree(lambda x: bessel.bessel_j(n, x), lambda x: scipy_special.jv(n, x), inside, rtol=5e-13)
    _agree(lambda x: bessel.bessel_y(n, x), lambda x: scipy_special.yn(n, x), x, atol=2e-14)
    wide = np.concatenate([x, -x])
    _agree(lambda x: bessel.bessel_ie(n, x), lambda x: scipy_special.ive(n, x), wide, rtol=1e-12)
    inside = x[(x > 0.01) | ~(x > 0)]  # nearer to 0 the two overflow at different places
    _agree(lambda x: bessel.bessel_ke(n, x), lambda x: scipy_special.kve(n, x), inside)
