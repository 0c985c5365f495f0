"""np.random in traced functions: ops where a traced value decides, else numpy's own sample."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import gradloom as gl

rng = np.random.default_rng(5)
MANY = 4000


def _twice(f: Any, *args: Any) -> list[Any]:
    return [np.asarray(f(*args)) for _ in range(2)]


def test_a_compiled_function_draws_anew_at_every_call_and_a_seed_repeats_it() -> None:
    f = gl.compile(lambda x: np.random.normal(x, 1.0, size=3))
    np.random.seed(1)
    first, second = _twice(f, 2.0)
    np.random.seed(1)
    again, after = _twice(f, 2.0)
    assert (first != second).all()
    np.testing.assert_array_equal([again, after], [first, second])


def test_the_first_call_traces_and_draws_no_more_than_any_other() -> None:
    np.random.seed(1)
    fresh = gl.compile(lambda x: np.random.normal(x, 1.0))(2.0)
    np.random.seed(1)
    assert gl.compile(lambda x: np.random.normal(x, 1.0))(2.0) == fresh
    state = np.random.get_state()[2]
    gl.compile(lambda x: np.random.normal(x, 1.0)).graph(2.0)
    assert np.random.get_state()[2] == state


class Model:
    """Holds a generator."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(5)

    def noisy(self, x: Any) -> Any:
        """x with noise."""
        return self.rng.normal(x, 1.0)


def test_generators_are_found_wherever_the_function_has_them() -> None:
    inner, held = np.random.default_rng(5), {"rng": np.random.default_rng(5)}
    model = Model()
    ways = [
        lambda x: inner.normal(x, 1.0),
        lambda x: held["rng"].normal(x, 1.0),
        lambda x: model.rng.normal(x, 1.0),
        Model().noisy,
    ]
    samples = [_twice(gl.compile(f), 2.0) for f in ways]
    given = np.random.default_rng(5)
    samples.append(_twice(gl.compile(lambda x, g: g.normal(x, 1.0)), 2.0, given))
    assert samples[0][0] != samples[0][1]
    for pair in samples[1:]:
        assert pair == samples[0]
    assert all(type(g) is np.random.Generator for g in (inner, held["rng"], model.rng, given))


