"""Reverse mode of `while`: every schedule of saved carries gives the gradient of the loop unrolled
by Python, in both orders of nesting with forward mode and batches.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.graph import walk
from gradloom.ir.ops import replay

FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PIECES = (
    lambda s, w: s + 0.1 * np.sin(w[0] * s),
    lambda s, w: s * 0.9 + w[1],
    lambda s, w: np.tanh(np.stack([s, w[:3] * s]) @ w[:3]).sum() * 0.1 + s,
    lambda s, w: np.where(s > 0.2, np.sqrt(np.abs(s) + 1.0) - 1.0, s * w[2]),
    lambda s, w: s - 0.05 * s**3 + 0.01 * np.cumsum(s),
)


@pytest.fixture
def small(monkeypatch):
    """Sets how many turns are a chunk, and how many slots there are."""

    def to(chunk, slots, spare):
        monkeypatch.setattr(replay, "CHUNK", chunk)
        monkeypatch.setattr(replay, "SLOTS", slots)
        monkeypatch.setattr(replay, "SPARE", spare)

    return to


def turns(pieces, n, s, w):
    """A loop by hand."""
    total = 0.0 * np.sum(w)
    for i in range(n):
        s = PIECES[pieces[i % len(pieces)]](s, w)
        total = total + i * np.sum(s)
    return np.sum(s * w[:3]) + 0.01 * total


def looped(pieces, n, s, w):
    """The same as a `while` whose count is an argument."""

    def turn(state):
        i, s, total, _ = state
        places = range(len(pieces) - 1, -1, -1)
        after = s
        for place in places:
            made = PIECES[pieces[place]](s, w)
            after = np.where(i % len(pieces) == place, made, after)
        return i + 1, after, total + i * np.sum(after), ~(i > 2)

    _, s, total, _ = gl.while_loop(lambda state: state[0] < n, turn, (0, s, 0.0, np.array(True)))
    return np.sum(s * w[:3]) + 0.01 * total


@st.composite
def loops(draw, most=40):
    pieces = draw(st.lists(st.integers(0, len(PIECES) - 1), min_size=1, max_size=3))
    n = draw(st.integers(0, most))
    numbers = st.floats(-1, 1, width=16)
    s = np.array(draw(st.lists(numbers, min_size=3, max_size=3)))
    return pieces, n, s, np.array(draw(st.lists(numbers, min_size=4, max_size=4)))


SCHEDULES = st.tuples(st.integers(1, 4), st.sampled_from([2, 4, 6]), st.integers(0, 5))


@FEW
@given(loops(), SCHEDULES)
def test_every_schedule_gives_the_gradient_of_the_unrolled_loop(small, loop, schedule):
    pieces, n, s, w = loop
    small(*schedule)
    found = gl.value_and_grad(lambda s, w: looped(pieces, np.array(n), s, w), (0, 1))(s, w)
    want = gl.value_and_grad(lambda s, w: turns(pieces, n, s, w), (0, 1))(s, w)
    np.testing.assert_allclose(found[0], want[0], rtol=1e-12, atol=1e-12)
    for a, b in zip(found[1], want[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


@FEW
@given(loops(most=12), SCHEDULES)
def test_finite_differences_agree(small, loop, schedule):
    pieces, n, s, w = loop
    pieces = [p for p in pieces if p != 3] or [0]  # the kink of `where`
    small(*schedule)
    found = gl.grad(lambda w: looped(pieces, np.array(n), s, w))(w)
    step = 1e-6
    for i in range(len(w)):
        d = np.eye(len(w))[i] * step
        slope = (turns(pieces, n, s, w + d) - turns(pieces, n, s, w - d)) / (2 * step)
        np.testing.assert_allclose(found[i], slope, rtol=1e-5, atol=1e-6)


@settings(FEW, max_examples=5)
@given(loops(most=9), st.tuples(st.integers(1, 3), st.sampled_from([2, 4]), st.integers(0, 3)))
def test_second_derivatives_agree_in_every_order_of_modes(small, loop, schedule):
    pieces, n, s, w = loop
    small(*schedule)
    f = lambda s: looped(pieces, np.array(n), s, w)  # noqa: E731
    d = np.array([0.5, -1.0, 0.25])
    want = gl.grad(lambda s: np.sum(gl.grad(lambda s: turns(pieces, n, s, w))(s) * d))(s)
    modes = (
        gl.grad(lambda s: np.sum(gl.grad(f)(s) * d)),
        gl.grad(lambda s: gl.jvp(f, (s,), (d,))[1]),
        lambda s: gl.jvp(gl.grad(f), (s,), (d,))[1],
    )
    for second in modes:
        np.testing.assert_allclose(second(s), want, rtol=1e-8, atol=1e-10)


@FEW
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), SCHEDULES)
def test_examples_of_a_batch_make_their_own_numbers_of_turns(small, counts, schedule):
    small(*schedule)
    w = np.array([0.3, -0.2, 0.7, 0.1])
    s = np.linspace(-1, 1, 3 * len(counts)).reshape(-1, 3)
    n = np.array(counts)
    f = lambda n, s, w: looped([0, 2], n, s, w)  # noqa: E731
    want = [
        gl.grad(lambda s, w, n=n: turns([0, 2], n, s, w), (0, 1))(s, w)
        for n, s in zip(n, s, strict=True)
    ]
    each = gl.vmap(gl.grad(f, (1, 2)), in_axes=(0, 0, None))(n, s, w)
    summed = gl.grad(lambda s, w: np.sum(gl.vmap(f, (0, 0, None))(n, s, w)), (0, 1))(s, w)
    np.testing.assert_allclose(each[0], [a for a, _ in want], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(each[1], [b for _, b in want], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(summed[0], each[0], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(summed[1], np.sum(each[1], 0), rtol=1e-9, atol=1e-11)


def test_a_long_loop_keeps_few_carries():
    """The program of the gradient knows no size near the number of turns, and is right."""

    def f(n, x):
        def turn(s):
            return s[0] + 1, s[1] + 1e-3 * np.sin(s[1])

        return gl.while_loop(lambda s: s[0] < n, turn, (0, x))[1]

    def slope(n, x):
        for _ in range(n):
            x = x + 1e-3 * np.sin(x)
        return x

    gradient = gl.compile(lambda n, x: gl.grad(f, 1)(n, x))
    for n in (1024, 1025, 5000):
        want = (slope(n, 0.5 + 1e-6) - slope(n, 0.5 - 1e-6)) / 2e-6
        np.testing.assert_allclose(gradient(np.array(n), 0.5), want, rtol=1e-6)
    sizes = [r.type.shape[0] for node in walk(gradient.graph(np.array(1), 0.5))
             for r in node.results if r.type.shape]  # fmt: skip
    assert max(sizes) == replay.SLOTS + replay.SPARE + 1


def test_a_loop_that_only_adds_up_keeps_no_carry():
    def f(w):
        return gl.while_loop(lambda s: s[0] < 5, lambda s: (s[0] + 1, s[1] + np.sin(w)), (0, 0.0))[
            1
        ]

    graph = gl.trace(gl.grad(f), 0.3)
    assert not any(node.op.name == "dynamic_update_slice" and node.results[0].type.dtype.kind == "f"
                   for node in walk(graph))  # fmt: skip
    np.testing.assert_allclose(gl.grad(f)(0.3), 5 * np.cos(0.3))


def test_finished_examples_do_not_spoil_gradients():
    """After its end an example's state may be where the next turn has an infinite slope."""

    def f(n, x, w):
        def turn(s):
            i, y = s
            return i + 1, y - np.sqrt(y) * w

        return gl.while_loop(lambda s: s[0] < n, turn, (0, x))[1]

    n, x, w = np.array([1, 3, 0]), np.array([1.0, 9.0, 0.0]), 1.0  # the first ends at 0
    want = [0.5, gl.grad(lambda x: f(np.array(3), x, w))(9.0), 1.0]
    np.testing.assert_allclose(gl.vmap(gl.grad(f, 1), (0, 0, None))(n, x, w), want)
    both = gl.grad(lambda x, w: np.sum(gl.vmap(f, (0, 0, None))(n, x, w)), (0, 1))(x, w)
    np.testing.assert_allclose(both[0], want)
    assert np.isfinite(both[1])


