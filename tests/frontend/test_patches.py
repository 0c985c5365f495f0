"""numpy's and math's names while a trace runs: replaced for the user's code alone, and put back."""

import functools
import math
import random
import subprocess
import sys
import threading
from math import sqrt as root
from pathlib import Path

import numpy as np
import pytest
from numpy import array as make
from numpy import mean, zeros
from numpy.linalg import norm

import gradloom as gl
from tests.frontend.programs import numeric_gradient

x = np.array([0.5, -1.0, 2.0])
NAMES = (
    (np, "zeros"),
    (np, "array"),
    (np, "mean"),
    (np, "r_"),
    (np, "vectorize"),
    (np.linalg, "norm"),
    (math, "sin"),
    (np.random, "normal"),
)


def snapshot():
    own = globals()
    here = [own[n] for n in ("zeros", "make", "root", "mean", "norm")]
    return [getattr(m, n) for m, n in NAMES] + [np.vectorize.__call__, *here]


def test_every_name_is_put_back_also_after_errors_and_in_nested_traces():
    before = tuple(snapshot())  # what lists hold is replaced while a trace runs

    def fails(x):
        assert zeros is not before[-5]
        raise RuntimeError

    gl.grad(lambda x: np.sum(gl.grad(lambda y: np.sum(zeros(3) + y * x))(x)))(x)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            gl.grad(fails)(x)
    assert all(a is b for a, b in zip(snapshot(), before, strict=True))


PROGRAMS = {
    "imported names": lambda x: norm(make([x[0], root(x[2])]) + zeros(2)) + mean([x[0], x[1]]),
    "lists": lambda x: (
        np.sum([x[0], x[1] * 2]) + np.max([x, x * 2]) + np.dot([x[0], 1.0], [2.0, x[1]])
    ),
    "constants and traced arguments": lambda x: np.sum(np.take(np.arange(3.0), np.argmax(x)) * x),
    "r_ and c_": lambda x: np.sum(np.r_[x, 1.0, 0:3] ** 2) + np.sum(np.c_[x, x**2][1] * 2),
    "vectorize": lambda x: np.sum(np.vectorize(lambda a, b: a * b + 1)(x, 2.0)),
    "vectorize large": lambda x: np.sum(np.vectorize(lambda a: a**2)(np.tile(x, 100))),
    "partial and alias": lambda x: (
        np.sum(functools.partial(np.full, 3)(2.0) * x) + alias(3)[0] * x[0]
    ),
    "math": lambda x: (
        math.hypot(x[0], x[1], 3.0)
        + math.dist([x[0], 1.0], [0.0, x[2]])
        + math.fsum(x)
        + math.prod(x)
        + math.log(x[2], 3)
        + math.pow(x[0], 1.5)
        + math.atan2(x[0], x[2])
        + math.erf(x[1])
        + math.fabs(x[1])
    ),
    "star arguments": lambda x: np.sum(np.zeros(*[(3,)], dtype=float) + x),
    "attribute chains": lambda x: np.linalg.norm([x[0], x[1]]) + space.np.sum([x[0], x[2]]),
}
alias = np.ones


class space:
    np = np


@pytest.mark.parametrize("name", PROGRAMS)
def test_names_that_no_protocol_reaches_are_traced(name):
    f = PROGRAMS[name]
    np.testing.assert_allclose(gl.compile(f, "numpy")(x), f(x), rtol=1e-14)
    np.testing.assert_allclose(gl.grad(f)(x), numeric_gradient(f, (x,), 0), rtol=1e-6, atol=1e-7)


def test_math_gives_python_floats_in_double_precision():
    def f(x):
        y = math.exp(x[0])
        assert isinstance(y, float)
        return y, np.float32(2) * y, math.floor(x[2]), math.isfinite(x[0])

    got, want = gl.compile(f, "numpy")(np.float32(x)), f(np.float32(x))
    assert got == want
    assert [type(v) for v in got] == [type(v) for v in want]
    with pytest.raises(gl.NotSupported, match=r"math\.comb"):
        gl.grad(lambda x: math.comb(x, 1))(2.0)
    with pytest.raises(TypeError):
        gl.grad(lambda x: math.sin(x))(x)


