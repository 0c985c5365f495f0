"""Control flow by hand: values as Python's, derivatives, batches, and what goes wrong."""

import numpy as np
import pytest

import gradloom as gl

x = np.array([0.5, -1.0, 2.0])


def python_scan(f, carry, xs):
    ys = []
    for one in xs:
        carry, y = f(carry, one)
        ys.append(y)
    return carry, np.stack(ys)


def newton(a):
    return gl.while_loop(lambda y: np.abs(y * y - a) > 1e-12, lambda y: 0.5 * (y + a / y), a)


def grown(x, limit):
    """Until it is long enough; the number of turns differs between arguments."""
    return gl.while_loop(
        lambda s: np.sum(s[1] ** 2) < limit,
        lambda s: (s[0] + 1, s[1] * 1.3 + 0.1 * np.sin(x * s[0])),
        (0, x),
    )


def mixed(x):
    """Carries of several dtypes, one of them of no influence, one linear."""

    def turn(s):
        i, up, small, y, total, _ = s
        y = np.where(up, np.sin(y * x[0]), y + x[1] * 0.1)
        return i + 1, ~up, small * np.float32(0.5), y, total + i * x * 0.01, np.cos(y)

    start = (np.array(0, np.int32), np.array(True), np.float32(3), x, np.zeros(3), x)
    i, up, small, y, total, _ = gl.while_loop(lambda s: s[0] < 7, turn, start)
    return y * small + total + np.where(up, 1.0, i)


def rows_of(x):
    """A loop of two loops of unknown length."""

    def row(s):
        i, y = s
        inner = gl.while_loop(lambda t: np.max(np.abs(t)) > 1.0, lambda t: t * 0.6 * np.cos(x), y)
        return i + 1, inner + x * i

    return gl.while_loop(lambda s: s[0] < 4 + (x[0] > 0), row, (0, x * 3))[1]


PROGRAMS = {
    "cond": lambda x: gl.cond(np.sum(x) > 0, lambda x: x**2, lambda x: np.sin(x), x),
    "cond captures": lambda x: gl.cond(x[0] > 0, lambda: x * 2, lambda: x[::-1] * 3),
    "cond nested": lambda x: gl.cond(
        x[0] > 0, lambda y: gl.cond(y[1] > 0, np.sin, np.cos, y), lambda y: y * 2, x
    ),
    "fori": lambda x: gl.fori_loop(0, 4, lambda i, y: y * x + i, np.ones(3)),
    "fori weak start": lambda x: gl.fori_loop(0, 3, lambda i, total: total + np.sum(x) * i, 0.0),
    "fori index": lambda x: gl.fori_loop(0, 3, lambda i, y: y + np.take(x, i) ** 2, 0.0),
    "scan": lambda x: gl.scan(lambda c, e: (c * e + 1, np.sin(c) * e), 1.0, x)[1],
    "scan carry": lambda x: gl.scan(lambda c, e: (c + e * x, None), np.zeros(3), x)[0],
    "scan reverse": lambda x: gl.scan(lambda c, e: (c + e, c * e), 0.0, x, reverse=True)[1],
    "scan no xs": lambda x: gl.scan(lambda c, _: (np.tanh(c), c), x, None, length=3)[1],
    "scan trees": lambda x: gl.scan(
        lambda c, e: ({"a": c["a"] + e[0], "b": c["b"] * 2.0}, e[0] * e[1]),
        {"a": 0.0, "b": x},
        (x, x**2),
    )[1],
    "scan in scan": lambda x: gl.scan(
        lambda c, e: (c + gl.scan(lambda d, f: (d + f * e, d), 0.0, x)[0], c), 0.0, x
    )[1],
    "cond in scan": lambda x: gl.scan(
        lambda c, e: (gl.cond(e > 0, lambda c: c * e, lambda c: c - e, c), c), 1.0, x
    )[1],
    "while": lambda x: grown(x, 500.0)[1],
    "while without a turn": lambda x: grown(x, -1.0)[1],
    "while of mixed dtypes": mixed,
    "while captures": lambda x: gl.while_loop(
        lambda s: s[0] < 40, lambda s: (s[0] + 1, np.tanh(np.outer(x, x) @ s[1] + x)), (0, x)
    )[1],
    "while in while": rows_of,
    "while in scan": lambda x: gl.scan(
        lambda c, e: (c + 1, np.sum(grown(x * c + e, 9.0)[1])), 1.0, x
    )[1],
    "scan in while": lambda x: gl.while_loop(
        lambda s: s[0] < 3,
        lambda s: (s[0] + 1, gl.scan(lambda c, e: (c * e * 0.5 + 1, np.sin(c)), 1.0, s[1])[1]),
        (0, x),
    )[1],
    "while in cond": lambda x: gl.cond(
        x[0] > 0, lambda y: grown(y, 30.0)[1], lambda y: np.sin(y), x
    ),
    "cond in while": lambda x: gl.while_loop(
        lambda s: s[0] < 5,
        lambda s: (s[0] + 1, gl.cond(np.sum(s[1]) > 1, np.sin, lambda y: y * x + 1, s[1])),
        (0, x),
    )[1],
    "fori of a found count": lambda x: gl.fori_loop(
        0, np.sum(x > 0) + 1, lambda i, y: y * x + i, np.ones(3)
    ),
    "found sizes in while": lambda x: gl.while_loop(
        lambda s: s[0] < 3, lambda s: (s[0] + 1, s[1] * 0.5 + np.sum(s[1][s[1] > 0] ** 2)), (0, x)
    )[1],
}
every_program = pytest.mark.parametrize("name", PROGRAMS)


