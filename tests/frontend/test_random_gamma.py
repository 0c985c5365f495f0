"""Gamma, beta, Dirichlet and Poisson numbers: distributions, derivatives, batches, backends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import gradloom as gl
from gradloom import backends

r = gl.random
KEY = r.key(41)
MANY, FEW = 20_000, 3_000
SHAPES = np.array([0.05, 0.5, 1.0, 2.5, 40.0, 1e5])
ALPHA = np.array([0.5, 2.0, 3.0])


@pytest.mark.parametrize("place", range(len(SHAPES)))
def test_gamma_numbers_are_distributed_as_they_should(place: int) -> None:
    drawn = r.gamma(KEY, SHAPES, (MANY, len(SHAPES)))[:, place]
    assert stats.kstest(drawn, "gamma", args=(SHAPES[place],)).pvalue > 1e-3


def test_beta_and_dirichlet_numbers_are_distributed_as_they_should() -> None:
    drawn = r.beta(KEY, 0.5, 3.0, (MANY,))
    assert stats.kstest(drawn, "beta", args=(0.5, 3.0)).pvalue > 1e-3
    parts = r.dirichlet(KEY, ALPHA, (MANY,))
    np.testing.assert_allclose(parts.sum(axis=-1), 1.0)
    for part, a in zip(parts.T, ALPHA, strict=True):
        assert stats.kstest(part, "beta", args=(a, ALPHA.sum() - a)).pvalue > 1e-3
    tiny = r.dirichlet(
        KEY, np.full(4, 1e-4), (50,)
    )  # gamma numbers of it are below the least float
    np.testing.assert_allclose(tiny.sum(axis=-1), 1.0)


@pytest.mark.parametrize("lam", [0.01, 0.7, 3.0, 9.99, 10.0, 25.0, 400.0])
def test_poisson_numbers_are_distributed_as_they_should(lam: float) -> None:
    drawn = r.poisson(KEY, lam, (MANY,))
    assert drawn.dtype == np.int64
    inside = np.arange(*stats.poisson.ppf([2e-3, 1 - 2e-3], lam) + [0, 1]).astype(int)
    due = MANY * stats.poisson.pmf(inside, lam)
    met = np.array([(drawn == k).sum() for k in inside])
    due, met = np.append(due, MANY - due.sum()), np.append(met, MANY - met.sum())
    assert stats.chisquare(met, due, sum_check=False).pvalue > 1e-3


def test_large_means_have_poissons_mean_and_variance() -> None:
    drawn = r.poisson(KEY, np.array([1e6, 1e12]), (MANY, 2))
    for column, lam in zip(drawn.T, (1e6, 1e12), strict=True):
        assert abs(column.mean() - lam) < 4 * np.sqrt(lam / MANY)
        assert abs(column.var() / lam - 1) < 0.05


def test_parameters_at_and_beyond_the_ends() -> None:
    ends = np.array([0.0, np.inf, -1.0, np.nan])
    np.testing.assert_array_equal(r.gamma(KEY, ends), [0.0, np.inf, np.nan, np.nan])
    np.testing.assert_array_equal(r.poisson(KEY, ends), [0, -1, -1, -1])
    assert r.gamma(KEY, np.zeros(0)).shape == (0,)


def test_a_gamma_number_moves_along_its_quantile() -> None:
    a = np.array([0.3, 1.0, 1.5, 3.0, 20.0, 300.0])
    value, slope = gl.jvp(lambda a: r.gamma(KEY, a), (a,), (np.ones(6),))
    assert np.array_equal(value, r.gamma(KEY, a))
    share, step = special.gammainc(a, value), 1e-5 * a
    above, below = (special.gammaincinv(a + s, share) for s in (step, -step))
    own = a >= 1  # below, the number is a product of two that move each along its own quantile
    np.testing.assert_allclose(slope[own], ((above - below) / (2 * step))[own], rtol=1e-6)
    by = gl.grad(lambda a: np.sum(r.gamma(KEY, a)))
    np.testing.assert_allclose(by(a), slope, rtol=1e-12)
    second = gl.jvp(by, (a,), (np.ones(6),))[1]
    wide = 1e-3 * a
    above, below = (special.gammaincinv(a + s, share) for s in (wide, -wide))
    due = (above - 2 * value + below) / wide**2
    np.testing.assert_allclose(second[own], due[own], rtol=1e-3, atol=1e-8)


@pytest.mark.parametrize("a", [0.4, 1.7])
def test_derivatives_of_samples_average_to_those_of_the_mean(a: float) -> None:
    slopes = gl.jvp(lambda a: r.gamma(KEY, a, (FEW,)), (a,), (1.0,))[1]
    assert abs(slopes.mean() - 1.0) < 5 * slopes.std() / np.sqrt(FEW)
    slopes = gl.jvp(lambda a: r.beta(KEY, a, 2.0, (FEW,)), (a,), (1.0,))[1]
    assert abs(slopes.mean() - 2 / (a + 2) ** 2) < 5 * slopes.std() / np.sqrt(FEW)
    parts = gl.jvp(lambda a: r.dirichlet(KEY, ALPHA * a, (FEW,)), (a,), (1.0,))[1]
    np.testing.assert_allclose(parts.sum(axis=-1), 0.0, atol=1e-9)


def test_a_batch_is_a_loop() -> None:
    keys, a = r.split(KEY, 3), np.array([0.4, 2.0, 30.0])
    for f in (
        lambda k, a: r.gamma(k, a, (4,)),
        lambda k, a: r.poisson(k, a, (4,)),
        lambda k, a: gl.grad(lambda a: np.sum(r.gamma(k, a, (2,))))(a),
    ):
        due = np.stack([f(k, x) for k, x in zip(keys, a, strict=True)])
        np.testing.assert_allclose(gl.vmap(f)(keys, a), due, rtol=1e-12)


def _several(k: Any, a: Any) -> Any:
    return (
        r.gamma(k, a, (200, 6)),
        r.gamma(k, a, (200, 6), np.float32),
        r.dirichlet(k, a, (200,)),
        r.poisson(k, a, (200, 6)),
        gl.grad(lambda a: np.sum(r.gamma(k, a) ** 2))(a),
    )


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_every_backend_draws_the_same(backend: str) -> None:
    pytest.importorskip(backends.get(backend).package)
    due = _several(KEY, SHAPES)
    found = gl.compile(_several, backend=backend)(KEY, SHAPES)
    for got, wanted in zip(found, due, strict=True):
        assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape)
        rtol = 1e-6 if got.dtype == np.float32 else 1e-9
        np.testing.assert_allclose(got, wanted, rtol=rtol, atol=1e-300)


# ---- np.random -----------------------------------------------------------------------------------

NUMPYS = {
    "standard_gamma": (lambda g, p: g.standard_gamma(2.0 * p, MANY), stats.gamma(2.0)),
    "gamma": (lambda g, p: g.gamma(2.0 * p, 3.0, MANY), stats.gamma(2.0, scale=3.0)),
    "chisquare": (lambda g, p: g.chisquare(3 * p, MANY), stats.chi2(3)),
    "f": (lambda g, p: g.f(5 * p, 8, MANY), stats.f(5, 8)),
    "standard_t": (lambda g, p: g.standard_t(4 * p, MANY), stats.t(4)),
    "beta": (lambda g, p: g.beta(2 * p, 3, MANY), stats.beta(2, 3)),
}


@pytest.mark.parametrize("name", NUMPYS)
@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
def test_numpys_generators_draw_them_in_a_trace(name: str, make: Any) -> None:
    draw, law = NUMPYS[name]
    generator = make(8)
    f = gl.compile(lambda p: draw(generator, p))
    assert stats.kstest(f(1.0), law.cdf).pvalue > 1e-3
    assert not np.array_equal(f(1.0), f(1.0))


def test_numpys_discrete_ones_and_parts_in_a_trace() -> None:
    rng = np.random.default_rng(5)
    chances = np.array([0.2, 0.5, 0.3])
    f = gl.compile(
        lambda p, c: (
            rng.poisson(4.0 * p, (MANY,)),
            rng.negative_binomial(3 * p, 0.4, MANY),
            rng.multinomial(10, c, MANY),
            rng.dirichlet(c * 10, MANY),
        )
    )
    counts, failures, falls, parts = f(1.0, chances)
    assert counts.dtype == failures.dtype == falls.dtype == np.int64
    assert abs(counts.mean() - 4.0) < 0.1
    assert abs(failures.mean() - 4.5) < 0.15
    assert (falls.sum(axis=-1) == 10).all()
    assert (falls >= 0).all()
    np.testing.assert_allclose(falls.mean(axis=0), 10 * chances, atol=0.1)
    np.testing.assert_allclose(parts.mean(axis=0), chances, atol=0.02)


def test_what_they_do_not_offer_is_refused_by_name() -> None:
    rng = np.random.default_rng(5)
    with pytest.raises(gl.NotSupported, match=r"np\.random\.multinomial: n=2000"):
        gl.compile(lambda c: rng.multinomial(2000, c))(ALPHA)
    with pytest.raises(gl.NotSupported, match="out= is not offered"):
        gl.compile(lambda a: rng.standard_gamma(a, out=np.zeros(3)))(ALPHA)
    with pytest.raises(gl.ShapeError, match="alpha has at least one axis"):
        r.dirichlet(KEY, 2.0)
    with pytest.raises(gl.DtypeError, match="gives integers"):
        r.poisson(KEY, 2.0, dtype=float)
