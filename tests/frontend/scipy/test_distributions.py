"""scipy.stats' distributions, traced, beside scipy's own answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.scipy.distributions import FAMILIES
from tests.frontend.scipy.agreement import assert_derivatives, outcome
from tests.frontend.traced import assert_same, run_traced

stats = pytest.importorskip("scipy.stats")

RNG = np.random.default_rng(0)
SHAPES: dict[str, list[tuple[float, ...]]] = {
    "truncnorm": [(-1.0, 2.0), (0.5, 3.0), (-3.0, -1.0), (2.0, 1.0)], "lognorm": [(0.7,), (0.0,)],
    "gamma": [(2.5,), (0.5,), (1.0,), (-1.0,)], "invgamma": [(2.5,)], "chi2": [(3.0,), (1.0,)],
    "beta": [(2.0, 3.0), (0.5, 0.5), (1.0, 1.0), (-1.0, 1.0)], "f": [(3.0, 5.0), (2.0, 2.0)],
    "t": [(3.0,), (np.inf,), (-1.0,)], "pareto": [(2.0,)], "weibull_min": [(1.5,), (1.0,), (0.7,)],
    "poisson": [(2.5,), (0.0,), (-1.0,)], "bernoulli": [(0.3,), (0.0,), (1.0,), (1.2,)],
    "binom": [(5.0, 0.3), (5.0, 0.0), (4.5, 0.3), (5.0, 1.0)], "geom": [(0.3,), (1.0,), (0.0,)],
    "nbinom": [(3.0, 0.4), (2.5, 1.0), (1.0, 0.0)],
}  # fmt: skip
"""For each family with shape parameters: some that it takes, and some that it does not."""
POINTS = np.array(
    [-np.inf, -40, -2.5, -1, -0.5, 0, 0.3, 1, 1.5, 2, 3, 4.5, 5, 7, 40, np.inf, np.nan]
)
CHANCES = np.array([-0.5, 0.0, 1e-9, 0.1, 0.4, 0.9, 1 - 1e-9, 1.0, 1.5, np.nan])
VALUES = ("pdf", "logpdf", "pmf", "logpmf", "cdf", "sf", "logcdf", "logsf")


def _agrees(
    name: str, method: str, x: Any, parameters: tuple[float, ...], rtol: float = 1e-9
) -> bool:
    """Whether it has a traced form, which then gives what scipy's method gives."""
    dist = getattr(stats, name)
    given = [np.float64(p) for p in parameters]
    ours = outcome(lambda: run_traced(lambda *xs: getattr(dist, method)(*xs), *x, *given))
    if isinstance(ours, gl.NotSupported):
        return False
    assert_same(ours, outcome(getattr(dist, method), *x, *parameters), rtol=rtol)
    return True


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(FAMILIES)), st.sampled_from([(), (0.5,), (1.0, 2.0)]), st.data())
def test_densities_and_tails_are_scipys(
    name: str, place: tuple[float, ...], data: st.DataObject
) -> None:
    is_discrete = FAMILIES[name].is_discrete
    shapes = data.draw(st.sampled_from(SHAPES.get(name, [()])))
    method = data.draw(st.sampled_from(VALUES))
    if hasattr(getattr(stats, name), method):
        assert _agrees(name, method, (POINTS,), (*shapes, *(place[:1] if is_discrete else place)))


@pytest.mark.parametrize("name", [n for n in FAMILIES if FAMILIES[n].ppf is not None])
def test_quantiles_are_scipys(name: str) -> None:
    for shapes in SHAPES.get(name, [()]):
        for method in ("ppf", "isf"):
            assert _agrees(name, method, (CHANCES,), (*shapes, 0.5, 2.0))


@pytest.mark.parametrize("name", [n for n in FAMILIES if FAMILIES[n].mean is not None])
def test_moments_are_scipys(name: str) -> None:
    place = (0.5,) if FAMILIES[name].is_discrete else (0.5, 2.0)
    for shapes in SHAPES.get(name, [()]):
        for method in ("mean", "var", "std"):
            assert _agrees(name, method, (), (*shapes, *place))


def test_single_precision_whole_numbers_and_scalars_are_scipys() -> None:
    for x in (np.float32(0.3), np.array([1, 2]), np.array(0.5), np.ones((2, 1), np.float32)):
        assert _agrees("norm", "logpdf", (x,), (0.5, 2.0))
        assert _agrees("poisson", "pmf", (x,), (2.0,))
        assert _agrees("expon", "ppf", (x,), (0.5, 2.0), rtol=1e-6)  # in the precision of x


@pytest.mark.parametrize("name", FAMILIES)
def test_gradients_by_values_and_by_parameters_are_finite_differences(name: str) -> None:
    dist, is_discrete = getattr(stats, name), FAMILIES[name].is_discrete
    x = np.array([1.0, 2.0, 4.0]) if is_discrete else np.array([0.3, 0.6, 0.8])
    shapes = SHAPES.get(name, [()])[0]
    if name == "binom":
        assert_derivatives(
            lambda p: dist.logpmf(x, 5, p[0]) + dist.cdf(x, 5, p[0]), np.array([0.3])
        )
        return
    x = x + 1 if name == "pareto" else np.array([0.0, 1.0, 1.0]) if name == "bernoulli" else x

    def density(*args: Any, **more: Any) -> Any:
        return (dist.logpmf if is_discrete else dist.logpdf)(*args, **more)

    if is_discrete:
        assert_derivatives(lambda p: density(x, *p) + dist.sf(x, *p), np.array(shapes))
        return
    n = len(shapes)

    def f(p: Any) -> Any:
        place = {"loc": p[n], "scale": p[n + 1]}
        made = density(p[n + 2 :], *p[:n], **place) + dist.cdf(p[n + 2 :], *p[:n], **place)
        if FAMILIES[name].ppf is not None:
            made = made + dist.ppf(p[-1] / 4, *p[:n], **place)
        return made

    assert_derivatives(f, np.array([*shapes, 0.01, 1.1, *(x + 0.1)]))


