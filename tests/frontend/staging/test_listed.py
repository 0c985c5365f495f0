"""Lists with a traced length can what Python's lists can."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.errors import NotSupported
from tests.frontend.staging import listing
from tests.frontend.staging.agreement import assert_compiled, assert_same

X = np.array([0.3, -0.8, 1.7, 0.9, -0.1])
DRAWS = [(X, np.float64(c)) for c in (0.2, -1.0, 1.0, 9.0)]


@pytest.mark.parametrize("f", listing.PROGRAMS, ids=lambda f: f.__name__)
def test_a_list_does_what_pythons_does(f: Any) -> None:
    assert_compiled(f, DRAWS)


BOUND = st.none() | st.integers(-7, 7)


@given(BOUND, BOUND, st.none() | st.sampled_from([-3, -2, -1, 1, 2, 3]))
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
def test_a_slice_has_pythons_bounds(start: Any, stop: Any, step: Any) -> None:
    def f(x: Any, c: Any) -> Any:
        kept = [v for v in x if v > c]
        rest = kept[:]
        del rest[start:stop:step]
        return kept[start:stop:step], rest

    assert_compiled(f, DRAWS[::2])


@given(st.integers(-7, 7), st.integers(-7, 7))
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
def test_a_slice_may_have_traced_bounds(start: int, stop: int) -> None:
    def f(x: Any, i: Any, j: Any) -> Any:
        kept = [v for v in x if v > 0.0]
        return kept[i:j], kept[i:], kept[:j], kept[j::-1], kept[:i:-2]

    assert_compiled(f, [(X, np.int64(start), np.int64(stop))])


def squares(xs: Any) -> Any:
    return sum((i + 1.0) * v * v for i, v in enumerate(xs))


TOTALS = {
    "cut": lambda x, c: squares(listing.some(x, c)[::-1]) + squares(listing.some(x, c)[1:]) * c,
    "sorted": lambda x, c: squares(listing.is_sorted(x, c)[1]) + x[0],
    "joined": lambda x, c: squares(listing.is_joined(x, c)[0]),
    "stack": lambda x, c: listing.is_a_stack(x, c)[0] * c + x[1],
}


@pytest.mark.parametrize("name", TOTALS)
def test_gradients_and_batches_are_those_with_values_at_hand(name: str) -> None:
    f = TOTALS[name]
    compiled = gl.compile(gl.grad(f, argnums=(0, 1)))
    for x, c in DRAWS[:3]:
        assert_same(compiled(x, c + 0.03), gl.grad(f, argnums=(0, 1))(x, c + 0.03))
        steps = [(f(x + d, c + 0.03) - f(x - d, c + 0.03)) / 2e-6 for d in np.eye(5) * 1e-6]
        np.testing.assert_allclose(compiled(x, c + 0.03)[0], steps, rtol=1e-6, atol=1e-7)
    rows = np.stack([X, X * 2.0, -X])
    made = gl.compile(gl.vmap(lambda x: f(x, 0.25)))(rows)
    np.testing.assert_allclose(made, [f(x, 0.25) for x in rows])


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_other_backends_have_such_lists_too(backend: str) -> None:
    pytest.importorskip(backend)
    f = TOTALS["cut"]
    run, slope = gl.compile(f, backend), gl.compile(gl.grad(f), backend)
    for x, c in DRAWS[:3]:
        np.testing.assert_allclose(np.asarray(run(x, c)), f(x, c), rtol=1e-9)
        np.testing.assert_allclose(np.asarray(slope(x, c)), gl.grad(f)(x, c), rtol=1e-9)


@pytest.mark.parametrize(
    ("f", "kind", "told"),
    [
        (lambda xs: xs.index(5.0), ValueError, "5.0 is not in list"),
        (lambda xs: xs.remove(5.0), ValueError, "x not in list"),
        (lambda xs: xs.pop(4), IndexError, "pop index out of range"),
        (lambda xs: xs[-5], IndexError, "list index out of range"),
        (lambda xs: [a * b for a, b in zip(xs, [1.0], strict=True)], ValueError, "of one length"),
    ],
)
def test_what_python_raises_the_program_raises(f: Any, kind: type[Exception], told: str) -> None:
    def program(x: Any, c: Any) -> Any:
        xs = listing.some(x, c)
        f(xs)
        return xs

    run = gl.compile(program)
    for draw in DRAWS:
        try:
            due = program(*draw)
        except kind:
            with pytest.raises(kind, match=told):
                run(*draw)
        else:
            assert_same(run(*draw), due)


@pytest.mark.parametrize(
    "f",
    [
        lambda xs: xs[:: np.argmax(np.array(xs))],
        lambda xs: xs * np.argmax(np.array(xs)),
        lambda xs: tuple(xs),
    ],
)
def test_it_is_refused(f: Any) -> None:
    with pytest.raises(NotSupported):
        gl.compile(lambda x, c: f(listing.some(x, c)))(*DRAWS[0])
