"""filter and itertools' other choosers: which items there are must be known while tracing.

The rest of Python's loops (zip, enumerate, map, reversed, accumulate, ...) takes the elements of a
traced array as they come and needs nothing from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradloom.frontend.builtins.choices import truth
from gradloom.frontend.tracer import refuse


def _known(what: str, x: Any) -> bool:
    held = truth(x)
    if held is None:
        raise refuse(
            what, "which items it keeps is traced, and how many there are is a length",
            "take all items and np.where, or a mask: x[mask]",
        )  # fmt: skip
    return held


def filter_of(function: Callable[[Any], Any] | None, iterable: Iterable[Any], /) -> Iterator[Any]:
    """What `filter` gives."""
    return (x for x in iterable if _known("filter", x if function is None else function(x)))


def filterfalse_of(
    predicate: Callable[[Any], Any] | None, iterable: Iterable[Any], /
) -> Iterator[Any]:
    """What `itertools.filterfalse` gives."""
    test = predicate or (lambda x: x)
    return (x for x in iterable if not _known("itertools.filterfalse", test(x)))


def takewhile_of(predicate: Callable[[Any], Any], iterable: Iterable[Any], /) -> Iterator[Any]:
    """What `itertools.takewhile` gives."""
    for x in iterable:
        if not _known("itertools.takewhile", predicate(x)):
            return
        yield x


def dropwhile_of(predicate: Callable[[Any], Any], iterable: Iterable[Any], /) -> Iterator[Any]:
    """What `itertools.dropwhile` gives."""
    rest = iter(iterable)
    for x in rest:
        if not _known("itertools.dropwhile", predicate(x)):
            yield x
            break
    yield from rest


def compress_of(data: Iterable[Any], selectors: Iterable[Any]) -> Iterator[Any]:
    """What `itertools.compress` gives."""
    pairs = zip(data, selectors, strict=False)
    return (x for x, held in pairs if _known("itertools.compress", held))
