"""What can be told of any value in a few words: its class, its sizes, its dtype."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from gradloom.frontend.dag.elsewhere import Away, Part


def sizes(value: Any, counted: bool = True) -> str:
    """The sizes of a value as a tuple: of an array or table its shape, of a container its length,
    of anything else `(1, )`. A table that has to count its rows (Spark's does it by a job) is asked
    to only if `counted`. Never raises, whatever the value's own methods do.

    >>> sizes([1, 2, 3]), sizes(7)
    ('(3, )', '(1, )')
    """
    if isinstance(value, Away):
        return sizes(value.content, counted)
    try:
        return _sizes(value, counted)
    except Exception:  # a value of the user, whose class may do anything
        return "(?, )"


def _sizes(value: Any, counted: bool) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return _listed(shape)
    if hasattr(type(value), "collect_schema"):  # polars' lazy tables know their columns so alone
        return "(?, )"
    columns = getattr(value, "columns", None)
    if columns is not None and callable(getattr(value, "count", None)):
        rows = value.count() if counted else "?"  # as Spark's tables tell it
        return _listed((rows if isinstance(rows, int) else "?", len(columns)))
    if isinstance(value, str | bytes):
        return "(1, )"
    return _listed((len(value),)) if hasattr(value, "__len__") else "(1, )"


def _listed(shape: tuple[Any, ...]) -> str:
    if not shape:
        return "(1, )"
    return f"({shape[0]}, )" if len(shape) == 1 else "(" + ", ".join(map(str, shape)) + ")"


def attribute(value: Any, name: str) -> Any:
    """An attribute of any value; None where it has none, or raises whatever it likes."""
    try:
        return getattr(value, name, None)
    except Exception:  # as above
        return None


def first_line(error: BaseException) -> str:
    """The class of an error and the first line of its text, if it has a text."""
    try:
        lines = str(error).splitlines()
    except Exception:  # as above
        lines = []
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def told(value: Any) -> str:
    """A value's class with its sizes and dtype: `ndarray (3, 4) float64`.

    >>> import numpy as np
    >>> told(np.ones((3, 4))), told(None)
    ('ndarray (3, 4) float64', 'None')
    """
    if value is None:
        return "None"
    if isinstance(value, Away):
        return f"{told(value.content)} on {value.worker}"
    words = ["ndarray" if isinstance(value, Part) else type(value).__name__]
    found = sizes(value, counted=False)
    words += [found] if found != "(1, )" else []
    try:
        dtype = getattr(value, "dtype", None)
        words += [str(dtype)] if dtype is not None else []
    except Exception:  # as above
        words.append("?")
    return " ".join(words)


def nbytes(value: Any) -> int:
    """The bytes of an array or table, as it tells them; of anything else, Python's own count of the
    object itself. Never raises.

    >>> import numpy as np
    >>> nbytes(np.ones(3))
    24
    """
    try:
        own = getattr(value, "nbytes", None)
        if isinstance(own, int):
            return own
        usage = getattr(value, "memory_usage", None)  # as pandas tells it
        if callable(usage):
            return int(np.sum(usage(deep=False)))
        estimate = getattr(value, "estimated_size", None)  # as polars does
        return int(estimate()) if callable(estimate) else sys.getsizeof(value)
    except Exception:  # a value of the user, whose class may do anything
        return 0
