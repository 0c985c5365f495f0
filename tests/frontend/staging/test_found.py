"""Small programs that random ones (tests/fuzz/python) were shrunk to, each wrong once."""

from __future__ import annotations

import numpy as np
import pytest

from tests.frontend.staging.agreement import assert_compiled

DRAWS = tuple(
    (np.array([1.0, 2.0, 0.5]), np.float64(s), np.int64(n))
    for s in (-1.0, 1.5, 9.0)
    for n in (0, 2)
)
FOUND = []


def found(f):
    """A program, by the name of what was wrong with it."""
    FOUND.append(f)
    return f


class Truth:
    def __init__(self, p):
        self.p = p

    def __bool__(self):
        return bool(self.p > 0)


@found
def a_variable_set_after_a_return_in_a_staged_loop_is_the_last_turns(x, s, n):
    for v in x:
        if v > s:
            return v
        t = v * 2
    return t


@found
def a_variable_set_after_a_break_is_the_last_turns_in_the_else(x, s, n):
    for v in x:
        if v > s:
            break
        t = v * 2
    else:
        return t
    return s


@found
def a_variable_left_undefined_by_a_continue_belongs_to_its_turn(x, s, n):
    for v in x:
        if n > 0:
            continue
        for _ in range(4):
            if v > s:
                break
            _t = np.argsort(x)
    return s


@found
def bool_of_an_object_asks_its_own_method(x, s, n):
    box = Truth(s)
    if bool(box):
        np.multiply(1.0, 2.0, out=x)
    return any([box]), all([box, Truth(n)]), not box


@pytest.mark.parametrize("f", FOUND, ids=lambda f: f.__name__)
def test_a_program_that_was_wrong_once(f):
    assert_compiled(f, DRAWS)
