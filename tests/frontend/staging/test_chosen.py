"""Things that are no numbers and that a traced condition chooses: None, texts, enums, functions."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import GradloomError
from tests.frontend.staging import choosing
from tests.frontend.staging.agreement import assert_same

GIVEN = [np.array(x) for x in itertools.product((-0.7, 0.3, 1.4), repeat=3)]
BY_NAME = pytest.mark.parametrize("f", choosing.PROGRAMS, ids=lambda f: f.__name__)


@BY_NAME
def test_a_program_chooses_as_numpy_does(f: Any) -> None:
    run = gl.compile(f, "numpy")
    for x in GIVEN:
        assert_same(run(x.copy()), f(x.copy()))


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
@pytest.mark.parametrize(
    "f",
    [choosing.keeps_the_best_so_far, choosing.runs_states_in_a_while, choosing.calls_one_of_two,
     choosing.asks_a_function_that_may_find_nothing, choosing.shifts_gears],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_choices_run_on_every_backend(f: Any, backend: str) -> None:
    run = gl.compile(f, backend)
    for x in GIVEN[::5]:
        assert_same(run(x), f(x))


@pytest.mark.parametrize(
    "f",
    [choosing.finds_none_or_a_number, choosing.keeps_the_best_so_far,
     choosing.asks_a_function_that_may_find_nothing, choosing.takes_apart_a_tuple,
     choosing.nests_choices, choosing.walks_down_a_tree, choosing.finds_a_place,
     choosing.sees_what_was_before, choosing.keeps_several_in_a_list],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_choices_are_mapped_and_differentiated(f: Any) -> None:
    """Values and slopes of a batch are those of a Python loop, with values at hand."""
    batch = np.stack(GIVEN)
    mapped = gl.compile(gl.vmap(f), "numpy")(batch)
    np.testing.assert_allclose(mapped, [f(x) for x in GIVEN])
    slopes = gl.compile(gl.vmap(gl.grad(lambda x: f(x) * 1.5)), "numpy")(batch)
    np.testing.assert_allclose(slopes, [gl.grad(lambda x: f(x) * 1.5)(x) for x in GIVEN])


def unused_is_fine(x: Any) -> Any:
    word = "a" if x > 0 else None
    other = (word, x)
    return other[1]


def returns_none(x: Any) -> Any:
    if x > 0:
        return x
    return None


def adds_a_text(x: Any) -> Any:
    word = "a" if x > 0 else "b"
    return x + word


def writes_a_text(x: Any) -> Any:
    word = "a" if x > 0 else "b"
    return x * len(f"{word}!")


def asks_for_a_class(x: Any) -> Any:
    y = x if x > 0 else None
    return 1.0 if isinstance(y, float) else 2.0


def asks_which_array(x: Any) -> Any:
    a, b = x * 1, x * 2
    y = a if x > 0 else b
    return 1.0 if y is a else 2.0


def asks_whether_it_is_that_array(x: Any) -> Any:
    a = x * 1
    y = a if x > 0 else None
    return 1.0 if y is a else 2.0


def test_an_array_that_may_be_another_ones_memory_is_not_changed_unseen() -> None:
    def f(x: Any) -> Any:
        z = x * 2
        y = z if x[0] > 0 else None
        if y is not None:
            y += 1
        return z

    with pytest.raises(GradloomError, match="may or may not share memory"):
        gl.trace(f, np.ones(3))


def test_a_choice_that_is_never_asked_costs_nothing() -> None:
    graph = gl.trace(unused_is_fine, np.float64(1.0))
    assert gl.optimize(graph).nodes == ()


@pytest.mark.parametrize(
    "f",
    [
        returns_none,
        adds_a_text,
        writes_a_text,
        asks_for_a_class,
        asks_which_array,
        asks_whether_it_is_that_array,
    ],
)
def test_what_the_program_alone_could_tell_is_refused(f: Any) -> None:
    with pytest.raises(GradloomError):
        gl.trace(f, np.float64(1.0))


def test_a_number_that_is_none_is_told_when_the_program_runs() -> None:
    def f(x: Any) -> Any:
        found = None
        if x > 0:
            found = x
        return found * 2

    run = gl.compile(f, "numpy")
    assert run(3.0) == 6.0
    with pytest.raises(TypeError, match="a number is asked for where there is None"):
        run(-3.0)
