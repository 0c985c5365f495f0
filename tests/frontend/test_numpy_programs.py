"""Ordinary numpy programs: results as numpy gives them, derivatives, batches, all backends."""

import warnings

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.signature import flatten
from tests.frontend.traced import assert_same

X = np.array([0.3, -1.2, 2.0, 0.7])
M = np.arange(6.0).reshape(2, 3) / 3 + 0.2
C = np.arange(24.0).reshape(2, 3, 4) / 10
PROGRAMS = {}


def program(*args, looks=False):
    """A program, the arguments to run it at, and whether Python looks at a traced value in it."""

    def add(f):
        PROGRAMS[f.__name__] = (f, args, looks)
        return f

    return add


@program(X)
def writes_items(x):
    y = np.zeros(4)
    y[0] = x[1]
    y[1:3] = x[:2] * 2
    y[-1] += x[0] * x[3]
    return y


@program(X)
def writes_through_views(x):
    y = x * 1.0
    v = y[1:]
    v *= 2
    v[::-1][0] = x[3]
    return y, v


@program(M)
def writes_through_reshapes_and_transposes(x):
    y = np.zeros((2, 3))
    r = y.ravel()
    r[1:3] = x[0, :2]
    y.reshape(3, 2)[2, 1] = x[1, 2] ** 2
    t = y.T
    t[0] *= 7.0
    return y, r, t


@program(X)
def swaps(x):
    y = x.copy()
    y[0], y[1] = y[1], y[0]
    y[[2, 3]] = y[[3, 2]]
    y[[0, 0, 1]] += 1.0
    return y


@program(X)
def writes_by_mask(x):
    y = x**2
    y[y > 1] = 0.0
    y[x < 0] = x[0]
    return y


@program(X, looks=True)
def reads_by_mask(x):
    y = x**2
    y[x > 0.5] *= 3
    y[x < 0] = np.sin(x)[x < 0]
    return y, x[x > 0] ** 2


@program(np.array([0.5, 1.0, 2.0]))
def where_beside_nan(x):
    with np.errstate(all="ignore"):
        return np.where(x > 0, x**2, np.log(x - 5)), np.where(x > 0, x, np.inf)


@program(X, X + 3)
def ufunc_methods(x, y):
    z = np.zeros(3)
    np.add.at(z, [0, 2, 0, 1], x)
    return (
        np.add.reduce(x),
        np.multiply.outer(x, y),
        np.add.accumulate(x * y),
        np.maximum.reduce(x),
        z,
        np.add.reduceat(x, [0, 2, 1]),
        np.subtract.outer(x, y).sum(0),
        np.logaddexp.reduce(x),
    )


@program(X)
def out_and_where(x):
    y = np.empty(4)
    np.sin(x, out=y)
    np.add(y, 1, out=y)
    z = np.ones(4)
    np.exp(x, out=z, where=x > 0)
    total = np.zeros(())
    np.sum(x, out=total)
    return y, z, total, np.sum(x, where=x > 0, initial=2.0)


@program(np.array([0.0, 2.0, 3.0]))
def products_with_zeros(x):
    return np.prod(x), np.cumprod(x), x**0, x**2, 2.0**x


@program(M[0])
def constants_of_more_dimensions(x):
    return C[:, :, :3] * x + np.sum(C @ np.append(x, 1.0))


@program(2.0, 3.0)
def closures(x, y):
    def inner(z):
        return z * x + y

    return sum(inner(k) for k in (1.0, 2.0, 3.0))


@program(1.5)
def recursion(x):
    def f(n, x):
        return x if n == 0 else x * f(n - 1, np.sin(x))

    return f(4, x)


@program(X)
def generators(x):
    def gen():
        acc = x[0]
        for k in range(1, 4):
            acc = acc * x[k]
            yield acc

    return np.array(list(gen()))


@program(X, looks=True)
def newton(x):
    z = x[2]
    while abs(z * z - 2) > 1e-9:
        z = z - (z * z - 2) / (2 * z)
    return z * x[0], max(x), sorted(x)[1], np.array([v**2 if v > 0 else -v for v in x])


@program(X)
def complex_numbers(x):
    z = x + 1j * x**2
    return (
        np.abs(np.fft.fft(z)),
        np.real(z * z.conj()),
        np.angle(z),
        np.exp(1j * z.imag),
        (z**2).imag,
    )


@program(X, np.array([1, 2, 3, 4]))
def integers_beside_floats(x, n):
    return x * n, n // 2, n / 2, n**2, np.mean(n), x[n - 1], n > 2, (n > 2) * 1.5, n & 1


@program(np.array(2.0))
def zero_dimensional(x):
    return (
        x,
        x * 2,
        x[()],
        x[...],
        x.reshape(1),
        np.sum(x),
        x + np.ones(2),
        x.copy(),
        +x,
        np.asarray(x),
    )


@program(np.zeros((0, 3)))
def empty(x):
    return (
        x.sum(0),
        x.sum(1),
        x @ np.ones(3),
        x.T,
        x.reshape(-1),
        np.concatenate([x, x]),
        np.sort(x, 0),
    )


