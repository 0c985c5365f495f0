"""Arrays that a function refers to, closed to writing while it is traced: a trace would write into
them once, and its program never again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from gradloom.frontend.environment import scan
from gradloom.ir.errors import TraceError


def reached(function: Callable[..., Any]) -> list[np.ndarray]:
    """The arrays that a function refers to by globals, closures, defaults and helpers."""
    found = {id(x): x for x in scan(function).keep if isinstance(x, np.ndarray)}
    return list(found.values())


@contextlib.contextmanager
def unwritable(arrays: Sequence[np.ndarray]) -> Iterator[None]:
    """In the block, numpy raises `ValueError` where one of these is written into. Raises
    `TraceError` for one whose memory is another library's, which could not be opened again.

    >>> x = np.zeros(2)
    >>> with unwritable([x]):
    ...     x.fill(1.0)
    Traceback (most recent call last):
    ValueError: assignment destination is read-only
    """
    closed = [x for x in arrays if x.flags.writeable]
    for x in closed:
        if not isinstance(_owner(x), np.ndarray):
            raise TraceError(f"it refers to an array in memory of a {type(_owner(x)).__name__}")
    for x in closed:
        x.flags.writeable = False
    try:
        yield
    finally:
        for x in sorted(closed, key=_depth):  # a view opens only when what it looks at is open
            x.flags.writeable = True


def _owner(x: Any) -> Any:
    while isinstance(x, np.ndarray) and x.base is not None:
        x = x.base
    return x


def _depth(x: Any) -> int:
    """How many arrays are behind a view."""
    depth = 0
    while isinstance(x, np.ndarray) and x.base is not None:
        x, depth = x.base, depth + 1
    return depth
