"""Things of which a traced number says which one it is: texts, functions, objects."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend.staging.branch import both
from gradloom.frontend.staging.rows import held_place
from gradloom.frontend.tracer import refuse
from gradloom.ir.errors import DtypeError, ShapeError, TraceError

_MOST: Final = 256
"""Items at most that are told apart one by one."""


def one_of(items: Sequence[Any], i: Any) -> Any:
    """The item of a traced number, of items that have no common type: texts, functions, objects."""
    if not items:
        raise IndexError("list index out of range")
    if len(items) <= _MOST:
        with contextlib.suppress(ShapeError, DtypeError, TraceError):
            return _among(items, held_place(i, len(items), "list"), 0)
    raise refuse(
        "an item", "a traced value says which, and the items are of different kinds",
        "make them arrays of one shape and dtype",
    )  # fmt: skip


def _among(items: Sequence[Any], i: Any, start: int) -> Any:
    if len(items) == 1:
        return items[0]
    half = len(items) // 2
    return both(
        np.less(i, start + half), lambda: _among(items[:half], i, start),
        lambda: _among(items[half:], i, start + half), "an item",
    )  # fmt: skip
