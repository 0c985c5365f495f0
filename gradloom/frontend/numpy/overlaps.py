"""Stores of elements that lie in the memory they are written into.

numpy copies them first, with few exceptions. A vector whose steps through memory go the way of the
places it is stored in is read and written element by element, from the end where equal steps would
be safe; so `x[:, -1] = x[1]` may store what it has just written. And `x.flat[...] = y` goes through
both from the start. Which elements are stored follows from the strides; the graph takes them from
the values by constant positions. `x[mask] = y` goes by runs that depend on the mask, and is refused
where that matters.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.numpy.addresses import addresses, part_strides
from gradloom.frontend.numpy.keys import Key
from gradloom.frontend.numpy.lift import at_hand, lift
from gradloom.frontend.numpy.views import may_share, root_of, strides_of
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import TraceError
from gradloom.ir.location import user_location


def as_stored(x: Tracer, key: Key | None, value: Tracer) -> Tracer:
    """The elements of `value` as numpy has them when it stores them in `x[key]`, or in all of x."""
    size = _length(x, key)
    if size is None or value.kind != "array" or not value.ndim or value.shape[-1] != size:
        return value
    if not meets(x, value):
        return value
    to = strides_of(x) if key is None else part_strides(x, key)
    given = strides_of(value)
    if to is not None and given is not None and (to[0] == given[-1] or to[0] * given[-1] < 0):
        return value
    places = _places(x, key, value)
    order = None if places is None else _in_turn(*places)
    if order is None:
        raise _unknown("a vector is stored in memory of its own in other steps")
    if np.array_equal(order, np.arange(size)):
        return value
    return lift(np.take(value, order, axis=-1))


def as_poured(x: Tracer, key: Key | None, value: Tracer, size: int) -> Tracer:
    """As many elements of `value` as numpy stores in `x[key]` one after the other: from the start
    again where there are too few.
    """
    order = np.arange(size) % int(value.size)
    if meets(x, value) and x.dtype == value.dtype:
        places = _places(x, key, value)
        if places is None:
            raise _unknown("elements are stored in memory of their own, one after the other")
        order = order[_followed(places[0], places[1][order], range(size))]
    flat: Any = np.ravel(value)
    is_whole = value.size == size and np.array_equal(order, np.arange(size))
    return lift(flat if is_whole else np.take(flat, order))


def require_apart(x: Tracer, mask: Any, value: Tracer) -> None:
    """Raise where numpy, which stores in `x[mask]` run by run, may read what it has overwritten."""
    if not value.ndim or value.size == 1 or not meets(x, value):
        return
    places = _places(x, None, value)
    if places is not None and not np.intersect1d(*places).size:
        return
    held = at_hand(mask)
    if places is not None and held is not None:
        to = places[0][held.reshape(-1)]
        order = np.arange(to.size)
        if to.size != value.size or np.array_equal(_followed(to, places[1], range(to.size)), order):
            return
    raise _unknown("elements are stored in memory of their own where a mask holds")


def meets(x: Tracer, value: Tracer) -> bool:
    """Whether both may lie in one memory."""
    if x.owner is not value.owner or value.kind != "array":
        return False
    if x.links is None and value.links is None and x.alias is None and value.alias is None:
        return x is value
    return may_share(x, value)


def _unknown(what: str) -> TraceError:
    return TraceError(
        f"{what}, and which of its elements are overwritten before they are read is not known in a "
        "trace", location=user_location(), hint="write a copy:  y.copy()",
    )  # fmt: skip


def _length(x: Tracer, key: Key | None) -> int | None:
    """How many elements a store into a vector writes; None where it is no vector, or a short
    one.
    """
    if key is None:
        shape = x.shape
    elif key.is_basic or key.is_placed:
        entries = [entry for entry in key.layout if entry != "index"]
        shape = tuple([1 if e == "new" else key.axes[int(e)].size for e in entries])
    else:
        return None
    return shape[0] if len(shape) == 1 and isinstance(shape[0], int) and shape[0] > 1 else None


# ---- which elements numpy reads ------------------------------------------------------------------


def _places(x: Tracer, key: Key | None, value: Tracer) -> tuple[np.ndarray, np.ndarray] | None:
    """Where the elements of `x[key]` and those of the value lie; None where that is not known."""
    root = root_of(x)
    if root_of(value) is not root or x.dtype != value.dtype:
        return None
    to, given = addresses(x, key), addresses(value)
    if to is None or given is None:
        return None
    if root.given:
        root.owner.depend_on_layouts()
    return to.reshape(-1), given.reshape(-1)


def _in_turn(to: np.ndarray, given: np.ndarray) -> np.ndarray:
    """The positions of the elements that are stored, of a vector of equal steps."""
    first, last = (0, -1) if to[0] < to[-1] else (-1, 0)
    end = given[last] + (given[last] - given[first]) // (to.size - 1)
    is_backwards = bool(given[first] < to[first] < end)
    turns = range(to.size)
    return _followed(to, given, turns if is_backwards == (first == -1) else turns[::-1])


def _followed(to: np.ndarray, given: np.ndarray, turns: range) -> np.ndarray:
    """For each place that is written, in these turns, which of the elements given holds what is
    written there.
    """
    found = np.arange(to.size)
    if not np.intersect1d(to, given).size:
        return found
    written: dict[int, int] = {}
    for k in turns:
        found[k] = written.get(int(given[k]), k)
        written[int(to[k])] = int(found[k])
    return found
