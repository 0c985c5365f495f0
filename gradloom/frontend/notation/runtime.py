"""What a program in the notation calls when it runs.

These functions count as parts of the program (`source/owners.py`): a trace follows the branches of
what they call, and an error names the program's line, never theirs.
"""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final

from pipescript.api.static_macros import future, parallel
from pipescript.api.utils import (
    collapse, lshift, null, peek, pop, push, replace, rshift, unnest,
)  # fmt: skip
from pipescript.constants import pipeline_null as NULL

from gradloom.ir.errors import ArgumentError, CallError

__all__ = [
    "NULL", "apply", "bound", "bound_items", "bound_keys", "collapse", "context", "do", "expect",
    "filter", "fork", "fork_or", "future", "lshift", "map", "maybe", "maybe_items", "maybe_keys",
    "ntimes", "null", "once", "parallel", "parallel_or", "peek", "pipe", "pipe_items", "pipe_keys",
    "point", "pop", "power", "push", "read", "reduce", "repeat", "replace", "rshift", "settled",
    "stored", "then", "then_items", "then_keys", "unless", "unnest", "until", "when", "write",
]  # fmt: skip

Function = Callable[..., Any]
reduce = functools.reduce
_builtin_map, _builtin_filter = map, filter


# ---- pipes ---------------------------------------------------------------------------------------


def _step(f: Any) -> Function:
    """A step of a pipeline; CallError where it is no function."""
    if callable(f):
        return f  # type: ignore[no-any-return]  # whatever it gives
    raise CallError(
        f"a pipeline's step is {f!r:.60}, a {type(f).__name__}, which cannot be called",
        hint="a step is a function, or an expression with $ in the place of what flows in",
    )


def pipe(x: Any, f: Any) -> Any:
    """`x |> f`: f(x); nothing where a `when` has ended the pipeline."""
    f = f if callable(f) else _step(f)
    return x if x is NULL else f(x)


def pipe_items(x: Any, f: Any) -> Any:
    """`x *|> f`: f(*x)."""
    f = _step(f)
    return x if x is NULL else f(*x)


def pipe_keys(x: Any, f: Any) -> Any:
    """`x **|> f`: f(**x)."""
    f = _step(f)
    return x if x is NULL else f(**x)


def maybe(x: Any, f: Any) -> Any:
    """`x ?> f`: f(x), nothing of None."""
    f = _step(f)
    return NULL if x is None or x is NULL else f(x)


def maybe_items(x: Any, f: Any) -> Any:
    """`x *?> f`: f(*x), nothing of None."""
    f = _step(f)
    return NULL if x is None or x is NULL else f(*x)


def maybe_keys(x: Any, f: Any) -> Any:
    """`x **?> f`: f(**x), nothing of None."""
    f = _step(f)
    return NULL if x is None or x is NULL else f(**x)


def bound(x: Any, f: Any) -> Any:
    """`x $> f`: f with its first argument."""
    return x if x is NULL else functools.partial(_step(f), x)


def bound_items(x: Any, f: Any) -> Any:
    """`x *$> f`: f with its first arguments."""
    return x if x is NULL else functools.partial(_step(f), *x)


def bound_keys(x: Any, f: Any) -> Any:
    """`x **$> f`: f with some arguments by name."""
    return x if x is NULL else functools.partial(_step(f), **x)


def settled(x: Any) -> Any:
    """What a whole pipeline gives: None where a `when` has ended it."""
    return None if x is NULL else x


def stored(names: MutableMapping[str, Any], name: str, x: Any) -> Any:
    """`x |>> name` inside a function that is made of a pipeline: a global name."""
    if x is not NULL:
        names[name] = x
    return x


# ---- functions of functions ----------------------------------------------------------------------


def then(f: Any, g: Any) -> Function:
    """`f .> g`: g(f(...))."""
    f, g = _step(f), _step(g)

    def composed(*args: Any, **kwargs: Any) -> Any:
        x = f(*args, **kwargs)
        return x if x is NULL else g(x)

    return composed


def then_items(f: Any, g: Any) -> Function:
    """`f *.> g`: g(*f(...))."""
    f, g = _step(f), _step(g)

    def composed(*args: Any, **kwargs: Any) -> Any:
        x = f(*args, **kwargs)
        return x if x is NULL else g(*x)

    return composed


