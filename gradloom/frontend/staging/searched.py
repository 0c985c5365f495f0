"""What lists with a traced length hold: `in`, `index`, `count`, `remove`, `==`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.builtins.choices import as_kind
from gradloom.frontend.growing import State, is_grown, state_of
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.signature import flatten
from gradloom.frontend.staging.counts import weak
from gradloom.frontend.staging.rows import counted
from gradloom.frontend.staging.structure import settled
from gradloom.frontend.tracer import Tracer, refuse


def _numbers(state: State) -> Any:
    return np.arange(state.rows[0].shape[0])


def _equal(state: State, item: Any) -> Any:
    """Which rows hold items that are equal to this one."""
    leaves, tree = flatten(settled(item))
    held: Any = np.less(_numbers(state), state.count)
    if tree != state.shape.tree:
        return np.logical_and(held, False)
    for rows, leaf in zip(state.rows, leaves, strict=True):
        if np.ndim(leaf) or rows.ndim > 1:
            raise refuse(
                "an item of a list", "arrays are asked whether they are equal, which Python does "
                "by their identity", "look for a number: an index, or a sum",
            )  # fmt: skip
        held = np.logical_and(held, False if isinstance(leaf, str | bytes) else rows == leaf)
    return held


def contains(xs: Any, item: Any, /) -> Any:
    """`item in xs`"""
    state = state_of(xs)
    return as_kind(np.any(_equal(state, item)), "weak") if state.shape.most else False


def count(xs: Any, item: Any, /) -> Any:
    """`xs.count(item)`"""
    state = state_of(xs)
    return weak(np.sum(_equal(state, item))) if state.shape.most else 0


def index(xs: Any, item: Any, start: Any = None, stop: Any = None, /) -> Any:
    """`xs.index(item)`"""
    return _place(state_of(xs), item, start, stop, f"{_told(item)} is not in list")


def remove(xs: Any, item: Any, /) -> None:
    """`xs.remove(item)`"""
    del xs[_place(state_of(xs), item, None, None, "list.remove(x): x not in list")]


def _told(item: Any) -> str:
    return repr(item) if isinstance(item, int | float | str) else "x"


def _place(state: State, item: Any, start: Any, stop: Any, message: str) -> Any:
    found, numbers = _equal(state, item), _numbers(state)
    if start is not None:
        first = np.maximum(counted(lift(start), state.count), 0)
        found = np.logical_and(found, numbers >= first)
    if stop is not None:
        last = np.maximum(counted(lift(stop), state.count), 0)
        found = np.logical_and(found, numbers < last)
    require(np.any(found), message)
    return weak(np.argmax(found))


# ---- whole lists ---------------------------------------------------------------------------------


def equals(xs: Any, others: Any, /) -> Any:
    """`xs == others`"""
    if not isinstance(others, list):
        return NotImplemented
    state = state_of(xs)
    if not is_grown(others):
        return _equals_plain(state, others)
    theirs = state_of(others)
    if state.shape.tree != theirs.shape.tree:
        return as_kind(np.logical_and(state.count == 0, theirs.count == 0), "weak")
    most = min(state.shape.most, theirs.shape.most)
    beyond = np.arange(most) >= state.count
    same: Any = state.count == theirs.count
    for a, b in zip(state.rows, theirs.rows, strict=True):
        _require_numbers(a, b)
        same = np.logical_and(same, np.all(np.logical_or(beyond, a[:most] == b[:most])))
    return as_kind(same, "weak")


def _equals_plain(state: State, others: list[Any]) -> Any:
    if not state.shape.least <= len(others) <= state.shape.most:
        return False
    same: Any = state.count == len(others)
    for i, item in enumerate(others):
        leaves, tree = flatten(settled(item))
        if tree != state.shape.tree:
            return False
        for rows, leaf in zip(state.rows, leaves, strict=True):
            _require_numbers(rows[i : i + 1], leaf)
            same = np.logical_and(same, False if isinstance(leaf, str) else rows[i] == leaf)
    return as_kind(same, "weak")


def _require_numbers(rows: Any, leaf: Any) -> None:
    if rows.ndim > 1 or np.ndim(leaf) > 1:
        raise refuse(
            "==", "lists of arrays are compared, which Python does by their identity",
            "compare arrays: np.array(xs)",
        )  # fmt: skip


def differs(xs: Any, others: Any, /) -> Any:
    """`xs != others`"""
    made = equals(xs, others)
    if type(made) is Tracer:
        return as_kind(np.logical_not(made), "weak")
    return made if made is NotImplemented else not made
