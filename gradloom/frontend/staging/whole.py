"""Builtins that go through a whole list with a traced length, or through a generator that yields
under a condition: `list`, `sum`, `min`, `max`, `sorted`, `any`, `all`, `tuple`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.builtins import BUILTINS
from gradloom.frontend.builtins.choices import MISSING, chosen, extreme
from gradloom.frontend.growing import Growing, grown, is_grown, state_of
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.signature import flatten
from gradloom.frontend.staging.advanced import next_of
from gradloom.frontend.staging.branch import truth
from gradloom.frontend.staging.choice import choose
from gradloom.frontend.staging.comprehended import Passed, gathered, listed, turns
from gradloom.frontend.staging.counts import has, nth, turned
from gradloom.frontend.staging.ordered import asked_of, in_order
from gradloom.frontend.staging.picked import one_of
from gradloom.frontend.tracer import refuse


def _list(items: Any = (), /) -> Any:
    made = listed(items)
    if is_grown(made):
        return made.copy() if made is items else made
    return Growing(made)


def _tuple(items: Any = (), /) -> Any:
    made = listed(items)
    if is_grown(made):
        raise refuse("tuple", "how many items there are, a traced condition decides", "use a list")
    return tuple(made)


def _sum(xs: Any, /, start: Any = 0) -> Any:
    total, state = start, state_of(xs)
    for i in range(state.shape.most):
        held = has(state, i)
        more = total + nth(state, i)
        total = more if held is True else _one_of("sum", held, more, total)
    return total


def _one_of(what: str, held: Any, one: Any, other: Any) -> Any:
    """`one` where it is held, in the shape that both have."""
    if np.shape(one) != np.shape(other):
        other = other + np.zeros(np.shape(one), lift(one).dtype)
    return chosen(what, held, one, other)


def _extreme(what: str, before: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def replacement(xs: Any, /, *, key: Any = None, default: Any = MISSING) -> Any:
        state = state_of(xs)
        if default is MISSING:
            require(has(state, 0), f"{what}() iterable argument is empty")
        best: Any = nth(state, 0)
        rank = asked_of(state, 0, key)
        for i in range(1, state.shape.most):
            item = nth(state, i)
            its = asked_of(state, i, key)
            held = np.logical_and(has(state, i), before(its, rank))
            best = chosen(what, held, item, best)
            rank = best if key is None else chosen(what, held, its, rank)
        return best if default is MISSING else chosen(what, has(state, 0), best, default)

    return replacement


def _sorted(xs: Any, /, *, key: Any = None, reverse: bool = False) -> Any:
    state = state_of(xs)
    return grown(in_order(state, key, reverse) if state.shape.most else state)


def _truths(stops: bool) -> Callable[[Any], Any]:
    def replacement(xs: Any, /) -> Any:
        state = state_of(xs)
        held = [has(state, i) for i in range(state.shape.most)]
        true = [BUILTINS[bool](nth(state, i)) for i in range(len(held))]
        if stops:
            return BUILTINS[any](np.logical_and(h, t) for h, t in zip(held, true, strict=True))
        missing = [np.logical_not(h) for h in held]
        return BUILTINS[all](np.logical_or(m, t) for m, t in zip(missing, true, strict=True))

    return replacement


def _pick(what: str, held: Any, one: Any, other: Any) -> Any:
    """One of two items, which may be texts or objects."""
    (ones, tree), (others, second) = flatten(one), flatten(other)
    if tree == second and all(hasattr(x, "dtype") or isinstance(x, int | float | complex)
                              for x in (*ones, *others)):  # fmt: skip
        return chosen(what, held, one, other)
    return choose(held, lambda: one, lambda: other)


_minimum: Final = extreme("min", lambda a, b: a < b, _pick)
_maximum: Final = extreme("max", lambda a, b: a > b, _pick)
_ordered: Final = functools.partial(BUILTINS[sorted], pick=one_of)
_PLAIN: Final[Mapping[Any, Callable[..., Any]]] = {
    min: _minimum, max: _maximum, sorted: _ordered, sum: BUILTINS[sum], any: BUILTINS[any],
    all: BUILTINS[all],
}  # fmt: skip
"""What stands for a builtin of items whose number is known."""


def _through(f: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, which stands for a builtin, with our form of it for lists with a traced length."""

    def replacement(*args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 or (len(args) == 2 and ours is _sum):
            items = args[0]
            if type(items) is Passed:
                items = gathered(items.items, _ENOUGH.get(ours))
            elif ours not in _ENOUGH:
                items = listed(items)
            if is_grown(items):
                return ours(items, *args[1:], **kwargs)
            made = f(items, *args[1:], **kwargs)
            return Growing(made) if type(made) is list else made
        return f(*args, **kwargs)

    return replacement


_ANY: Final = _truths(True)
_ALL: Final = _truths(False)
_ENOUGH: Final[Mapping[Any, Callable[[Any], bool]]] = {
    _ANY: lambda x: truth(x) is True, _ALL: lambda x: truth(x) is False,
}  # fmt: skip
"""Those that may stop before the end, and so leave a generator where it is that someone keeps; and
the items that end them.
"""


def _reversed(xs: Any, /) -> Any:
    if not is_grown(xs):
        return reversed(xs)
    return (x for x in turns(grown(turned(state_of(xs)))))


WHOLE: Final[Mapping[Any, Callable[..., Any]]] = {
    list: _list, tuple: _tuple, reversed: _reversed,
    **{f: _through(_PLAIN[f], ours) for f, ours in (
        (sum, _sum), (min, _extreme("min", lambda a, b: a < b)),
        (max, _extreme("max", lambda a, b: a > b)), (sorted, _sorted), (any, _ANY), (all, _ALL),
    )},
}  # fmt: skip
"""A builtin -> what rewritten code calls in its place."""


def first_of(x: Any, /, *default: Any) -> Any:
    """What `next` gives."""
    if type(x) is not Passed:
        return next_of(x, *default)
    made = gathered(x.items, lambda item: True)
    if is_grown(made):
        if not default:
            require(has(state_of(made), 0), "next(): there is no item", "ProgramRaised")
            return nth(state_of(made), 0)
        return choose(has(state_of(made), 0), lambda: nth(state_of(made), 0), lambda: default[0])
    return next(iter(made), *default)
