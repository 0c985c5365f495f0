"""sorted, list.sort, heapq's nsmallest and nlargest, and bisect, on traced numbers."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal

import numpy as np

from gradloom.frontend.builtins.choices import as_kind, is_plain, kind_of
from gradloom.frontend.numpy.lift import lift, result_dtype
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import ValueNeeded


def sorted_of(
    iterable: Iterable[Any], /, *, key: Any = None, reverse: bool = False,
    pick: Callable[[Sequence[Any], Any], Any] | None = None,
) -> list[Any]:  # fmt: skip
    """What `sorted` gives; where the order is traced, by a stable sort with NaN last. `pick` gives
    the item of a traced number where the items are no numbers.
    """
    items = list(iterable)
    keys = items if key is None else [key(x) for x in items]
    try:
        order = sorted(range(len(items)), key=lambda i: keys[i], reverse=reverse)
        return [items[i] for i in order]
    except ValueNeeded:
        pass
    if any(np.shape(k) != () for k in keys):
        raise refuse("sorted", "traced items are compared by one number each", "give key=")
    turned = -1 if reverse else 1  # of equal items the first stays first, also in reverse
    ranks: Any = np.argsort(np.stack([lift(k) for k in keys])[::turned], kind="stable")[::turned]
    ranks = len(items) - 1 - ranks if reverse else ranks
    rows = [flatten(x) for x in items]
    if pick is not None and not _are_numbers(rows):
        return [pick(items, ranks[i]) for i in range(len(items))]
    if any(tree != rows[0][1] for _, tree in rows):
        raise refuse("sorted", "its items are structured differently, and their order is traced")
    columns = [_column([leaves[n] for leaves, _ in rows], ranks) for n in range(len(rows[0][0]))]
    return [unflatten(rows[0][1], [c[i] for c in columns]) for i in range(len(items))]


def _are_numbers(rows: Sequence[tuple[list[Any], Any]]) -> bool:
    """Whether items are numbers or arrays, or made of these in one way."""
    alike = all(tree == rows[0][1] for _, tree in rows)
    return alike and all(hasattr(x, "dtype") or isinstance(x, int | float | complex)
                         for leaves, _ in rows for x in leaves)  # fmt: skip


def _column(leaves: list[Any], ranks: Any) -> list[Any]:
    """These leaves of all items, in the order of the ranks."""
    if any(isinstance(x, str | bytes) for x in leaves):
        raise refuse("sorted", "texts in an order that is traced", "sort numbers")
    kind = kind_of(leaves)
    made: Any = np.stack([lift(x).astype(result_dtype([lift(y) for y in leaves])) for x in leaves])
    return [as_kind(made[ranks[i]], kind) for i in range(len(leaves))]


def sort_list(items: list[Any], /, *, key: Any = None, reverse: bool = False) -> None:
    """What `list.sort` does."""
    items[:] = sorted_of(items, key=key, reverse=reverse)


def smallest_of(n: int, iterable: Iterable[Any], key: Any = None) -> list[Any]:
    """What `heapq.nsmallest` gives."""
    return sorted_of(iterable, key=key)[: max(n, 0)]


def largest_of(n: int, iterable: Iterable[Any], key: Any = None) -> list[Any]:
    """What `heapq.nlargest` gives."""
    return sorted_of(iterable, key=key, reverse=True)[: max(n, 0)]


# ---- bisect --------------------------------------------------------------------------------------


def _place(side: Literal["left", "right"]) -> Callable[..., Any]:
    """bisect_left or bisect_right: a Python int, traced where it depends on what is traced."""
    original = getattr(bisect, f"bisect_{side}")

    def replacement(a: Any, x: Any, lo: int = 0, hi: int | None = None, *, key: Any = None) -> Any:
        if is_plain([a, x]):
            return original(a, x, lo, hi, key=key)
        if lo < 0:
            raise ValueError("lo must be non-negative")
        part = list(a)[lo:hi]
        keys = part if key is None else [key(y) for y in part]
        if not keys:
            return lo
        found = np.searchsorted(np.stack([lift(k) for k in keys]), x, side=side)
        return as_kind(found + lo, "weak")

    replacement.__doc__ = f"What `bisect.bisect_{side}` gives, for items in order."
    return replacement


left_place: Final = _place("left")
right_place: Final = _place("right")
