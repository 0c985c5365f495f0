"""Builtins that call functions, and methods of lists: what to call in their place."""

from __future__ import annotations

import bisect
import functools
import heapq
import itertools
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType
from typing import Any, Final

from gradloom.frontend.builtins.order import sort_list
from gradloom.frontend.builtins.truth import count_of, place_of, remove_from
from gradloom.frontend.growing import Growing

METHODS: Final[Mapping[tuple[type, str], Callable[..., Any]]] = {
    (list, "sort"): sort_list, (list, "index"): place_of, (list, "count"): count_of,
    (list, "remove"): remove_from, (tuple, "index"): place_of, (tuple, "count"): count_of,
}  # fmt: skip
"""A class and its method's name -> what converted code calls in its place, the object first."""
HIGHER_ORDER: Final[Mapping[Any, tuple[int | str, ...]]] = {
    map: (0,), filter: (0,), min: ("key",), max: ("key",), sorted: ("key",), iter: (0,),
    functools.reduce: (0,), itertools.accumulate: (1, "func"), itertools.starmap: (0,),
    itertools.filterfalse: (0,), itertools.takewhile: (0,), itertools.dropwhile: (0,),
    itertools.groupby: (1, "key"), heapq.nsmallest: (2, "key"), heapq.nlargest: (2, "key"),
    bisect.bisect_left: ("key",), bisect.bisect_right: ("key",),
}  # fmt: skip
"""Builtins that call functions -> which of their arguments these are, by place or by name."""

Convert = Callable[[Any], Any]


Methods = Mapping[type, Mapping[str, Callable[..., Any]]]


def methods_by_kind(methods: Mapping[tuple[type, str], Callable[..., Any]]) -> Methods:
    """The methods by class, and by name in each."""
    made: dict[type, dict[str, Callable[..., Any]]] = {}
    for (kind, name), ours in methods.items():
        made.setdefault(kind, {})[name] = ours
    return {**made, Growing: made.get(list, {})}


_METHODS: Final = methods_by_kind(METHODS)


def method_of(f: Any, methods: Methods = _METHODS) -> Callable[..., Any] | None:
    """What stands for a method of a list or tuple, if anything."""
    if type(f) is not BuiltinFunctionType:
        return None
    owner = f.__self__
    named = methods.get(type(owner))
    ours = None if named is None else named.get(f.__name__)
    return None if ours is None else functools.partial(ours, owner)


def calling(f: Any, ours: Callable[..., Any], convert: Convert) -> Callable[..., Any]:
    """`ours`, which stands for `f`, handed the converted functions where `f` takes functions."""
    if type(f) not in (BuiltinFunctionType, type) or f not in HIGHER_ORDER:
        return ours
    places = HIGHER_ORDER[f]
    by_name = not any(isinstance(place, int) for place in places)

    def higher(*args: Any, **kwargs: Any) -> Any:
        if by_name and not kwargs:
            return ours(*args)
        given = [_converted(x, i in places, convert) for i, x in enumerate(args)]
        named = {k: _converted(x, k in places, convert) for k, x in kwargs.items()}
        return ours(*given, **named)

    return higher


def _converted(x: Any, is_function: bool, convert: Convert) -> Any:
    return convert(x) if is_function and callable(x) else x
