"""numpy's index objects that no protocol reaches: r_, c_, mgrid and ogrid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.numpy.lift import as_array, lift, result_dtype
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Tracer, any_tracer, refuse
from gradloom.ir.errors import ArgumentError
from gradloom.ir.location import user_location

# ---- r_ and c_ -----------------------------------------------------------------------------------


def _joined(name: str, axis: int, ndmin: int, moved: int) -> Callable[[Any], Any]:
    """What np.r_ or np.c_ gives for a key with traced values.

    `ndmin`: the least number of axes; `moved`: where an array's own axes start among them (-1: at
    the end).
    """

    def joined(key: Any) -> Any:
        items = list(key) if isinstance(key, tuple) else [key]
        at, least, start = axis, ndmin, moved
        if isinstance(items[0], str):
            at, least, start = _directive(name, items.pop(0), (axis, ndmin, moved))
        parts = [_part(name, item, least, start) for item in items]
        weights = [lift(i) if _is_scalar(i) else p for i, p in zip(items, parts, strict=True)]
        dtype = result_dtype([lift(w) for w in weights])
        return np.concatenate([p.astype(dtype) for p in parts], axis=at)

    return joined


def _directive(name: str, text: str, given: tuple[int, int, int]) -> tuple[int, int, int]:
    """The numbers of a directive such as '0,2,1' in place of the first ones given."""
    if text in ("r", "c"):
        raise refuse(f"np.{name}[{text!r}]", "np.matrix cannot be traced", "use np.concatenate")
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise ArgumentError(
            f"np.{name}: unknown special directive {text!r}", location=user_location()
        ) from None
    return (*numbers, *given[len(numbers) :])[:3]  # type: ignore[return-value]


def _is_scalar(item: Any) -> bool:
    return np.isscalar(item) or (type(item) is Tracer and item.kind != "array")


def _part(name: str, item: Any, ndmin: int, moved: int) -> Any:
    if isinstance(item, str):
        raise ArgumentError(
            f"np.{name}: special directives must be the first entry", location=user_location()
        )
    if isinstance(item, slice):
        made = as_array(_steps(item))
        made = np.reshape(made, (1,) * (ndmin - 1) + made.shape)
        return np.swapaxes(made, -1, moved) if ndmin > 1 and moved != -1 else made
    x = as_array(item)
    made = np.reshape(x, (1,) * (ndmin - x.ndim) + x.shape) if x.ndim < ndmin else x
    if _is_scalar(item) or moved == -1 or x.ndim >= ndmin:
        return made
    new, axes = ndmin - x.ndim, list(range(ndmin))
    first = moved if moved >= 0 else moved + new + 1
    return np.transpose(made, axes[:first] + axes[new:] + axes[first:new])


def _steps(item: slice) -> Any:
    """The numbers of a slice; an imaginary step counts them."""
    start = 0 if item.start is None else item.start
    if isinstance(item.step, complex):
        return np.linspace(start, item.stop, int(abs(item.step)))
    return np.arange(start, item.stop, 1 if item.step is None else item.step)


# ---- mgrid and ogrid -----------------------------------------------------------------------------


def _grid(sparse: bool) -> Callable[[Any], Any]:
    """What np.mgrid (or np.ogrid) gives for slices with traced ends."""

    def grid(key: Any) -> Any:
        if not isinstance(key, tuple):
            return _ticks(key)
        dtype = np.result_type(0, *[number for item in key for number in _ends(item)])
        ticks = [_ticks(item).astype(dtype) for item in key]
        if sparse:
            count = len(ticks)
            return tuple(
                np.reshape(t, tuple(-1 if i == j else 1 for j in range(count)))
                for i, t in enumerate(ticks)
            )
        return np.stack(list(np.meshgrid(*ticks, indexing="ij")))

    return grid


def _ends(item: slice) -> tuple[Any, Any, Any]:
    """Where a slice begins and ends, and its step or how many ticks it has: what decides a
    dtype.
    """
    step = 1 if item.step is None else item.step
    return (
        0 if item.start is None else item.start,
        item.stop,
        abs(step) if isinstance(step, complex) else step,
    )


def _ticks(item: slice) -> Any:
    start = 0 if item.start is None else item.start
    if not isinstance(item.step, complex):
        return as_array(_steps(item))
    count = int(abs(item.step))
    step = (item.stop - start) / float(count - 1) if count > 1 else item.stop - start
    dtype = np.result_type(start, item.stop, step, 1.0)
    return as_array(np.arange(count, dtype=dtype) * step + start)


# ---- the objects ---------------------------------------------------------------------------------


@final
class Indexed:
    """One of numpy's index objects: the original, or ours where a traced value is in the key."""

    def __init__(self, original: Any, ours: Callable[[Any], Any]) -> None:
        self._original = original
        self._ours = ours

    def __getitem__(self, key: Any) -> Any:
        if current_trace() is None or not _is_traced(key):
            return self._original[key]
        return self._ours(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def _is_traced(key: Any) -> bool:
    """Whether a traced value stands in the key or at an end of one of its slices."""
    for item in key if isinstance(key, tuple) else (key,):
        if isinstance(item, slice):
            if any_tracer((item.start, item.stop, item.step)):
                return True
        elif any_tracer(item):
            return True
    return False


INDEXED: Final = {
    "r_": Indexed(np.r_, _joined("r_", 0, 1, -1)),
    "c_": Indexed(np.c_, _joined("c_", -1, 2, 0)),
    "mgrid": Indexed(np.mgrid, _grid(False)),
    "ogrid": Indexed(np.ogrid, _grid(True)),
}