@every_program
def test_compiled_values_equal_direct_ones(name):
    f = PROGRAMS[name]
    direct = f(x)
    for other in (gl.compile(f, "numpy")(x), gl.trace(f, x)(x)):
        np.testing.assert_allclose(other, direct, rtol=1e-14)
        assert np.shape(other) == np.shape(direct)
        assert np.asarray(other).dtype == np.float64


@every_program
def test_derivatives_equal_finite_differences_in_both_modes(name):
    f = PROGRAMS[name]
    forward, reverse = gl.jacfwd(f)(x), gl.jacrev(f)(x)
    np.testing.assert_allclose(forward, reverse, rtol=1e-12, atol=1e-12)
    step = 1e-6
    for i in range(3):
        d = np.eye(3)[i] * step
        exact = (np.asarray(f(x + d)) - np.asarray(f(x - d))) / (2 * step)
        np.testing.assert_allclose(reverse[..., i], exact, rtol=1e-6, atol=1e-7)


@every_program
def test_second_derivatives_agree(name):
    def g(x):
        return np.sum(PROGRAMS[name](x) ** 2)

    h = gl.hessian(g)(x)
    np.testing.assert_allclose(h, h.T, rtol=1e-10, atol=1e-10)
    d = np.array([0.5, -0.25, 1.0])
    row = gl.compile(gl.grad(lambda x: np.sum(gl.grad(g)(x) * d)), "numpy")
    np.testing.assert_allclose(row(x), h @ d, rtol=1e-10, atol=1e-10)


@every_program
def test_vmap_equals_a_loop(name):
    f = PROGRAMS[name]
    rows = np.stack([x, -x, x[::-1] * 2, np.abs(x)])
    np.testing.assert_allclose(gl.vmap(f)(rows), [f(r) for r in rows], rtol=1e-13)
    np.testing.assert_allclose(
        gl.vmap(gl.grad(lambda x: np.sum(f(x))))(rows),
        [gl.grad(lambda x: np.sum(f(x)))(r) for r in rows],
        rtol=1e-11,
        atol=1e-12,
    )


def test_scan_is_the_python_loop():
    def f(c, e):
        return c * e + 1, np.sin(c) * e

    carry, ys = gl.scan(f, 1.0, x)
    want, wanted = python_scan(f, 1.0, x)
    np.testing.assert_allclose(carry, want)
    np.testing.assert_allclose(ys, wanted)
    assert type(gl.scan(f, np.float32(1), np.float32(x))[0]) is np.float32


