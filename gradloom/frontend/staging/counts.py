"""The items of a list with a traced length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradloom.frontend.growing import State
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.signature import unflatten
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
