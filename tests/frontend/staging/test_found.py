"""Small programs that random ones (tests/fuzz/python) were shrunk to, each wrong once."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import GradloomError
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


REFUSED = {}


def refused(words):
    """A program that gave a wrong number, and is refused with these words."""

    def keep(f):
        REFUSED[f] = words
        return f

    return keep


@refused("may or may not be another list")
def a_list_that_may_be_an_argument_is_not_changed_alone(x, s, n, xs):
    ys = x.tolist() if s > 0.5 else xs
    ys.append(s)


@refused("an index that is out of range: the program alone finds out")
def an_index_that_is_out_of_range_is_not_left_to_a_handler(x, s, n, xs):
    try:
        s = x[n]
    except IndexError:
        x *= 3
    return s


@refused("an index that is out of range: the program alone finds out")
def nor_that_of_a_list(x, s, n, xs):
    try:
        s = xs[n]
    except (KeyError, LookupError):
        return 0.0
    return s


@refused("'table' is a dict with 'p' (")
def a_variable_is_seen_from_outside_among_any_number_of_objects(x, s, n, xs):
    table = {}
    crowd = [[float(i)] for i in range(60_000)]
    if s > 0.5:
        table["p"] = s
    return len(table) * len(crowd)


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_a_program_that_was_wrong_once_is_refused(f):
    with pytest.raises(GradloomError) as info:
        gl.compile(f, "numpy")(*DRAWS[0], [np.float64(1.0), np.float64(2.0)])
    assert REFUSED[f] in str(info.value)


@pytest.mark.parametrize("f", FOUND, ids=lambda f: f.__name__)
def test_a_program_that_was_wrong_once(f):
    assert_compiled(f, DRAWS)
