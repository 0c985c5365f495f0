"""Arguments and results that a trace would use up, or whose content it would not see change."""

from __future__ import annotations

from array import array
from collections import UserDict, UserList
from collections.abc import ItemsView, Iterator, ValuesView
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import CallError
from gradloom.ir.location import user_location

_REFUSED: Final[tuple[tuple[Any, str, str], ...]] = (
    (np.flatiter, "an iterator, and a trace would use it up", "pass the array itself"),
    (Iterator, "an iterator, and a trace would use it up", "make it a list: list(...)"),
    (ValuesView | ItemsView, "a view of a dict", "pass the dict itself, or list(...)"),
    (UserList | UserDict, "no list or dict to a trace", "pass its .data"),
    (array | bytearray | memoryview, "no array of numpy's", "pass np.asarray(...)"),
)
"""A kind of value, what is wrong with it, and what to do."""


def refuse_used_up(x: Any) -> None:
    """Raise for generators and other iterators, and for containers that a trace cannot watch."""
    for kind, why, hint in _REFUSED:
        if isinstance(x, kind):
            raise CallError(
                f"an argument or result is a {type(x).__name__}: it is {why}",
                location=user_location(),
                hint=hint,
            )