@program(M)
def indexing(x):
    return (
        x[0],
        x[:, 1],
        x[-1, -1],
        x[..., 0],
        x[None],
        x[[0, 1], [2, 0]],
        x[np.array([True, False])],
        x[1:0],
        x[np.ix_([1, 0], [0, 2])],
        x.take([1, 1], 1),
        x[np.argmax(x[:, 0])],
        x[np.int64(1)],
    )


@program(M)
def linear_algebra(x):
    a = x @ x.T + np.eye(2) * 3
    return (
        np.linalg.inv(a),
        np.linalg.det(a),
        np.linalg.solve(a, x),
        np.linalg.slogdet(a)[1],
        np.linalg.eigh(a)[0],
        np.linalg.cholesky(a),
        np.linalg.norm(x, axis=1),
        np.linalg.pinv(x),
    )


@program(M)
def rearranged(x):
    a, _, c = np.split(x, 3, axis=1)
    d, e = x
    return (
        np.hstack([a, c]),
        np.vstack([d, e]),
        np.column_stack([d, e]),
        np.block([[x, x], [x, x]]),
        np.pad(x, ((0, 1), (1, 0)), mode="reflect"),
        np.roll(x, 1),
        np.tile(x, 2),
        np.kron(x, x),
        np.diff(x),
    )


@program(M)
def loops(x):
    out = np.empty_like(x)
    for i, row in enumerate(x):
        for j, v in enumerate(row):
            out[i, j] = v**2 + i - j
    return out, np.mean([row.sum() for row in x])


@program(X)
def statistics(x):
    return np.var(x), np.std(x, ddof=1), np.median(x), np.percentile(x, 30), np.ptp(x), np.cumsum(x)


@program(np.float32(X), np.float32(2.0))
def single_precision(x, s):
    return (
        x * 2.0 + s,
        np.mean(x),
        x @ x,
        np.sin(x) * np.pi,
        x + np.float64(1),
        x / 3,
        np.linalg.norm(x),
    )


def weighted(f):
    """`f` as a scalar: its float results times fixed weights."""

    def loss(*args):
        total = 0.0
        for leaf in flatten(f(*args))[0]:
            if np.result_type(leaf).kind in "fc":
                w = np.cos(np.arange(np.size(leaf)) + 1.0).reshape(np.shape(leaf))
                total = total + np.sum(np.real(leaf) * w) + np.sum(np.imag(leaf) * w * 0.5)
        return total

    return loss


def fresh(args):
    return tuple(a.copy() if isinstance(a, np.ndarray) else a for a in args)


every = pytest.mark.parametrize("name", PROGRAMS)
traced = pytest.mark.parametrize("name", [n for n, (_, _, looks) in PROGRAMS.items() if not looks])


@traced
def test_compiled_results_are_numpys(name):
    f, args, _ = PROGRAMS[name]
    compiled = gl.compile(f, "numpy")
    for _ in range(2):
        assert_same(
            compiled(*fresh(args)), f(*fresh(args)), rtol=1e-6 if "single" in name else None
        )


@every
def test_gradients_equal_differences_and_forward_mode(name):
    f, args, _ = PROGRAMS[name]
    loss = weighted(f)
    numbers = [i for i, a in enumerate(args) if np.result_type(a) == np.float64 and np.size(a)]
    gradients = gl.grad(loss, argnums=tuple(numbers)) if numbers else None
    rng = np.random.default_rng(0)
    for i in numbers:
        d = rng.normal(size=np.shape(args[i]))
        step = 1e-6
        ends = [
            loss(*fresh(args[:i]), args[i] + s * step * d, *fresh(args[i + 1 :])) for s in (1, -1)
        ]
        by_differences = (ends[0] - ends[1]) / (2 * step)
        by_reverse = np.sum(gradients(*fresh(args))[numbers.index(i)] * d)
        _, by_forward = gl.jvp(
            lambda v, i=i: loss(*args[:i], v, *args[i + 1 :]),
            (args[i],),
            (d if np.ndim(args[i]) else float(d),),
        )
        if name != "products_with_zeros":
            np.testing.assert_allclose(by_reverse, by_differences, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(by_reverse, by_forward, rtol=1e-9, atol=1e-9)


@traced
def test_batches_equal_loops(name):
    f, args, _ = PROGRAMS[name]
    first = args[0]
    rows = [(np.asarray(first) * k).astype(np.result_type(first)) for k in (1, 0.5, 2)]
    given = rows if isinstance(first, np.ndarray) else [type(first)(r) for r in rows]
    got = gl.vmap(f, (0, *[None] * (len(args) - 1)))(np.stack(rows), *args[1:])
    want = [flatten(f(r, *fresh(args[1:])))[0] for r in given]
    for k, leaf in enumerate(flatten(got)[0]):
        np.testing.assert_allclose(
            leaf, np.stack([np.asarray(w[k]) for w in want]), rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_every_backend_gives_the_same(backend):
    pytest.importorskip(backend)
    wrong = []
    for name, (f, args, looks) in PROGRAMS.items():
        if looks or name in ("empty",):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                got = gl.compile(f, backend)(*fresh(args))
            assert_same(got, f(*fresh(args)), rtol=1e-5 if "single" in name else 1e-10)
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__} {str(error).splitlines()[0]}")
    assert wrong == []