def test_while_runs_as_often_as_python_and_has_derivatives_in_both_modes():
    assert newton(2.0) == pytest.approx(2**0.5, abs=1e-12)
    _, tangent = gl.jvp(newton, (2.0,), (1.0,))
    assert tangent == pytest.approx(0.5 / 2**0.5, rel=1e-6)
    np.testing.assert_allclose(gl.vmap(newton)(np.array([2.0, 3.0, 100.0])), [2**0.5, 3**0.5, 10])
    assert gl.grad(newton)(2.0) == pytest.approx(0.5 / 2**0.5, rel=1e-6)


def test_dynamic_bounds_run_as_a_while():
    f = gl.compile(lambda n, x: gl.fori_loop(0, n, lambda i, y: y + i * x, 0.0))
    for n in (0, 1, 5):
        assert f(np.array(n), 2.0) == 2.0 * sum(range(n))


def test_empty_loops_give_their_start():
    assert gl.fori_loop(3, 3, lambda i, y: y + 1.0, 7.0) == 7.0
    carry, ys = gl.scan(lambda c, e: (c + e, c), np.array(1.0), np.zeros((0,)))
    assert carry == 1.0
    assert ys.shape == (0,)
    np.testing.assert_array_equal(gl.while_loop(lambda y: False, lambda y: y + 1, x), x)


def test_only_the_branch_taken_counts():
    f = lambda x: gl.cond(x > 0, lambda x: np.log(x), lambda x: 0.0 * x, x)  # noqa: E731
    assert gl.grad(f)(-1.0) == 0.0
    np.testing.assert_array_equal(gl.vmap(gl.grad(f))(np.array([2.0, -1.0, 0.0])), [0.5, 0, 0])


def test_the_number_of_a_turn_is_no_number_yet():
    assert gl.fori_loop(0, 3, lambda i, y: y + x[i], 0.0) == np.sum(x)  # but it is an index
    with pytest.raises(gl.ValueNeeded, match="size"):
        gl.scan(lambda c, e: (c + np.zeros(e.astype(int).item()).sum(), c), 0.0, x)
    total, _ = gl.scan(lambda c, e: (c + e.item(), c), 0.0, x)
    assert total == np.sum(x)


def test_python_decides_inside_of_loops_by_hand():
    total, _ = gl.scan(lambda c, e: (c + e if e > 0 else c, c), 0.0, x)
    assert total == pytest.approx(x[x > 0].sum())
    assert gl.while_loop(lambda y: bool(y < 3), lambda y: y + 1, 0.0) == 3.0


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda x: gl.cond(True, lambda x: x, lambda x: x[:2], x), gl.ShapeError, "branches"),
        (lambda x: gl.cond(True, lambda x: (x, x), lambda x: x, x), gl.ShapeError, "branches"),
        (lambda x: gl.cond(True, lambda x: x, lambda x: x > 0, x), gl.ShapeError, "branches"),
        (lambda x: gl.cond(x > 0, lambda: x, lambda: x), gl.ShapeError, "predicate"),
        (lambda x: gl.while_loop(lambda y: y > 0, lambda y: y, x), gl.ShapeError, "one scalar"),
        (lambda x: gl.while_loop(lambda y: True, lambda y: y[:2], x), gl.ShapeError, "becomes"),
        (lambda x: gl.while_loop(lambda y: True, lambda y: (y, y), x), gl.ShapeError, "structure"),
        (lambda x: gl.scan(lambda c, e: c, 0.0, x), gl.ShapeError, r"\(carry, y\)"),
        (lambda x: gl.scan(lambda c, e: (x, e), 0.0, x), gl.ShapeError, "f64"),
        (lambda x: gl.scan(lambda c, e: (c, e), 0.0, (x, x[:2])), gl.ShapeError, "leading axes"),
        (lambda x: gl.scan(lambda c, e: (c, e), 0.0), gl.ShapeError, "length="),
        (lambda x: gl.scan(lambda c, e: (c, e), 0.0, x, length=5), gl.ShapeError, "leading axes"),
    ],
)
def test_mistakes_are_told_inside_and_outside_of_a_trace(call, error, says):
    for f in (call, gl.compile(call, "numpy")):
        with pytest.raises(error, match=says):
            f(x)