def then_keys(f: Any, g: Any) -> Function:
    """`f **.> g`: g(**f(...))."""
    f, g = _step(f), _step(g)

    def composed(*args: Any, **kwargs: Any) -> Any:
        x = f(*args, **kwargs)
        return x if x is NULL else g(**x)

    return composed


def power(f: Any, n: Any) -> Any:
    """`f .** n`: f applied n times over; of what is no function, its power."""
    if not callable(f):
        return f**n
    try:
        count = operator.index(n)
    except TypeError:
        raise CallError(f".**: {n!r:.60} is no number of times to apply a function") from None
    if count < 0:
        raise ArgumentError(f".**: a function cannot be applied {count} times")

    def repeated(x: Any, *more: Any) -> Any:
        for _ in range(count):
            if x is NULL:
                return x
            if more:
                x, *more = f(x, *more)  # type: ignore[assignment]  # a list from here on
            else:
                x = f(x)
        return (x, *more) if more else x

    return repeated


def point(name: str, *operands: Any) -> Any:
    """`np.tanh ** 2` as a step: the function whose results are the operator's, point by point.

    `name` is the operator's in the module `operator`; without functions among the operands, its
    value.
    """
    op: Function = getattr(operator, name)
    if not any(callable(x) for x in operands):
        return op(*operands)

    def pointwise(*args: Any, **kwargs: Any) -> Any:
        return op(*[x(*args, **kwargs) if callable(x) else x for x in operands])

    return pointwise


# ---- macros --------------------------------------------------------------------------------------


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
        if made is NULL:
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
    made = _builtin_map(f, x, *more)
    return type(x)(made) if type(x) in _KEPT else made  # type: ignore[call-arg]  # one of _KEPT


def filter(f: Function | None, x: Iterable[Any]) -> Any:
    """`filter[f]`: those of which f is true; a list of a list, and so on."""
    made = _builtin_filter(f, x)
    return type(x)(made) if type(x) in _KEPT else made  # type: ignore[call-arg]  # one of _KEPT


def fork(functions: Iterable[Function], x: Any, *more: Any) -> tuple[Any, ...]:
    """`fork[f, g]`: (f(x), g(x))."""
    return tuple([f(x, *more) for f in functions])


def fork_or(functions: Iterable[Function], x: Any, *more: Any) -> tuple[Any, ...]:
    """`fork[f, g, otherwise[h]]`: h of x where f and g have ended their pipelines."""
    *first, last = functions
    made = fork(first, x, *more)
    return (*made, last(x, *more) if all(m is NULL for m in made) else NULL)


def parallel_or(functions: Iterable[Function], x: Any, *more: Any) -> tuple[Any, ...]:
    """`parallel[f, g, otherwise[h]]`: `fork` with threads."""
    *first, last = functions
    made = parallel(tuple(first), x, *more)
    return (*made, last(x, *more) if all(m is NULL for m in made) else NULL)


def apply(f: Function, *args: Any, **kwargs: Any) -> Any:
    """f of these: a macro without `$` around an expression that gives a function."""
    return f(*args, **kwargs)


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


def named(values: Mapping[str, Any]) -> Any:
    """`params{ ... }`: the parameters of a block's names."""
    from gradloom import params

    return params({**values})


def partial(f: Function, *args: Any, **kwargs: Any) -> Function:
    """`f$(...)`: f with some of its arguments."""
    return functools.partial(f, *args, **kwargs)


def memoize(f: Function) -> Function:
    """`memoize[f]`: f, whose results are kept."""
    return functools.cache(f)


def imap(f: Function, *xs: Iterable[Any]) -> Any:
    """`imap[f]`: f of each, when asked for."""
    return _builtin_map(f, *xs)


def ifilter(f: Function | None, x: Iterable[Any]) -> Any:
    """`ifilter[f]`: those of which f is true, when asked for."""
    return _builtin_filter(f, x)


def attribute(x: Any, name: str) -> Any:
    """`x.?name`: None where there is no such attribute."""
    return getattr(x, name, None)


def item(x: Any, key: Any) -> Any:
    """`x.?[key]`: None where there is no such item."""
    try:
        return x[key]
    except (KeyError, IndexError, TypeError):
        return None


def __getattr__(name: str) -> Any:
    if name in ("params", "frozen", "tied", "buffer"):
        import gradloom

        return getattr(gradloom, name)
    raise AttributeError(f"the notation's runtime has no {name!r}")
