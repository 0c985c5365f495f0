"""any, all, bool, `not`, `in`, and what counts equal items, on traced values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.builtins.choices import as_kind, truth
from gradloom.frontend.chosen import Chosen
from gradloom.frontend.growing import Grown
from gradloom.frontend.params.ambient import itself
from gradloom.frontend.selection import is_selected
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir.ops.rules import BOOL


def _joined(
    stops: bool, join: Callable[[Any, Any], Any], whole: Callable[[Any], Any]
) -> Callable[[Iterable[Any]], Any]:
    """any (which stops at True) or all (which stops at False); `whole` is numpy's, of a vector."""

    def replacement(iterable: Iterable[Any], /) -> Any:
        if is_selected(iterable) or (type(iterable) is Tracer and iterable.ndim == 1):
            return bool_of(whole(iterable))
        unknown: Any = None
        for x in map(asked, iterable):
            held = truth(x)
            if held is None:
                unknown = bool_of(x) if unknown is None else join(unknown, bool_of(x))
            elif held is stops:
                return stops
        return (not stops) if unknown is None else as_kind(unknown, "weak")

    replacement.__doc__ = f"What `{'any' if stops else 'all'}` gives."
    return replacement


any_of: Final = _joined(True, np.logical_or, np.any)
all_of: Final = _joined(False, np.logical_and, np.all)


def asked(test: Any) -> Any:
    """What the truth of an object of the user's is: what its `__bool__` returns, rewritten."""
    test = itself(test)
    kind = type(test)
    if kind is Tracer or kind is Chosen or kind is Grown or kind.__module__ == "builtins":
        return test
    method = getattr(kind, "__bool__", None)
    trace = current_trace() if type(method) is FunctionType else None
    if trace is None or trace.converter is None:
        return test
    return trace.converter.c(method)(test)


def bool_of(x: Any = False, /) -> Any:
    """What `bool` gives; of a traced number whether it is not 0."""
    x = asked(x)
    held = truth(x)
    if held is not None:
        return held
    return as_kind(np.reshape(x if x.dtype == BOOL else x != 0, ()), "weak")


def not_of(x: Any, /) -> Any:
    """What `not x` gives."""
    held = bool_of(x)
    return as_kind(np.logical_not(held), "weak") if type(held) is Tracer else not held


# ---- equal items ---------------------------------------------------------------------------------


def contains_of(container: Any, item: Any, /) -> Any:
    """What `item in container` gives: whether an item is it, or equal to it."""
    if not isinstance(container, list | tuple) and type(container) is not Tracer:
        return item in container
    if type(container) is Tracer and container.ndim:
        return bool_of((container == item).any())
    return any_of(x is item or x == item for x in container)


def count_of(items: Any, item: Any, /) -> Any:
    """What `items.count(item)` gives: how many are it, or equal to it."""
    total: Any = 0
    for x in items:
        held = True if x is item else bool_of(x == item)
        total = total + (as_kind(held.astype(np.int64), "weak") if type(held) is Tracer else held)
    return total


def place_of(items: Any, item: Any, /, *bounds: Any) -> Any:
    """What `items.index(item)` gives; a ValueError when the program runs where there is none."""
    equal = [True if x is item else x == item for x in items]
    unknown = False
    for x in equal:
        held = truth(x)
        unknown = unknown or held is None
        if held and not unknown and not bounds:
            break
    if not unknown:
        return items.index(item, *bounds)
    if bounds:
        raise refuse(
            "index", "which item is equal is traced, and the search has bounds",
            "search a part of the items: items[start:].index(x) + start",
        )  # fmt: skip
    mask: Any = np.stack([np.reshape(bool_of(x), ()) for x in equal])
    name = type(items).__name__
    require(np.any(mask), f"{name}.index(x): x not in {name}")
    return as_kind(np.argmax(mask).astype(np.int64), "weak")


def remove_from(items: list[Any], item: Any, /) -> None:
    """What `list.remove` does, where what is equal is known."""
    del items[place_of(items, item)]
