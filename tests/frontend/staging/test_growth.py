"""Lists whose length a traced condition decides, and generators that yield under one."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.errors import (
    GradloomError,
    IndexOutOfRange,
    NotSupported,
    ShapeError,
    TraceError,
    ValueNeeded,
)
from tests.frontend.staging.agreement import assert_compiled, assert_same
from tests.frontend.staging.growth import growth
from tests.frontend.staging.outcomes import compiled_outcome
from tests.frontend.staging.sources import compiled

PROPERTY = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip
X = np.array([0.3, -0.8, 1.7, 0.9, -0.1])
DRAWS = [(X, np.float64(c)) for c in (0.0, 0.5, -1.0, 5.0)]


@given(st.randoms(use_true_random=False))
@PROPERTY
@pytest.mark.filterwarnings("ignore")
def test_a_program_of_growing_lists_does_what_python_does_or_is_refused(rng: Random) -> None:
    compiled_outcome(compiled(growth(rng)), rng)


@pytest.mark.filterwarnings("ignore")
def test_nearly_all_programs_of_growing_lists_are_traced() -> None:
    refused = []
    for seed in range(12):
        rng = Random(seed)
        refused.append(compiled_outcome(compiled(growth(rng)), rng))
    assert sum(not reason for reason in refused) >= 11, "\n\n".join(filter(None, refused))


# ---- transforms and backends ---------------------------------------------------------------------


def above(x: Any, c: Any) -> Any:
    for v in x:
        if v > c:
            yield v * v


def total(x: Any, c: Any) -> Any:
    kept, best = [], 0.0
    for v in above(x, c):
        kept.append(v)
        best = best * 0.5 + v
    for i, v in enumerate(kept):
        if v > 1.0:
            best = best + i * v
    kept.insert(0, best)
    return np.sum(kept) * best + len(kept) + sum(kept) + max(kept) + sorted(kept)[0]


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_every_backend_computes_it_and_its_gradient(backend: str) -> None:
    pytest.importorskip(backend)
    run, gradient = gl.compile(total, backend=backend), gl.compile(gl.grad(total), backend=backend)
    for x, c in DRAWS:
        np.testing.assert_allclose(np.asarray(run(x, c)), total(x, c), rtol=1e-9)
        np.testing.assert_allclose(np.asarray(gradient(x, c)), gl.grad(total)(x, c), rtol=1e-9)


def test_vmap_has_a_length_for_each_example() -> None:
    rows = np.stack([X, X * 2.0, -X])
    made = gl.vmap(lambda x: total(x, 0.5))(rows)
    np.testing.assert_allclose(made, [total(x, 0.5) for x in rows])


def test_second_derivatives_and_forward_mode_agree_with_values_at_hand() -> None:
    def f(x: Any) -> Any:
        return total(x, np.float64(0.2))

    assert_same(gl.compile(gl.hessian(f))(X), gl.hessian(f)(X))
    assert_same(gl.compile(lambda x: gl.jvp(f, (x,), (x * 0.5,)))(X), gl.jvp(f, (X,), (X * 0.5,)))


def test_a_list_is_returned_as_long_as_it_is() -> None:
    def f(x: Any, c: Any) -> Any:
        rows, pairs = [], []
        for i, v in enumerate(x):
            if v > c:
                rows.append(x * v)
                pairs.append((i, v))
        return rows, pairs, [len(rows)], np.array(rows), {"all": rows}

    assert_compiled(f, DRAWS[:3])
    assert gl.compile(f)(*DRAWS[3])[:3] == ([], [], [0])


# ---- where an item is --------------------------------------------------------------------------


def places(x: Any, c: Any) -> Any:
    xs = [v * 1.0 for v in x]
    i = np.sum(x > c)
    xs.insert(i, 7.0)
    xs[i - 1] += 0.5
    taken = xs.pop(i - 2)
    del xs[i % 3]
    xs.insert(-i, c)
    xs.remove(7.0)
    return xs, taken, xs.index(c)


def test_a_place_in_a_list_may_be_traced() -> None:
    assert_compiled(places, DRAWS[:3])


def test_an_index_beyond_the_last_item_is_an_error_when_the_program_runs() -> None:
    def f(x: Any, c: Any) -> Any:
        kept = []
        for v in x:
            if v > c:
                kept.append(v)  # noqa: PERF401
        return kept[2]

    run = gl.compile(f)
    assert run(*DRAWS[0]) == f(*DRAWS[0])
    with pytest.raises(IndexOutOfRange, match="list index out of range"):
        run(*DRAWS[1])
    with pytest.raises(IndexError, match="pop index out of range"):
        gl.compile(lambda x, c: list(x).pop(np.sum(x > c)))(X, np.float64(-9.0))


# ---- arrays in lists ---------------------------------------------------------------------------


def written_after(x: Any, c: Any) -> Any:
    y, kept = x * 1.0, []
    if c > 0.0:
        kept.append(y)
    y[0] = 5.0
    return kept


def written_through_a_view(x: Any, c: Any) -> Any:
    y, kept = x * 1.0, []
    if c > 0.0:
        kept.append(y[1:])
    y[1] = 5.0
    return kept


def written_where_made(x: Any, c: Any) -> Any:
    kept = []
    if c > 0.0:
        y = x * 1.0
        kept.append(y)
    else:
        y = x * 2.0
    y[0] = 5.0
    return kept


def written_in_the_list(x: Any, c: Any) -> Any:
    kept = [x * 1.0]
    if c > 0.0:
        kept.append(x * 2.0)
    kept[0][0] = 9.0
    return kept


@pytest.mark.parametrize(
    "f", [written_after, written_through_a_view, written_where_made, written_in_the_list]
)
def test_an_array_in_such_a_list_is_not_written(f: Callable[..., Any]) -> None:
    with pytest.raises(TraceError, match="an array in a list whose length"):
        gl.compile(f)(*DRAWS[0])


def test_what_is_written_before_the_list_is_joined_is_in_it() -> None:
    def f(x: Any, c: Any) -> Any:
        kept = []
        if c >= 0.0:
            y = x * 1.0
            kept.append(y)
            y[0] = 5.0
        return kept

    assert_compiled(f, DRAWS)


# ---- what is refused -----------------------------------------------------------------------------


def of_two_kinds(x: Any, c: Any) -> Any:
    kept = [x]
    if c > 0.0:
        kept.append(c)
    return kept


def of_two_shapes(x: Any, c: Any) -> Any:
    kept = []
    if c > 0.0:
        kept.append(c)
    kept.append(x)
    return kept


def without_end(x: Any, c: Any) -> Any:
    kept = []
    while c > 1.0:
        c = c * 0.5
        kept.append(c)
    return kept


def left_early(x: Any, c: Any) -> Any:
    for v in above(x, c):
        return v
    return c


def asked_by_hand(x: Any, c: Any) -> Any:
    return next(above(x, c))


def in_step(x: Any, c: Any) -> Any:
    return [a + b for a, b in zip(above(x, c), above(x, 0.0), strict=False)]


def changed_on_the_way(x: Any, c: Any) -> Any:
    kept = [c]
    for v in kept:
        if len(kept) < 4 and v > 0.0:
            kept.append(v)
    return kept


def between_conditions(x: Any, c: Any) -> Any:
    found, rest = above(x, c), []
    for v in found:
        if v > 1.0:
            rest = list(found)
    return rest


def given_a_part(x: Any, c: Any) -> Any:
    kept = [c]
    if c > 0.0:
        kept.append(c)
    kept[1:] = [c]
    return kept


@pytest.mark.parametrize(
    ("f", "kind", "told"),
    [
        (of_two_kinds, TraceError, "'kept' is a list of 2 .* and a list of 1"),
        (of_two_shapes, ShapeError, r"holds items of f64\[\], and is given one of f64\[5\]"),
        (without_end, ShapeError, "'kept' is an empty list before the loop"),
        (left_early, NotSupported, "a `break` or `return` that Python alone decides"),
        (asked_by_hand, ValueNeeded, "a `yield` under a traced condition"),
        (in_step, ValueNeeded, "a `yield` under a traced condition"),
        (changed_on_the_way, TraceError, "gets a traced length while a `for` goes through it"),
        (between_conditions, GradloomError, "yield|generator"),
        (given_a_part, NotSupported, r"xs\[a:b\] = ..."),
    ],
)
def test_it_is_refused(f: Callable[..., Any], kind: type[GradloomError], told: str) -> None:
    with pytest.raises(kind, match=told):
        gl.compile(f)(*DRAWS[0])


def test_what_plain_python_asks_is_refused() -> None:
    def f(x: Any, c: Any) -> Any:
        kept = []
        if c > 0.0:
            kept.append(c)
        return np.exp([*kept, 1.0])

    with pytest.raises(ValueNeeded, match="how many items a list has"):
        gl.compile(f)(*DRAWS[0])


def test_a_list_that_is_made_on_one_way_grows_there() -> None:
    def f(x: Any, c: Any) -> Any:
        made, rest = c * 1.0, [1.0]
        if c > 0.0:
            kept = [x[0] * 2.0]
            for v in x:
                if v > c:
                    kept.append(made)
                    made = made + sum(rest)
                else:
                    rest = [u for u in x if u > v]
            made = sum(kept)
        return made, rest

    assert_compiled(f, DRAWS)


def test_a_list_of_lists_that_grow() -> None:
    def f(x: Any, c: Any) -> Any:
        groups: Any = [[] for _ in range(2)]
        for v in x:
            if v > c:
                groups[0].append(v)
            else:
                groups[1].append(v)
        return groups

    assert_compiled(f, DRAWS)
