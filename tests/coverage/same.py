"""Whether two results are the same: structure, kind (array or scalar), dtype, shape, values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


def flat(result: Any) -> Iterator[Any]:
    """The leaves of nested tuples and lists."""
    if isinstance(result, list | tuple):
        for part in result:
            yield from flat(part)
    else:
        yield result


def difference(ours: Any, theirs: Any, rtol: float = 1e-9) -> str | None:
    """What differs, in a line; None where nothing does."""
    if isinstance(theirs, list | tuple):
        if type(ours) is not type(theirs) or len(ours) != len(theirs):
            return f"a {_kind(ours)} instead of a {_kind(theirs)}"
        found = (difference(a, b, rtol) for a, b in zip(ours, theirs, strict=True))
        return next((line for line in found if line), None)
    if not isinstance(theirs, np.ndarray | np.generic | int | float | complex):
        return None if ours == theirs else f"{ours!r} instead of {theirs!r}"
    return _leaf(ours, theirs, rtol)


def _kind(x: Any) -> str:
    return f"{type(x).__name__}" + (f" of {len(x)}" if isinstance(x, list | tuple) else "")


def _leaf(ours: Any, theirs: Any, rtol: float) -> str | None:
    """A Python number may come as a numpy scalar of its kind, which is no array."""
    if isinstance(ours, np.ndarray) != isinstance(theirs, np.ndarray):
        return f"{type(ours).__name__} instead of {type(theirs).__name__}"
    a, b = np.asarray(ours), np.asarray(theirs)
    if (a.shape, a.dtype) != (b.shape, b.dtype):
        return f"{a.dtype}{list(a.shape)} instead of {b.dtype}{list(b.shape)}"
    return apart(a, b, rtol)


def apart(a: np.ndarray, b: np.ndarray, rtol: float) -> str | None:
    """How far two arrays of one shape are apart, where that is too far."""
    if b.dtype.kind not in "fc":
        return None if np.array_equal(a, b) else f"values differ: {_first(a, b, a != b)}"
    rtol = max(rtol, 64 * float(np.finfo(b.dtype).eps))
    with np.errstate(all="ignore"):
        scale = float(np.abs(b[np.isfinite(b)]).max(initial=1.0))
        near = np.isclose(a, b, rtol=rtol, atol=rtol * scale, equal_nan=True)
    return None if near.all() else f"values differ: {_first(a, b, ~near)}"


def _first(a: np.ndarray, b: np.ndarray, where: np.ndarray) -> str:
    place = tuple(int(n) for n in np.argwhere(where)[0])
    return f"{a[place]!r} instead of {b[place]!r} at {place}"
