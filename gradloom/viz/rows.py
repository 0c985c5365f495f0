"""Items that are wanted side by side: which of these wishes can be granted, and the layers then."""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[int]
"""Items that are wanted in one layer."""


def granted(rows: Sequence[Row], after: Sequence[Sequence[int]]) -> list[Row]:
    """The rows that can be had together, the earlier ones first: of one row no item may come after
    another, be it by way of other rows. `after` says what stands below each item.

    >>> granted([(0, 1), (0, 2)], [[1], [], []])
    [(0, 2)]
    """
    found: list[Row] = []
    mates: dict[int, Row] = {}
    for row in rows:
        if not _goes_back(row, after, mates):
            found.append(row)
            joined = tuple(dict.fromkeys(m for item in row for m in mates.get(item, (item,))))
            mates.update(dict.fromkeys(joined, joined))
    return found


def _goes_back(row: Row, after: Sequence[Sequence[int]], mates: dict[int, Row]) -> bool:
    """Whether one of the row stands below another."""
    joined = {m for item in row for m in mates.get(item, (item,))}
    pending = [below for item in joined for below in after[item]]
    seen: set[int] = set()
    while pending:
        item = pending.pop()
        if item in joined:
            return True
        if item not in seen:
            seen.add(item)
            for mate in mates.get(item, (item,)):
                seen.add(mate)
                pending += after[mate]
    return False


def levelled(rank: list[int], rows: Sequence[Row], before: Sequence[Sequence[int]]) -> list[int]:
    """The layers of items, lowered so that each row has one; `before` says what stands above each
    item, of those that come earlier in the list.
    """
    rank = list(rank)
    moved = True
    while moved:
        moved = False
        for row in rows:
            lowest = max(rank[item] for item in row)
            moved |= any(rank[item] != lowest for item in row)
            for item in row:
                rank[item] = lowest
        for item, above in enumerate(before):
            least = 1 + max((rank[source] for source in above), default=0)
            moved |= rank[item] < least
            rank[item] = max(rank[item], least)
    return rank
