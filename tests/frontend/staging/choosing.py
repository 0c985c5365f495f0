"""Programs that choose among things that are no numbers: None, texts, members of enums, functions.

Each takes one vector of three numbers.
"""
# ruff: noqa: SIM102 - written as people write

from __future__ import annotations

import enum
import math
from typing import Any

import numpy as np


class Mode(enum.Enum):
    LOW = 1
    HIGH = 2


class Gear(enum.IntEnum):
    FIRST = 1
    SECOND = 2


def finds_none_or_a_number(x):
    best = None
    for v in x:
        if v > 0.5:
            best = v
    return -1.0 if best is None else best


def keeps_the_best_so_far(x):
    best = None
    for v in x:
        if v > 0:
            if best is None or v < best:
                best = v
    if best is not None:
        return best * 10
    return np.float64(7.0)


def first_of(x):
    for v in x:
        if v > 1:
            return v
    return None


def asks_a_function_that_may_find_nothing(x):
    found = first_of(x)
    if found is None:
        return x.sum()
    return found * 2


def pair_or_nothing(x):
    if x[0] > x[1]:
        return x[0], None
    return x[1], x[2]


def takes_apart_a_tuple(x):
    a, b = pair_or_nothing(x)
    if b is None:
        return a
    return a + b


def is_a_machine_of_states(x):
    state, count = "low", 0
    for v in x:
        if state == "low" and v > 0.5:
            state = "high"
            count += 1
        elif state == "high" and v < 0.2:
            state = "low"
    return count, state == "high", state in ("low", "broken")


def runs_states_in_a_while(x):
    state, total, n = "start", 0.0, 0
    while state != "done":
        if state == "start":
            total = x.sum()
            state = "halve" if total > 0 else "done"
        elif state == "halve":
            total = total / 2
            n += 1
            state = "done" if total < 0.1 else "halve"
    return total, n


def has_modes(x):
    mode = Mode.LOW
    if x[0] > 0:
        mode = Mode.HIGH
    return 1.0 if mode is Mode.HIGH else 0.0, mode.value * 2, mode == Mode.LOW


def shifts_gears(x):
    gear = Gear.FIRST
    if x.sum() > 1:
        gear = Gear.SECOND
    return gear * x[0], gear is Gear.FIRST, gear > 1, x[gear]


def matches_modes(x):
    mode = Mode.LOW if x[0] < x[1] else Mode.HIGH
    match mode:
        case Mode.LOW:
            return x[0]
        case Mode.HIGH:
            return x[1] * 2
    return x[2]


def looks_up_by_text(x):
    name = "a" if x[0] > 0 else "b"
    table = {"a": 1.0, "b": 2.0}
    return table[name] * x, name != "a"


def calls_one_of_two(x):
    f = np.sin if x[0] > 0 else np.cos
    g = abs if x[1] > 0 else (lambda v: v * 3)
    return f(x), g(x[1])


def asks_true_and_false(x):
    seen = False
    for v in x:
        if v > 0.5:
            seen = True
    return 1 if seen is True else 0, 2 if seen is not False else 3


def asks_for_truth(x):
    found = None
    if x[0] > 0:
        found = x[1]
    return (1.0 if found else 2.0), not found, (x[2] if found is not None and found > 0 else 5.0)


def compares_two_choices(x):
    a = "p" if x[0] > 0 else "q"
    b = "q" if x[1] > 0 else "p"
    return a == b, a != b, a is b


class Tracker:
    def __init__(self):
        self.best = None
        self.status = "new"

    def see(self, v):
        if self.best is None or v > self.best:
            self.best = v
            self.status = "better"
        else:
            self.status = "worse"


def keeps_them_in_an_object(x):
    tracker = Tracker()
    for v in x:
        if v > 0:
            tracker.see(v)
    return (0.0 if tracker.best is None else tracker.best), tracker.status == "worse"


def uses_it_as_an_array(x):
    y = x * 2 if x[0] > 0 else None
    if y is None:
        return x[::-1]
    y[0] = 5.0
    return np.stack([y, y + 1])[0] + np.maximum(y, 0.0) + y.sum()


