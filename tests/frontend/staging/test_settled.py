"""Numbers that become arrays in a loop that a traced condition may leave before they do."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.staging.agreement import assert_same


def momentum(w):
    m = 0
    for _ in range(50):
        g = 2 * w
        if np.sum(g * g) < 1e-3:
            break
        m = 0.9 * m + g
        w = w - 0.1 * m
    return w


def returns_early(w):
    best = 0
    for _ in range(20):
        if np.sum(w) < 1:
            return w * 2
        best = best + w
        w = w * 0.5
    return w + best


def has_an_else(w):
    total, i = 0.0, 0
    while i < 6:
        i += 1
        if np.max(w) > 20:
            break
        total = total + w * i
        w = w * 1.5
    else:
        return total
    return w


def sums_in_an_inner_loop(w):
    out = 0.0
    for i in range(4):
        row = 0
        for j in range(3):
            if w[j] > 3:
                break
            row = row + w * (i + j)
            w = w + 0.3
        else:
            out = out + np.sum(row)
    return out


def has_a_tuple(w):
    state = (0, 1.0)
    for _ in range(10):
        if w[0] > 5:
            break
        state = (state[0] + w, state[1] * 2)
        w = w + state[0] * 0.1
    return w


PROGRAMS = (momentum, returns_early, has_an_else, sums_in_an_inner_loop, has_a_tuple)
STARTS = [
    np.array(x) for x in ([1.0, -2.0, 0.5], [0.01, 0.0, 0.0], [6.0, 9.0, 30.0], [2.0, 2.5, 3.5])
]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_number_becomes_an_array_where_nothing_jumped(f):
    run = gl.compile(f, "numpy")
    for w in STARTS:
        assert_same(run(w), f(w))


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_its_gradient_is_that_with_values_at_hand(f):
    def total(w):
        return np.sum(f(w))

    run = gl.compile(gl.grad(total), "numpy")
    for w in STARTS:
        np.testing.assert_allclose(run(w), gl.grad(total)(w), rtol=1e-12)


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_other_backends_agree(backend):
    pytest.importorskip(backend)
    for f in (momentum, returns_early):
        run = gl.compile(f, backend)
        for w in STARTS:
            np.testing.assert_allclose(run(w), f(w), rtol=1e-12)


def read_after_the_loop(w):
    m = 0
    for _ in range(5):
        if w[0] < 0:
            break
        m = m + w
    return m


def goes_on_with_the_number(w):
    m = 0
    for i in range(5):
        if w[i % 3] < 0:
            continue
        m = m + w
    return w


@pytest.mark.parametrize("f", [read_after_the_loop, goes_on_with_the_number])
def test_what_may_still_be_the_number_is_refused_where_it_is_used(f):
    with pytest.raises(gl.ShapeError, match="'m' is int where the traced condition holds, and f64"):
        gl.trace(f, np.ones(3))