def test_what_is_outside_the_support_has_no_part_in_derivatives() -> None:
    x = np.array([-1.0, 0.5, 2.0])
    for name, parameters in (("uniform", ()), ("beta", (2.0, 3.0)), ("truncnorm", (0.0, 1.0))):
        dist = getattr(stats, name)
        for method in ("logpdf", "logcdf"):

            def f(x: Any, dist: Any = dist, method: str = method, more: Any = parameters) -> Any:
                return getattr(dist, method)(x, *more)

            np.testing.assert_array_equal(gl.grad(lambda x: np.sum(f(x)[:1]))(x), 0)
            assert np.all(np.isfinite(gl.hessian(lambda x: np.sum(np.exp(f(x))))(x)))
    by_scale = gl.grad(lambda s: stats.expon.logpdf(np.array([-1.0, 2.0]), 0.0, s)[1])(2.0)
    np.testing.assert_allclose(by_scale, 2.0 / 4 - 1 / 2)


def test_frozen_distributions_are_traced() -> None:
    x = np.array([0.3, 1.2])

    def likelihood(p: Any) -> Any:
        made = stats.norm(p[0], scale=p[1]).logpdf(x) + stats.gamma(a=p[1], loc=-1).logcdf(x)
        return np.sum(made + stats.poisson(p[1]).logpmf([1, 2])) + stats.norm(p[0], p[1]).mean()

    assert_derivatives(likelihood, np.array([0.5, 2.0]))
    frozen = stats.norm(0.5, 2.0)
    assert_derivatives(lambda x: frozen.cdf(x) + frozen.logpdf(x) * frozen.ppf(0.3), x)
    batched = gl.vmap(lambda m: stats.norm(m).logpdf(0.3))(x)
    np.testing.assert_allclose(batched, stats.norm(x).logpdf(0.3))


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("norm.rvs", lambda x: stats.norm.rvs(x)), ("norm.rvs", lambda x: stats.norm(x).rvs()),
        ("gamma.ppf", lambda x: stats.gamma.ppf(0.3, x)),
        ("nct.pdf", lambda x: stats.nct.pdf(x, 1, 1)),
        ("norm.entropy", lambda x: stats.norm(scale=x).entropy()),
        ("multivariate_normal.rvs", lambda x: stats.multivariate_normal(x).rvs()),
        ("ttest_1samp", lambda x: stats.ttest_1samp(x * np.ones(3), 0.0)),
    ],
)  # fmt: skip
def test_what_has_no_traced_form_is_refused_by_name(name: str, f: Any) -> None:
    with pytest.raises(gl.NotSupported, match=rf"^scipy\.stats\.{name}: "):
        gl.grad(f)(1.0)


def test_methods_are_scipys_own_again_after_a_trace_and_with_plain_arguments() -> None:
    before = {**vars(type(stats.norm).__mro__[1])}
    rows = gl.compile(lambda x: x * stats.norm.rvs(size=2, random_state=0))(np.ones(2))
    np.testing.assert_array_equal(rows, stats.norm.rvs(size=2, random_state=0))
    assert {**vars(type(stats.norm).__mro__[1])} == before


# ---- distributions of vectors --------------------------------------------------------------------

HALF = RNG.normal(size=(3, 3))
COV, MEAN = HALF @ HALF.T + np.eye(3), RNG.normal(size=3)


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 1, 3)])
def test_normal_densities_of_vectors_are_scipys(shape: tuple[int, ...]) -> None:
    x, normal = RNG.normal(size=shape), stats.multivariate_normal
    calls: tuple[Any, ...] = (
        lambda x, m, c: normal.logpdf(x, m, c), lambda x, m, c: normal(m, c).pdf(x),
        lambda x, m, c: normal.logpdf(x, m, cov=np.diag(c)), lambda x, m, c: normal.pdf(x, m, 2.0),
    )  # fmt: skip
    for f in calls:
        assert_same(run_traced(f, x, MEAN, COV), f(x, MEAN, COV), rtol=1e-10)
    assert_derivatives(lambda c: normal(MEAN, c @ c.T + np.eye(3)).logpdf(x), HALF)
    assert_derivatives(lambda m: normal.logpdf(x, mean=m, cov=COV), MEAN)


def test_dirichlets_densities_are_scipys() -> None:
    alpha = np.array([1.5, 2.0, 3.0])
    points = RNG.dirichlet(alpha, size=5).T
    calls: tuple[Any, ...] = (
        lambda x, a: stats.dirichlet.logpdf(x, a), lambda x, a: stats.dirichlet(a).pdf(x[:-1]),
    )  # fmt: skip
    for f in calls:
        assert_same(run_traced(f, points, alpha), f(points, alpha), rtol=1e-10)
    assert_derivatives(lambda a: stats.dirichlet.logpdf(points, a), alpha)
    with pytest.raises(ValueError, match="simplex"):
        gl.grad(lambda a: stats.dirichlet.logpdf(np.ones(3), a))(alpha)
