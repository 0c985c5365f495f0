"""Programs that assert something, everywhere an assert can stand; used by several tests."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

import gradloom as gl
from gradloom.frontend.asserted import assert_that


def straight(x: Any) -> Any:
    assert_that((x > 0).all(), "positive")
    return np.sum(x * x)


def in_a_branch(x: Any) -> Any:
    def checked(x: Any) -> Any:
        assert_that((x > 0).all(), "positive in a branch")
        return np.sum(x)

    return gl.cond(x[0] < 10, checked, lambda x: np.sum(x * x), x)


def in_a_loop(x: Any) -> Any:
    def step(carry: Any, row: Any) -> Any:
        assert_that(row > 0, "positive in a loop")
        return carry * row, carry

    return gl.scan(step, np.ones(()), x)[0]


def in_a_checkpoint(x: Any) -> Any:
    @gl.checkpoint
    def f(x: Any) -> Any:
        assert_that((x > 0).all(), "positive in a checkpoint")
        return np.sum(np.sin(x) ** 2)

    return f(x)


def in_a_branch_of_a_loop(x: Any) -> Any:
    def step(carry: Any, row: Any) -> Any:
        def checked(row: Any) -> Any:
            assert_that(row > 0, "positive in a branch of a loop")
            return row * 2

        return carry + gl.cond(row < 5, checked, lambda row: row * 3, row), carry

    return gl.scan(step, np.zeros(()), x)[0]


def in_a_while(x: Any) -> Any:
    def body(state: Any) -> Any:
        i, total = state
        assert_that(total < 1000, "small in a while")
        return i + 1, total * np.sum(np.abs(x))

    return gl.while_loop(lambda s: s[0] < 3, body, (np.asarray(0), np.asarray(1.0)))[1]


def in_a_predicate(x: Any) -> Any:
    def goes_on(state: Any) -> Any:
        assert_that(state[1] < 1000, "small in a predicate")
        return state[0] < 3

    def body(state: Any) -> Any:
        return state[0] + 1, state[1] * np.sum(np.abs(x))

    return gl.while_loop(goes_on, body, (np.asarray(0), np.asarray(1.0)))[1]


class Program(NamedTuple):
    """A program, an argument that fails its assert, and one that would if it were reached."""

    f: Any
    bad: tuple[float, ...]
    spared: tuple[float, ...] = (1.0, 2.0, 3.0)
    reverse: bool = True


GOOD: Final = np.array([1.0, 2.0, 3.0])
PROGRAMS: Final = (
    Program(straight, (-1, 2, 3)),
    Program(in_a_branch, (1, -2, 3), (11, -2, 3)),
    Program(in_a_loop, (1, -2, 3)),
    Program(in_a_checkpoint, (1, -2, 3)),
    Program(in_a_branch_of_a_loop, (1, -1, 9), (6, 7, 8)),
    Program(in_a_while, (20, 20, 1), reverse=False),
    Program(in_a_predicate, (20, 20, 1), reverse=False),
)
