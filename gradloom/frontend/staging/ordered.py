"""Lists with a traced length in another order or in part: slices, `reverse`, `sort`, `xs * 2`."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from gradloom.frontend.growing import Growing, State, grown, hold, state_of
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.staging.branch import both
from gradloom.frontend.staging.counts import has, inside, moved, nth, numbers, turned
from gradloom.frontend.staging.lengthened import as_state
from gradloom.frontend.staging.objects import content
from gradloom.frontend.staging.unset import LATER
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse

# ---- slices --------------------------------------------------------------------------------------


def fresh(x: Any) -> Any:
    """A part of a list, which may come to have a traced length; a part of anything else."""
    return Growing(x) if type(x) is list else x


def part(x: Any, *bounds: Any) -> Any:
    """`x[start:stop:step]`, where the bounds may be traced."""
    kind = type(x)
    if (kind is Growing or kind is list) and any(type(b) is Tracer for b in bounds):
        return cut(grown(as_state(x)), slice(*bounds)) if x else Growing()
    return fresh(x[slice(*bounds)])


def cut(xs: Any, key: slice) -> Any:
    """`xs[start:stop:step]` of a list with a traced length"""
    state = state_of(xs)
    start, count, step = _bounds(key, state)
    least, most = _lengths(key, state, step)
    order = inside(state, start + step * numbers(most))
    return grown(moved(state, order, count, least, most))


def delete_part(xs: Any, key: slice) -> None:
    """`del xs[start:stop:step]`"""
    content(xs)
    state = state_of(xs)
    start, count, step = _bounds(key, state)
    least, most = _lengths(key, state, step)
    numbers = np.arange(state.rows[0].shape[0])
    steps = (numbers - start) // step
    goes = np.logical_and(steps >= 0, steps < count)
    goes = np.logical_and(goes, start + steps * step == numbers)
    order = np.argsort(goes, kind="stable")
    shape = state.shape
    left = moved(
        state, order, state.count - count, max(shape.least - most, 0), shape.most - least
    )  # fmt: skip
    hold(xs, left)


def _step(key: slice) -> int:
    if type(key.step) is Tracer:
        raise refuse("a slice of a list", "its step is traced", "give the step as a number")
    if key.step == 0:
        raise ValueError("slice step cannot be zero")
    return 1 if key.step is None else int(key.step)


def _bounds(key: slice, state: State) -> tuple[Any, Any, int]:
    """The first number, how many there are, and the step."""
    n, step = state.count, _step(key)
    lower, upper = (0, n) if step > 0 else (-1, n - 1)

    def place(i: Any, default: Any) -> Any:
        if i is None:
            return default
        if type(i) is not Tracer and not hasattr(i, "__index__"):
            raise TypeError("slice indices must be integers or None or have an __index__ method")
        counted = np.where(np.less(i, 0), np.maximum(np.add(i, n), lower), np.minimum(i, upper))
        return np.maximum(counted, lower)

    start = place(key.start, lower if step > 0 else upper)
    stop = place(key.stop, upper if step > 0 else lower)
    apart = stop - start if step > 0 else start - stop
    return start, np.maximum((apart + abs(step) - 1) // abs(step), 0), step


def _lengths(key: slice, state: State, step: int) -> tuple[int, int]:
    """Between which numbers the length of a slice is."""
    least, most = state.shape.least, state.shape.most
    if type(key.start) is Tracer or type(key.stop) is Tracer:
        return 0, -(-most // abs(step))
    found = [len(range(*key.indices(n))) for n in range(least, most + 1)]
    return min(found), max(found)


# ---- order ---------------------------------------------------------------------------------------


def reverse(xs: Any, /) -> None:
    """`xs.reverse()`"""
    content(xs)
    hold(xs, turned(state_of(xs)))


def in_order(state: State, key: Any, turns: bool) -> State:
    """The items by their size; of equal ones the first stays first, also in reverse."""
    size = state.rows[0].shape[0]
    keys = [asked_of(state, i, key) for i in range(min(size, state.shape.most))]
    if any(np.shape(k) != () for k in keys):
        raise refuse("sorted", "traced items are compared by one number each", "give key=")
    ranks: Any = np.stack([*map(lift, keys), *[lift(keys[0])] * (size - len(keys))])
    turn = slice(None, None, -1) if turns else slice(None)
    order: Any = np.argsort(ranks[turn], kind="stable")[turn]
    order = size - 1 - order if turns else order
    absent: Any = order >= state.count
    order = order[np.argsort(absent, kind="stable")]  # what is no item comes last
    return State(tuple([lift(r[order]) for r in state.rows]), state.count, state.shape)


def asked_of(state: State, i: int, key: Any) -> Any:
    """What a function gives of an item; zero where the list has no such item."""
    item, held = nth(state, i), has(state, i)
    if key is None:
        return item
    return key(item) if held is True else both(held, lambda: key(item), lambda: LATER, "a key")


def sort(xs: Any, /, *, key: Any = None, reverse: bool = False) -> None:
    """`xs.sort()`"""
    content(xs)
    converter = require_trace().converter
    if type(key) is FunctionType and converter is not None:
        key = converter.c(key)
    state = state_of(xs)
    if state.shape.most:
        hold(xs, in_order(state, key, reverse))


# ---- several times -------------------------------------------------------------------------------


def repeated(xs: Any, times: Any, /) -> Any:
    """`xs * times`"""
    if type(times) is Tracer:
        raise refuse("a list times a number", "the number is traced", "give it as a number")
    if not hasattr(times, "__index__"):
        return NotImplemented
    state, times = state_of(xs), int(times)
    if times <= 0:
        return Growing()
    least, most = state.shape.least * times, state.shape.most * times
    order = inside(state, numbers(most) % np.maximum(state.count, 1))
    return grown(moved(state, order, state.count * times, least, most))


def repeat(xs: Any, times: Any, /) -> Any:
    """`xs *= times`"""
    content(xs)
    made = repeated(xs, times)
    hold(xs, state_of(made) if type(made) is not Growing else [])
    return xs