def asks_what_it_is(x):
    y = x if x[0] > 0 else None
    return (1.0 if hasattr(y, "shape") else 2.0), callable(y), getattr(y, "ndim", 7)


def has_methods_of_texts(x):
    word = "abc" if x[0] > 0 else "de"
    return len(word.upper()) * x[0] if word.startswith("a") else x[1]


def searches_until_found(x):
    where, i = None, 0
    while i < 3:
        if where is None and x[i] > 0.5:
            where = i
        i += 1
    return -1 if where is None else where


def nests_choices(x):
    a = None
    if x[0] > 0:
        b = None
        if x[1] > 0:
            b = x[2]
        a = b
    return math.inf if a is None else a


class Node:
    def __init__(self, feature=None, limit=None, left=None, right=None, value=None):
        self.feature, self.limit = feature, limit
        self.left, self.right, self.value = left, right, value


TREE = Node(
    0, 0.5, Node(1, 0.0, Node(value=1.0), Node(value=2.0)),
    Node(2, 1.0, Node(value=3.0), Node(value=4.0)),
)  # fmt: skip


def walks_down_a_tree(x):
    node = TREE
    while node.value is None:
        node = node.left if x[node.feature] < node.limit else node.right
    return node.value * x[0]


def keeps_the_best_in_a_dict(x):
    found = {"best": None, "count": 0}
    for v in x:
        if v > 0:
            if found["best"] is None or v > found["best"]:
                found["best"] = v
            found["count"] += 1
    return found["count"], (0.0 if found["best"] is None else found["best"])


def keeps_several_in_a_list(x):
    slots = [None, None]
    if x[0] > 0:
        slots[0] = x[1]
    if x[1] > 0:
        slots[1] = x[0]
    total = 0.0
    for one in slots:
        if one is not None:
            total = total + one
    return total


def scaled(x, scale=None):
    if scale is None:
        scale = 2.0
    return x * scale


def hands_it_to_a_function(x):
    factor = None
    if x[0] > 0:
        factor = x[1]
    return scaled(x[2], factor)


def says_yes_no_or_nothing(x):
    flag = None
    if x[0] > 0:
        flag = True
    if x[1] > 0:
        flag = False
    return 1.0 if flag is True else 2.0 if flag is False else 3.0


def takes_a_number_or_another(x):
    a = None
    if x[0] > 0:
        a = x[1]
    return a or 5.0


def finds_a_place(x):
    where = None
    for i, v in enumerate(x):
        if v > 0.5 and where is None:
            where = i
    if where is None:
        return x.sum()
    return x[where] * 10


def sees_what_was_before(x):
    before, total = None, 0.0
    for v in x:
        if before is not None and v > before:
            total += v - before
        if v > 0:
            before = v
    return total


def changes_a_list_that_it_hands_on(x):
    words, other = ["a"], ["c"]
    if x[0] > 0:
        words[0] = "b"
        kept = words
    else:
        kept = other
    return 1.0 if kept[0] == "b" else 2.0 if kept[0] == "c" else 3.0


def adds_to_a_number(x):
    total = None
    for v in x:
        if v > 0:
            if total is None:
                total = v
            else:
                total += v
    return 0.0 if total is None else total


PROGRAMS: tuple[Any, ...] = (
    adds_to_a_number,
    changes_a_list_that_it_hands_on,
    walks_down_a_tree, keeps_the_best_in_a_dict, keeps_several_in_a_list, hands_it_to_a_function,
    says_yes_no_or_nothing, takes_a_number_or_another, finds_a_place, sees_what_was_before,
    finds_none_or_a_number, keeps_the_best_so_far, asks_a_function_that_may_find_nothing,
    takes_apart_a_tuple, is_a_machine_of_states, runs_states_in_a_while, has_modes, shifts_gears,
    matches_modes, looks_up_by_text, calls_one_of_two, asks_true_and_false, asks_for_truth,
    compares_two_choices, keeps_them_in_an_object, uses_it_as_an_array, asks_what_it_is,
    has_methods_of_texts, searches_until_found, nests_choices,
)  # fmt: skip