def test_what_libraries_make_is_plain():
    rng = np.random.default_rng(0)
    seen = []

    def f(x):
        seen.append(
            rng.normal(size=3)
        )  # compiled code looks np.empty up, and takes it for an ndarray
        seen.append(rng.permutation(3))
        seen.append(np.polynomial.legendre.leggauss(3)[0])
        seen.append(np.lib.stride_tricks.sliding_window_view(np.arange(4.0) if False else A4, 2))
        return np.sum(x * seen[0] * seen[2])

    gl.grad(f)(x)
    assert all(type(s) is np.ndarray for s in seen)
    stats = pytest.importorskip("scipy.stats")
    gl.grad(lambda x: seen.append(stats.norm.ppf([0.1, 0.5])) or np.sum(x))(x)
    spatial = pytest.importorskip("scipy.spatial")
    gl.grad(
        lambda x: seen.append(spatial.distance.pdist(np.identity(3) if False else E3)) or np.sum(x)
    )(x)
    assert all(type(s) is np.ndarray for s in seen)


A4, E3 = np.arange(4.0), np.identity(3)


def test_other_threads_see_plain_numpy():
    inside, go = threading.Event(), threading.Event()
    made = []

    def slow(x):
        inside.set()
        assert go.wait(10)
        return np.sum(np.zeros(3) + x)

    t = threading.Thread(target=lambda: made.append(gl.grad(slow)(x)))
    t.start()
    assert inside.wait(10)
    made.append(np.zeros(3))
    made.append(zeros(2))
    made.append(math.sin(1.0))
    compiled = gl.compile(lambda x: np.zeros(3) + x + mean(x))
    first = compiled(x)
    go.set()
    t.join()
    assert type(made[0]) is type(made[1]) is np.ndarray
    np.testing.assert_array_equal(compiled(x), first)
    assert compiled.explain().splitlines()[0].endswith("1 compiled for numpy")


def test_samples_drawn_from_numpys_generator_warn_and_from_a_seeded_one_do_too():
    with pytest.warns(gl.BakedSample, match=r"np\.random\.normal"):
        gl.compile(lambda x: x + np.random.normal(size=3))(x)
    with pytest.warns(gl.BakedSample, match="random"):
        gl.compile(lambda x: x * random.random())(x)


CODE = """
import numpy as np, math, gradloom as gl
from numpy import zeros
x = np.array([1.0, 2.0]); k = 3.0
def f(x):
    y = zeros(2); y[0] = x[1] * math.sin(k); return np.sum(y * x)
a, b = gl.grad(lambda w: np.sum(np.exp(w))), gl.grad(lambda w: np.sum(np.sin(w)))
assert np.allclose(a(x), np.exp(x)) and np.allclose(b(x), np.cos(x))
s = {}
exec("import numpy as np\\ndef g(x):\\n    z = np.zeros(2)\\n    z[1] = x[0]\\n    return z @ z", s)
assert np.allclose(gl.grad(s["g"])(x), [2.0, 0.0])
assert np.allclose(gl.compile(f)(x), f(x)); k = 4.0; assert np.allclose(gl.compile(f)(x), f(x))
print(gl.grad(f)(x).shape)
"""


@pytest.mark.parametrize("how", ["argument", "stdin"])
def test_functions_without_a_file_are_traced(how):
    command = [sys.executable, "-c", CODE] if how == "argument" else [sys.executable, "-"]
    root = Path(gl.__file__).parents[1]
    done = subprocess.run(
        command, input=None if how == "argument" else CODE, capture_output=True, text=True, cwd=root
    )
    assert done.stdout == "(2,)\n", done.stderr
