"""Small programs that random ones (tests/fuzz/python) were shrunk to, each wrong once."""

from __future__ import annotations

import contextlib
import copy

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import GradloomError
from tests.frontend.staging.agreement import assert_same

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


@found
def a_list_made_and_changed_on_one_way_is_that_ways(x, s, n):
    if s > 1:
        v = [s * n]
        v[0] = v[0] + 1
        t = v[0]
    else:
        t = s
    return t


def adder(v):
    def inner(w):
        nonlocal v
        v = v + w if w > v else v - w
        return v

    return inner


@found
def a_function_made_on_one_way_has_variables_of_that_way(x, s, n):
    if s > 1:
        t = adder(s * n)
        t(1.0)
        return t(2.0)
    return s


STORE = np.array([0.25, -1.0, 0.75])


@found
def an_array_from_outside_is_written_twice_by_what_was_read_from_it(x, s, n):
    x[:] = STORE
    STORE[:2] = x[[1, 0]] + n
    STORE[:2] = x[[1, 0]] + n
    return STORE * 1.0


@found
def a_test_asks_for_truth_alone(x, s, n):
    c, u = 3, 0.0
    while c and s > 1 and n:
        c -= 1
        u, s = u + 1.0, s - 0.3
    if (n and s > 0.5) or not (s and n):
        u = u + 10.0
    assert n or s
    return u + (2.0 if n or s else 3.0)


@found
def nonlocal_may_stand_inside_a_loop(x, s, n):
    def add(q):
        for _ in range(2):
            nonlocal s
            if q > 0:
                s = s + q
        return s

    return add(n) + add(s)


@found
def a_match_asks_for_values_in_a_structure(x, s, n):
    match (s, n), {"k": s}:
        case (a, 0), _:
            return a
        case (_, 1 | 2), {"k": k} if k > 1:
            return k * 2
        case [u, v], {"k": _, **rest} if u > v:
            return u + v + len(rest)
    return -1.0


@found
def a_pattern_that_does_not_fit_binds_nothing(x, s, n):
    a = 5.0
    match (s, n):
        case (a, 0):
            pass
        case (_, b):
            a = a + b
    return a


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


@refused("is stored into an array that the trace neither made nor received")
def a_handler_does_not_catch_a_refusal(x, s, n, xs):
    try:
        STORE[0] = s
    except Exception:
        return 1.0
    return s


@refused("is stored into an array that the trace neither made nor received")
def nor_does_suppress(x, s, n, xs):
    with contextlib.suppress(Exception):
        STORE[0] = s
        s = s + 1.0
    return s


@refused("'xs' is a list of 2 before the loop")
def nor_one_that_is_a_value_error(x, s, n, xs):
    with contextlib.suppress(ValueError):
        if n > 5:
            raise ValueError
        for _ in range(n):
            xs.append(s)
    return s


@refused("may or may not be another list")
def a_list_that_a_loop_may_have_replaced_is_not_changed_alone(x, s, n, xs):
    ys = xs
    while s < 1.0:
        s = s + 1.0
        ys = [1.0, *ys[1:]]
    ys[:] = [v * 2.0 for v in ys]


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
        gl.trace(f, *DRAWS[0], [np.float64(1.0), np.float64(2.0)])
    assert REFUSED[f] in str(info.value)


@pytest.mark.parametrize("f", FOUND, ids=lambda f: f.__name__)
def test_a_program_that_was_wrong_once(f):
    before = STORE.copy()
    for draw in DRAWS:
        STORE[:] = before
        due = f(*copy.deepcopy(draw))
        left = STORE.copy()
        STORE[:] = before
        assert_same(gl.compile(f, "numpy")(*copy.deepcopy(draw)), due)
        assert_same(STORE, left)
    STORE[:] = before