def test_a_generator_of_the_module_is_itself_again_after_the_trace() -> None:
    before = rng
    assert np.ndim(gl.grad(lambda x: rng.normal(x, 1.0))(1.0)) == 0
    with pytest.raises(ZeroDivisionError):
        gl.grad(lambda x: rng.normal(x, 1.0) / (1 // 0))(1.0)
    assert rng is before
    assert type(rng) is np.random.Generator


def test_a_generator_made_inside_with_a_seed_gives_the_same_at_every_call() -> None:
    def f(x: Any) -> Any:
        return np.random.default_rng(3).normal(x, 1.0, size=2)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = _twice(gl.compile(f), 1.0)
        np.testing.assert_array_equal(first, second)
        plain = gl.compile(lambda x: x + np.random.default_rng(3).normal(size=2))(1.0)
    np.testing.assert_array_equal(plain, 1.0 + np.random.default_rng(3).normal(size=2))


def test_one_made_inside_without_a_seed_gives_others() -> None:
    first, second = _twice(gl.compile(lambda x: np.random.default_rng().normal(x, 1.0)), 1.0)
    assert first != second


DISTRIBUTIONS: dict[str, tuple[Any, Any]] = {
    "uniform": (lambda g, a: g.uniform(a, 3.0, MANY), ("uniform", (0.5, 2.5))),
    "normal": (lambda g, a: g.normal(1.0, a, MANY), ("norm", (1.0, 0.5))),
    "laplace": (lambda g, a: g.laplace(a, 2.0, MANY), ("laplace", (0.5, 2.0))),
    "logistic": (lambda g, a: g.logistic(a, 2.0, MANY), ("logistic", (0.5, 2.0))),
    "gumbel": (lambda g, a: g.gumbel(a, 2.0, MANY), ("gumbel_r", (0.5, 2.0))),
    "exponential": (lambda g, a: g.exponential(a, MANY), ("expon", (0.0, 0.5))),
    "lognormal": (lambda g, a: g.lognormal(0.0, a, MANY), ("lognorm", (0.5,))),
    "rayleigh": (lambda g, a: g.rayleigh(a, MANY), ("rayleigh", (0.0, 0.5))),
    "weibull": (lambda g, a: g.weibull(a, MANY), ("weibull_min", (0.5,))),
    "pareto": (lambda g, a: g.pareto(a, MANY) + 1, ("pareto", (0.5,))),
    "power": (lambda g, a: g.power(a, MANY), ("powerlaw", (0.5,))),
    "triangular": (lambda g, a: g.triangular(0.0, a, 2.0, MANY), ("triang", (0.25, 0.0, 2.0))),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_traced_parameters_give_numpys_distribution(name: str) -> None:
    stats = pytest.importorskip("scipy.stats")
    f, (family, parameters) = DISTRIBUTIONS[name]
    for generator in (np.random.RandomState(2), np.random.default_rng(2)):
        sample = gl.compile(lambda a, g=generator: f(g, a))(0.5)
        assert sample.shape == (MANY,)
        assert stats.kstest(sample, family, args=parameters).pvalue > 0.01


def test_integers_and_counts_of_traced_parameters() -> None:
    np.random.seed(0)
    integers = gl.compile(lambda n: np.random.randint(n, size=MANY))(np.int64(6))
    assert sorted(set(integers.tolist())) == list(range(6))
    closed = gl.compile(lambda n: rng.integers(1, n, MANY, endpoint=True))(np.int64(6))
    assert sorted(set(closed.tolist())) == list(range(1, 7))
    counts = gl.compile(lambda p: np.random.binomial(10, p, MANY))(0.3)
    assert counts.mean() == pytest.approx(3.0, abs=0.1)
    waits = gl.compile(lambda p: rng.geometric(p, MANY))(0.25)
    assert waits.min() == 1
    assert waits.mean() == pytest.approx(4.0, abs=0.25)


def test_traced_arrays_are_permuted_shuffled_and_chosen_from() -> None:
    x = np.arange(50.0)

    def f(x: Any) -> Any:
        y = x.copy()
        np.random.shuffle(y)
        return y, rng.permutation(x), rng.permuted(x), np.random.choice(x, 50, replace=False)

    for made in gl.compile(f)(x):
        assert (made != x).any()
        np.testing.assert_array_equal(np.sort(made), x)


def test_a_named_size_makes_ops_too() -> None:
    with pytest.warns(gl.BakedSample, match="repeats its numbers"):
        graph = gl.trace(lambda x: x + np.random.normal(size=x.shape), gl.spec("f64[n]"))
    assert graph(np.zeros(7)).shape == (7,)


def test_locations_and_scales_have_derivatives() -> None:
    def f(m: Any, s: Any) -> Any:
        return np.random.normal(m, s)

    np.random.seed(3)
    value, (dm, ds) = gl.value_and_grad(f, (0, 1))(2.0, 0.5)
    assert dm == 1.0
    assert ds == pytest.approx((value - 2.0) / 0.5)
    np.random.seed(3)
    assert gl.compile(gl.grad(f, 1))(2.0, 0.5) == pytest.approx(ds)


def test_every_example_of_a_vmap_draws_its_own_numbers() -> None:
    for mapped in (gl.vmap(lambda x: rng.normal(x, 1.0)), gl.compile(gl.vmap(Model().noisy))):
        sample = mapped(np.zeros(500))
        assert len(set(sample.tolist())) == 500
        assert abs(sample.mean()) < 0.2
        assert mapped(np.zeros(500))[0] != sample[0]


def test_nested_transforms_and_branches_draw_too() -> None:
    f = gl.vmap(gl.grad(lambda s: np.random.normal(0.0, s)))
    assert len(set(f(np.ones(5)).tolist())) == 5
    g = gl.compile(lambda x: gl.cond(x > 0, lambda x: rng.normal(x), lambda x: -x, x))
    assert g(1.0) != g(1.0)
    assert g(-1.0) == 1.0


@pytest.mark.parametrize("loop", ["scan", "fori_loop", "while_loop"])
def test_the_body_of_a_loop_is_refused(loop: str) -> None:
    def step(x: Any) -> Any:
        return np.random.normal(x, 1.0)

    runs = {
        "scan": lambda x: gl.scan(lambda c, _: (step(c), None), x, length=3)[0],
        "fori_loop": lambda x: gl.fori_loop(0, 3, lambda i, c: step(c), x),
        "while_loop": lambda x: gl.while_loop(lambda c: c < 3, step, x),
    }
    with pytest.raises(gl.NotSupported, match=r"np\.random\.normal inside a loop") as caught:
        gl.compile(runs[loop])(1.0)
    assert "gl.random" in str(caught.value)


def test_what_has_no_sampler_is_refused_by_name() -> None:
    with pytest.raises(gl.NotSupported, match=r"np\.random\.vonmises"):
        gl.compile(lambda a: np.random.vonmises(a, 1.0))(1.0)
    with pytest.raises(gl.NotSupported, match=r"Generator\.wald"):
        gl.compile(lambda a: rng.wald(a, 1.0))(1.0)


def test_a_sample_that_nothing_traced_decides_is_numpys_and_warns() -> None:
    np.random.seed(4)
    with pytest.warns(gl.BakedSample, match=r"np\.random\.normal"):
        made = (f := gl.compile(lambda x: x + np.random.normal(size=2)))(0.0)
    np.random.seed(4)
    np.testing.assert_array_equal(made, np.random.normal(size=2))
    np.testing.assert_array_equal(f(0.0), made)
    for draws in (lambda x: x + rng.normal(), lambda x: x + np.random.default_rng().normal()):
        with pytest.warns(gl.BakedSample):
            gl.compile(draws)(0.0)
    with pytest.warns(gl.BakedSample, match=r"Generator\.normal"):
        gl.trace(lambda x: x + rng.normal(), 0.0)


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_backends_draw_the_same_numbers(backend: str) -> None:
    from gradloom import backends

    pytest.importorskip(backends.get(backend).package)

    def f(x: Any) -> Any:
        return np.random.uniform(x, x + 1.0, 20), np.random.permutation(x + np.arange(9.0))

    np.random.seed(6)
    ours = gl.compile(f)(1.5)
    np.random.seed(6)
    for got, wanted in zip(gl.compile(f, backend=backend)(1.5), ours, strict=True):
        np.testing.assert_array_equal(got, wanted)
