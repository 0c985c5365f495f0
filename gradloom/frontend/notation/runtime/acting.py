"""What the macros do: each takes the function between its brackets, then what flows in."""

from __future__ import annotations

import builtins
import functools
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any, Final

from pipescript.api.static_macros import parallel

from gradloom.frontend.notation.ended import NULL, is_over
from gradloom.ir.errors import ArgumentError

Function = Callable[..., Any]


def _given(x: Any, more: tuple[Any, ...]) -> Any:
    return (x, *more) if more else x


def do(f: Function, x: Any, *more: Any) -> Any:
    """`do[f]`: what it is given, after f has seen it."""
    f(x, *more)
    return _given(x, more)


def expect(f: Function, x: Any, *more: Any) -> Any:
    """`expect[f]`: what it is given; AssertionError where f of it is false."""
    if not f(x, *more):
        raise AssertionError(f"expect: the condition does not hold of {_given(x, more)!r:.80}")
    return _given(x, more)


def when(f: Function, x: Any, *more: Any) -> Any:
    """`when[f]`: what it is given where f of it is true; else the pipeline ends."""
    return _given(x, more) if f(x, *more) else NULL


def unless(f: Function, x: Any, *more: Any) -> Any:
    """`unless[f]`: what it is given where f of it is false; else the pipeline ends."""
    return NULL if f(x, *more) else _given(x, more)


until = unless


def repeat(f: Function, x: Any, *more: Any) -> Any:
    """`repeat[f]`: f over and over, until it ends its pipeline; the last that it was given."""
    while True:
        made = f(x, *more)
        if is_over(made):
            return _given(x, more)
        if more:
            x, *rest = made
            more = tuple(rest)
        else:
            x = made


def context(f: Function, x: Any) -> Any:
    """`context[f]`: f of what is entered."""
    with x as entered:
        return f(x if entered is None else entered)


_KEPT: Final = (frozenset, list, set, tuple)


def map(f: Function, x: Iterable[Any], *more: Iterable[Any]) -> Any:
    """`map[f]`: f of each; a list of a list, and so on."""
    made = builtins.map(f, x, *more)
    return type(x)(made) if type(x) in _KEPT else made  # type: ignore[call-arg]  # one of _KEPT


def filter(f: Function | None, x: Iterable[Any]) -> Any:
    """`filter[f]`: those of which f is true; a list of a list, and so on."""
    made = builtins.filter(f, x)
    return type(x)(made) if type(x) in _KEPT else made  # type: ignore[call-arg]  # one of _KEPT


def fork(functions: Iterable[Function], x: Any, *more: Any) -> tuple[Any, ...]:
    """`fork[f, g]`: (f(x), g(x))."""
    __tracebackhide__ = True
    return tuple([f(x, *more) for f in functions])


def fork_or(functions: Iterable[Function], x: Any, *more: Any) -> tuple[Any, ...]:
    """`fork[f, g, otherwise[h]]`: h of x where f and g have ended their pipelines."""
    *first, last = functions
    made = fork(first, x, *more)
    return (*made, last(x, *more) if all(is_over(m) for m in made) else NULL)


def parallel_or(functions: Iterable[Function], x: Any, *more: Any) -> tuple[Any, ...]:
    """`parallel[f, g, otherwise[h]]`: `fork` with threads."""
    *first, last = functions
    made = parallel(tuple(first), x, *more)
    return (*made, last(x, *more) if all(is_over(m) for m in made) else NULL)


def imap(f: Function, *xs: Iterable[Any]) -> Any:
    """`imap[f]`: f of each, when asked for."""
    return builtins.map(f, *xs)


def ifilter(f: Function | None, x: Iterable[Any]) -> Any:
    """`ifilter[f]`: those of which f is true, when asked for."""
    return builtins.filter(f, x)


def memoize(f: Function) -> Function:
    """`memoize[f]`: f, whose results are kept."""
    return functools.cache(f)


# ---- state of a place in the program -------------------------------------------------------------

_memory: dict[str, Any] = {}
_once: dict[int, Any] = {}
_left: MutableMapping[int, list[int]] = defaultdict(list)


def write(key: str, x: Any) -> Any:
    """`write[key]`: what it is given, kept under a name."""
    _memory[key] = x
    return x


def read(key: str, x: Any) -> tuple[Any, Any]:
    """`read[key]`: what it is given, and what was kept under a name."""
    if key not in _memory:
        raise ArgumentError(f"read[{key}]: nothing was written under this name")
    return x, _memory[key]


def once(place: int, made: Callable[[], Any]) -> Any:
    """`once[x]`: the x of the first time that this place was reached."""
    if place not in _once:
        _once[place] = made()
    return _once[place]


def ntimes(place: int, count: Callable[[], int]) -> Function:
    """`ntimes[n]`: what it is given, n times; then the pipeline ends."""
    left = _left[place]
    if not left:
        left.append(operator.index(count()))

    def counted(x: Any) -> Any:
        if left[0] <= 0:
            return NULL
        left[0] -= 1
        return x

    return counted
