"""The items of a list with a traced length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.frontend.growing import Shape, State
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.signature import unflatten
from gradloom.frontend.staging.rows import capacity
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import IN_LIST, Tracer


def item_of(state: State, rows: Sequence[Any]) -> Any:
    """An item of these leaves; an array among them is in the list, and stays as it is."""
    trace = require_trace()
    made = []
    for row, kind in zip(rows, state.shape.kinds, strict=True):
        x = Tracer(trace, lift(row).here(trace), kind, None, IN_LIST if kind == "array" else "")
        x.layout = "C"
        made.append(x)
    return unflatten(state.shape.tree, made)


def nth(state: State, i: Any) -> Any:
    """The item of a number that the list has."""
    return item_of(state, [rows[i] for rows in state.rows])


def has(state: State, i: Any) -> Any:
    """Whether the list has an item of this number."""
    shape = state.shape
    if type(i) is not Tracer and (i < shape.least or i >= shape.most):
        return i < shape.least
    return i < state.count


def weak(x: Any) -> Tracer:
    """A traced integer as Python's own."""
    trace = require_trace()
    return Tracer(trace, lift(x).astype(np.int64).here(trace), "weak")


# ---- other orders --------------------------------------------------------------------------------


def moved(state: State, order: Any, count: Any, least: int, most: int) -> State:
    """The items of these numbers; the first `count` of them count."""
    rows = tuple([lift(rows[order]) for rows in state.rows])
    was = state.shape
    return State(rows, weak(count), Shape(was.tree, was.kinds, least, most, was.roots))


def numbers(most: int) -> Any:
    """The numbers of so many rows, and of those kept beside them."""
    return np.arange(capacity(most))


def inside(state: State, numbers: Any) -> Any:
    """Numbers of rows that there are."""
    return np.minimum(np.maximum(numbers, 0), state.rows[0].shape[0] - 1)


def turned(state: State) -> State:
    """The items from the last to the first."""
    least, most = state.shape.least, state.shape.most
    order = inside(state, state.count - 1 - numbers(most))
    return moved(state, order, state.count, least, most)
