"""The operators of a pipeline, between a value and a function and between two functions.

A pipeline that a `when` has ended holds NULL from there on, and gives None.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, MutableMapping
from typing import Any

from gradloom.frontend.notation.ended import NULL, is_over
from gradloom.ir.errors import ArgumentError, CallError

Function = Callable[..., Any]


def _step(f: Any) -> Any:
    """A step of a pipeline; CallError where it is no function."""
    if callable(f):
        return f
    raise CallError(
        f"a pipeline's step is {f!r:.60}, a {type(f).__name__}, which cannot be called",
        hint="a step is a function, or an expression with $ in the place of what flows in",
    )


def pipe(x: Any, f: Any) -> Any:
    """`x |> f`: f(x); nothing where a `when` has ended the pipeline."""
    __tracebackhide__ = True
    f = f if callable(f) else _step(f)
    return x if is_over(x) else f(x)


def pipe_items(x: Any, f: Any) -> Any:
    """`x *|> f`: f(*x)."""
    __tracebackhide__ = True
    f = _step(f)
    return x if is_over(x) else f(*x)


def pipe_keys(x: Any, f: Any) -> Any:
    """`x **|> f`: f(**x)."""
    f = _step(f)
    return x if is_over(x) else f(**x)


def maybe(x: Any, f: Any) -> Any:
    """`x ?> f`: f(x), nothing of None."""
    f = _step(f)
    return NULL if x is None or is_over(x) else f(x)


def maybe_items(x: Any, f: Any) -> Any:
    """`x *?> f`: f(*x), nothing of None."""
    f = _step(f)
    return NULL if x is None or is_over(x) else f(*x)


def maybe_keys(x: Any, f: Any) -> Any:
    """`x **?> f`: f(**x), nothing of None."""
    f = _step(f)
    return NULL if x is None or is_over(x) else f(**x)


def bound(x: Any, f: Any) -> Any:
    """`x $> f`: f with its first argument."""
    return x if is_over(x) else functools.partial(_step(f), x)


def bound_items(x: Any, f: Any) -> Any:
    """`x *$> f`: f with its first arguments."""
    return x if is_over(x) else functools.partial(_step(f), *x)


def bound_keys(x: Any, f: Any) -> Any:
    """`x **$> f`: f with some arguments by name."""
    return x if is_over(x) else functools.partial(_step(f), **x)


def settled(x: Any) -> Any:
    """What a whole pipeline gives: None where a `when` has ended it."""
    return None if is_over(x) else x


def passed(x: Any, _: Any) -> Any:
    """`x |>> name`: x, which goes on, once the name has what a whole pipeline gives."""
    return x


def stored(names: MutableMapping[str, Any], name: str, x: Any) -> Any:
    """`x |>> name` inside a function that is made of a pipeline: a global name."""
    names[name] = settled(x)
    return x


# ---- functions of functions ----------------------------------------------------------------------


def then(f: Any, g: Any) -> Function:
    """`f .> g`: g(f(...))."""
    f, g = _step(f), _step(g)

    def composed(*args: Any, **kwargs: Any) -> Any:
        x = f(*args, **kwargs)
        return x if is_over(x) else g(x)

    return composed


def then_items(f: Any, g: Any) -> Function:
    """`f *.> g`: g(*f(...))."""
    f, g = _step(f), _step(g)

    def composed(*args: Any, **kwargs: Any) -> Any:
        x = f(*args, **kwargs)
        return x if is_over(x) else g(*x)

    return composed


def then_keys(f: Any, g: Any) -> Function:
    """`f **.> g`: g(**f(...))."""
    f, g = _step(f), _step(g)

    def composed(*args: Any, **kwargs: Any) -> Any:
        x = f(*args, **kwargs)
        return x if is_over(x) else g(**x)

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
            if is_over(x):
                return x
            if more:
                x, *more = f(x, *more)
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


def partial(f: Function, *args: Any, **kwargs: Any) -> Function:
    """`f$(...)`: f with some of its arguments."""
    return functools.partial(f, *args, **kwargs)


# ---- what may be missing -------------------------------------------------------------------------


def attribute(x: Any, name: str) -> Any:
    """`x.?name`: None where there is no such attribute."""
    return getattr(x, name, None)


def item(x: Any, key: Any) -> Any:
    """`x.?[key]`: None where there is no such item."""
    try:
        return x[key]
    except (KeyError, IndexError, TypeError):
        return None