def test_finished_examples_do_not_spoil_gradients_through_contractions():
    def f(n, x, w):
        def turn(s):
            return s[0] + 1, s[1] - w @ np.sqrt(s[1])

        return np.sum(gl.while_loop(lambda s: s[0] < n, turn, (0, x))[1])

    n, w = np.array([1, 3, 0]), np.diag([1.0, 2.0])
    x = np.array([[1.0, 4.0], [9.0, 25.0], [0.0, 0.0]])  # the first ends at 0, the last is there
    each = gl.vmap(gl.grad(f, (1, 2)), (0, 0, None))(n, x, w)
    both = gl.grad(lambda x, w: np.sum(gl.vmap(f, (0, 0, None))(n, x, w)), (0, 1))(x, w)
    np.testing.assert_allclose(both[0], each[0])
    np.testing.assert_allclose(both[1], np.sum(each[1], 0))
    assert np.all(np.isfinite(both[1]))


def test_a_branch_that_is_not_taken_does_not_keep_a_loop_going():
    """The state of an example that does not take the branch would never end the loop."""

    def halved(x):
        return gl.while_loop(lambda y: y != 0.25, lambda y: y * x, x)

    f = lambda x: gl.cond(x == 0.5, halved, lambda x: 3 * x, x)  # noqa: E731
    x = np.array([0.5, 1.0, 2.0])
    np.testing.assert_allclose(gl.vmap(f)(x), [0.25, 3.0, 6.0])
    np.testing.assert_allclose(gl.vmap(gl.grad(f))(x), [1.0, 3.0, 3.0])
