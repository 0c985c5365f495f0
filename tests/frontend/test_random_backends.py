"""gl.random on every backend: bits, uniform numbers and integers equal, the rest within 4 ulp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import gradloom as gl
from gradloom import backends

r = gl.random
KEY = r.key(9)
MANY = 20_000
FLOATS = (np.float64, np.float32, np.float16, ml_dtypes.bfloat16)
P = np.random.default_rng(1).dirichlet(np.ones(40))
NAMES = ("normal", "exponential", "laplace", "logistic", "cauchy", "gumbel")

EQUAL: list[Callable[[Any], Any]] = [
    *(lambda k, d=d: r.bits(k, (101,), d) for d in ("u1", "u2", "u4", "u8")),
    lambda k: r.split(k, (2, 3)),
    lambda k: r.fold_in(k, 77),
    *(lambda k, d=d: r.uniform(k, (MANY,), d) for d in FLOATS),
    *(lambda k, d=d: r.uniform(k, (MANY,), d, -3.3, 5.3) for d in FLOATS),
    lambda k: r.uniform(k, (MANY // 2, 2), float, np.array([-1.0, 0.1]), np.array([1e-3, 7.0])),
    *(lambda k, d=d: r.randint(k, (MANY,), 0, 100, d) for d in ("i1", "u2", "i4", "i8", "u8")),
    lambda k: r.randint(k, (MANY,), -(2**63), 2**63 - 1),
    lambda k: r.randint(k, (MANY, 2), np.array([-5, 2]), np.array([3, 1000])),
    lambda k: r.permutation(k, 3000),
    lambda k: r.permutation(k, np.arange(12.0).reshape(3, 4), 1, True),
    lambda k: r.choice(k, 40, (30, 7)),
    lambda k: r.choice(k, 40, (7,), False),
    lambda k: r.choice(k, 40, (300,), p=P),
    lambda k: r.bernoulli(k, 0.3, (MANY,)),
    lambda k: r.rademacher(k, (50,)),
    lambda k: r.categorical(k, np.log(P), shape=(100,)),
]
CLOSE: list[Callable[[Any], Any]] = [
    *(lambda k, n=n, d=d: getattr(r, n)(k, (MANY,), d) for n in NAMES for d in FLOATS),
    lambda k: r.truncated_normal(k, -1.0, 2.5, (MANY,), np.float32),
    lambda k: r.normal(k),
]
BACKENDS = ("numpy", "torch", "jax", "tensorflow")


def _all(samples: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    return lambda k: tuple(sample(k) for sample in samples)


def _units(got: Any, wanted: Any) -> float:
    """How far apart, in units in the last place of the larger of the number and 1e-3."""
    a, b = np.asarray(got, np.float64), np.asarray(wanted, np.float64)
    unit = np.spacing(np.abs(np.maximum(np.abs(b), 1e-3)).astype(wanted.dtype))
    return float(np.max(np.abs(a - b) / unit.astype(np.float64)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_bits_uniform_numbers_and_integers_are_equal(backend: str) -> None:
    pytest.importorskip(backends.get(backend).package)
    found = gl.compile(_all(EQUAL), backend=backend)(KEY)
    for i, (got, wanted) in enumerate(zip(found, _all(EQUAL)(KEY), strict=True)):
        assert got.dtype == wanted.dtype, i
        np.testing.assert_array_equal(got, wanted, err_msg=str(i))


@pytest.mark.parametrize("backend", BACKENDS)
def test_normal_numbers_and_their_kin_are_within_4_units(backend: str) -> None:
    pytest.importorskip(backends.get(backend).package)
    found = gl.compile(_all(CLOSE), backend=backend)(KEY)
    for i, (got, wanted) in enumerate(zip(found, _all(CLOSE)(KEY), strict=True)):
        assert (got.dtype, got.shape) == (wanted.dtype, wanted.shape), i
        if i == NAMES.index("gumbel") * len(FLOATS):  # f64, near 0: units of 1
            np.testing.assert_allclose(got, wanted, rtol=4 * 2.0**-52, atol=4 * 2.0**-52)
        else:
            assert _units(got, wanted) <= 4, i


@pytest.mark.parametrize("backend", ["onnx"])
def test_an_onnx_model_draws_the_same_numbers(backend: str, tmp_path: Any) -> None:
    runtime = pytest.importorskip("onnxruntime")
    equal = [f for f in EQUAL if not isinstance(f(KEY)[0], ml_dtypes.bfloat16)]
    path = tmp_path / "draws.onnx"
    gl.export.onnx(_all(equal), (KEY,), path)
    session = runtime.InferenceSession(str(path))
    found = session.run(None, {session.get_inputs()[0].name: KEY})
    for i, (got, wanted) in enumerate(zip(found, _all(equal)(KEY), strict=True)):
        np.testing.assert_array_equal(got, wanted, err_msg=str(i))


@pytest.mark.parametrize("oracle", ["jax"])
def test_the_numbers_are_those_of_jax_random(oracle: str) -> None:
    jax = pytest.importorskip(oracle)
    with jax.enable_x64(True), jax.threefry_partitionable(True):
        theirs = jax.random
        k = theirs.PRNGKey(9)
        pairs = [
            (KEY, k),
            (r.key(-3), theirs.PRNGKey(-3)),
            (r.split(KEY, 5), theirs.split(k, 5)),
            (r.fold_in(KEY, 123456), theirs.fold_in(k, 123456)),
            *((r.bits(KEY, (99,), d), theirs.bits(k, (99,), d)) for d in ("u1", "u4", "u8")),
            *((r.uniform(KEY, (99,), d), theirs.uniform(k, (99,), d)) for d in FLOATS),
            *(
                (r.randint(KEY, (99,), -9, 100, d), theirs.randint(k, (99,), -9, 100, d))
                for d in ("i1", "i2", "i4", "i8")
            ),
            *((r.permutation(KEY, n), theirs.permutation(k, n)) for n in (0, 1, 5, 2000)),
            (r.choice(KEY, 40, (3, 7)), theirs.choice(k, 40, (3, 7))),
            (r.choice(KEY, 40, (9,), False, P), theirs.choice(k, 40, (9,), False, P)),
            (r.choice(KEY, 40, (9,), True, P), theirs.choice(k, 40, (9,), True, P)),
            (r.bernoulli(KEY, P), theirs.bernoulli(k, P)),
            (r.rademacher(KEY, (9,)), theirs.rademacher(k, (9,))),
            (r.categorical(KEY, P, shape=(9,)), theirs.categorical(k, P, shape=(9,))),
        ]
        for i, (ours, other) in enumerate(pairs):
            np.testing.assert_array_equal(ours, np.asarray(other), err_msg=str(i))
        for name in NAMES:
            close = getattr(theirs, name)(k, (99,), np.float64)
            np.testing.assert_allclose(getattr(r, name)(KEY, (99,)), close, rtol=1e-12)
