"""Lists that get longer in loops that a traced value ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import ShapeError, TraceError
from tests.frontend.staging import lengthening
from tests.frontend.staging.agreement import assert_compiled, assert_same

X = np.array([0.3, -0.8, 1.7, 0.9, -0.1])
DRAWS = [(X, np.float64(c)) for c in (0.2, -1.0, 1.0, 9.0)]


@pytest.mark.parametrize("f", lengthening.PROGRAMS, ids=lambda f: f.__name__)
def test_a_list_gets_as_long_as_in_python(f: Any) -> None:
    assert_compiled(f, DRAWS)


def squares(xs: Any) -> Any:
    return sum(v * v for v in xs)


TOTALS = {
    "small": lambda x, c: squares(lengthening.takes_while_small(x, c)[0]) * c,
    "joined": lambda x, c: squares(lengthening.joins(x, c)) + x[0],
    "queue": lambda x, c: lengthening.is_a_queue(x, c)[1] * c + x[1],
    "pairs": lambda x, c: squares(b for _, b in lengthening.keeps_pairs_in_an_object(x, c)),
    "rows": lambda x, c: np.sum(lengthening.keeps_rows(x, c)[0] ** 2) + c,
    "nested": lambda x, c: squares(lengthening.has_two_loops(x, c)) + c * x[1],
}


@pytest.mark.parametrize("name", TOTALS)
def test_gradients_are_those_with_values_at_hand(name: str) -> None:
    f = TOTALS[name]
    compiled = gl.compile(gl.grad(f, argnums=(0, 1)))
    for x, c in DRAWS[:3]:
        c = c + 0.03  # beside what stands in x
        due = gl.grad(f, argnums=(0, 1))(x, c)
        assert_same(compiled(x, c), due)
        steps = [(f(x + d, c) - f(x - d, c)) / 2e-6 for d in np.eye(5) * 1e-6]
        np.testing.assert_allclose(due[0], steps, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", TOTALS)
def test_a_batch_is_a_loop_over_its_examples(name: str) -> None:
    f, rows = TOTALS[name], np.stack([X, X * 2.0, -X])
    made = gl.compile(gl.vmap(lambda x: f(x, 0.25)))(rows)
    np.testing.assert_allclose(made, [f(x, 0.25) for x in rows])


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_other_backends_lengthen_too(backend: str) -> None:
    pytest.importorskip(backend)
    f = TOTALS["pairs"]
    run, slope = gl.compile(f, backend), gl.compile(gl.grad(f), backend)
    for x, c in DRAWS[:3]:
        np.testing.assert_allclose(np.asarray(run(x, c)), f(x, c), rtol=1e-9)
        np.testing.assert_allclose(np.asarray(slope(x, c)), gl.grad(f)(x, c), rtol=1e-9)


def without_bound(x: Any, c: Any) -> Any:
    out = []
    while c > 0.1:
        c = c * 0.5
        out.append(c)
    return out


def through_a_traced_range(x: Any, c: Any) -> Any:
    out = []
    for i in range(np.sum(x > c)):
        out.append(i)  # noqa: PERF402
    return out


def written_in_the_next_turn(x: Any, c: Any) -> Any:
    y, out = x * 1.0, []
    for _ in range(6):
        y += 1
        out.append(y)
        if y[0] > c:
            break
    return out


def written_before_it_is_another(x: Any, c: Any) -> Any:
    y, out = x * 1.0, []
    for _ in range(6):
        y[0] = 3.0
        y = y * 2
        out.append(y)
        if y[0] > c:
            break
    return out


def of_two_kinds(x: Any, c: Any) -> Any:
    out: Any = []
    for v in x:
        out.append(v)
        out.append(x)
        if v > c:
            break
    return out


def one_of_two_lists(x: Any, c: Any) -> Any:
    a: Any = [c]
    out = a
    if c > 0.0:
        out = [*out, x[0]]
    out.append(1.0)
    return a, out


@pytest.mark.parametrize(
    ("f", "kind", "told"),
    [
        (without_bound, ShapeError, "'out' is an empty list before the loop"),
        (through_a_traced_range, ShapeError, "as many as there may be, with a `break`"),
        (written_in_the_next_turn, TraceError, "an array in a list whose length"),
        (written_before_it_is_another, TraceError, "an array in a list whose length"),
        (
            of_two_kinds,
            ShapeError,
            "'out' is a list of 2 before the loop, and a list of 4(.|\n)*make all its items of one",
        ),
        (one_of_two_lists, TraceError, "a list is changed that may or may not be another list"),
    ],
)
def test_it_is_refused(f: Any, kind: type[Exception], told: str) -> None:
    with pytest.raises(kind, match=told) as caught:
        gl.compile(f)(*DRAWS[0])
    assert f" in {f.__name__}" in str(caught.value)
