"""filter, map and itertools' other choosers on traced values: generators whose turns are recorded
as branches where a traced value decides them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from gradloom.frontend.growing import Growing, is_grown
from gradloom.frontend.staging.choice import and_, not_
from gradloom.frontend.staging.comprehended import sift, turns
from gradloom.frontend.staging.items import Zipped
from gradloom.frontend.staging.objects import content

Test = Callable[[Any], Any]


def _filter(function: Test | None, iterable: Iterable[Any], /) -> Iterator[Any]:
    """What `filter` gives."""
    test = function or _itself
    return (x for x in turns(iterable) for _ in sift(test(x)))


def _filterfalse(predicate: Test | None, iterable: Iterable[Any], /) -> Iterator[Any]:
    """What `itertools.filterfalse` gives."""
    test = predicate or _itself
    return (x for x in turns(iterable) for _ in sift(not_(test(x))))


def _compress(data: Iterable[Any], selectors: Iterable[Any]) -> Iterator[Any]:
    """What `itertools.compress` gives."""
    return (x for x, held in turns(Zipped(data, selectors)) for _ in sift(held))


def _takewhile(predicate: Test, iterable: Iterable[Any], /) -> Iterator[Any]:
    """What `itertools.takewhile` gives."""
    goes_on = Growing([True])
    for x in turns(iterable):
        content(goes_on)
        goes_on[0] = and_(goes_on[0], partial(predicate, x))
        if goes_on[0] is False:
            return
        for _ in sift(goes_on[0]):
            yield x


def _dropwhile(predicate: Test, iterable: Iterable[Any], /) -> Iterator[Any]:
    """What `itertools.dropwhile` gives."""
    drops = Growing([True])
    for x in turns(iterable):
        content(drops)
        drops[0] = and_(drops[0], partial(predicate, x))
        for _ in sift(not_(drops[0])):
            yield x


def _map(function: Callable[..., Any], /, *iterables: Any) -> Iterator[Any]:
    """What `map` gives."""
    if not any(map(is_grown, iterables)):
        return map(function, *iterables)
    return (function(*items) for items in turns(Zipped(*iterables)))


def _itself(x: Any) -> Any:
    return x


SIFTING: Final[Mapping[Any, Callable[..., Any]]] = {
    filter: _filter, map: _map, itertools.filterfalse: _filterfalse,
    itertools.compress: _compress, itertools.takewhile: _takewhile,
    itertools.dropwhile: _dropwhile,
}  # fmt: skip
"""A builtin that goes through some items -> what rewritten code calls in its place."""
