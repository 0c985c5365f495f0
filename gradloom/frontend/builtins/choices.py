"""min and max on traced numbers, and what every choice between traced values is made of.

Where a comparison has its value at hand, Python's own rule decides by it; only the others become
choices. A choice has one dtype: `max(x, 0)` of a float x is a float, equal to what Python gives.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Kind, Tracer, refuse
from gradloom.ir.errors import ShapeError, ValueNeeded
from gradloom.ir.location import user_location

MISSING: Final[Any] = object()
"""An argument that was not given."""


_PLAIN: Final = frozenset({bool, int, float, complex, str, bytes, type(None)})


def is_plain(xs: Iterable[Any]) -> bool:
    """Whether nothing traced stands among these values."""
    if current_trace() is None:
        return True
    items = list(xs)
    return _PLAIN.issuperset(map(type, items)) or not any(
        type(x) is Tracer for x in flatten(items)[0]
    )


def truth(x: Any) -> bool | None:
    """The truth of a value; None where it is not known yet."""
    try:
        return bool(x)
    except ValueNeeded:
        return None


def kind_of(xs: Sequence[Any]) -> Kind:
    """The kind of what is chosen among these: Python's number only if all are."""
    kinds = {lift(x).kind for x in xs}
    return kinds.pop() if len(kinds) == 1 else "scalar"


def as_kind(x: Any, kind: Kind) -> Tracer:
    """The same value as an array, a numpy scalar or a Python number."""
    made = lift(x)
    return Tracer(made.owner, made.value, kind)


# ---- choices -------------------------------------------------------------------------------------


def chosen(what: str, held: Any, one: Any, other: Any) -> Any:
    """`one` if `held` else `other`, leaf by leaf."""
    (ones, tree), (others, second) = flatten(one), flatten(other)
    if tree != second:
        raise refuse(what, "its items are structured differently, and which one it is is traced")
    return unflatten(tree, [_leaf(what, held, a, b) for a, b in zip(ones, others, strict=True)])


def _leaf(what: str, held: Any, one: Any, other: Any) -> Any:
    if one is other:
        return one
    if isinstance(one, str | bytes) or isinstance(other, str | bytes):
        raise refuse(what, f"which of {one!r} and {other!r} it gives is not known in a trace")
    if np.shape(one) != np.shape(other):
        error = ShapeError(
            f"{what}: a choice between shapes {np.shape(one)} and {np.shape(other)} is traced",
            location=user_location(),
        )
        error.is_refusal = True
        raise error
    return as_kind(np.where(held, one, other), kind_of([one, other]))


Pick = Callable[[str, Any, Any, Any], Any]


def extreme(
    what: str, before: Callable[[Any, Any], Any], pick: Pick = chosen
) -> Callable[..., Any]:
    """min or max: the first item that no later one comes before. `pick` is what chooses between
    two items.
    """
    original: Callable[..., Any] = getattr(builtins, what)

    def replacement(*args: Any, key: Any = None, default: Any = MISSING) -> Any:
        if key is None and len(args) > 1 and _PLAIN.issuperset(map(type, args)):
            return original(*args) if default is MISSING else original(*args, default=default)
        given: dict[str, Any] = {"key": key}
        if default is not MISSING:
            given["default"] = default
        if len(args) != 1:
            plain = key is None and is_plain(args)
            return original(*args, **given) if plain else _fold(args, key)
        items = list(args[0])
        plain = not items or (key is None and is_plain(items))
        return original(items, **given) if plain else _fold(items, key)

    def _fold(items: Sequence[Any], key: Any) -> Any:
        keys = items if key is None else [key(x) for x in items]
        best, best_key = items[0], keys[0]
        for item, its_key in zip(items[1:], keys[1:], strict=True):
            condition = before(its_key, best_key)
            held = truth(condition)
            if held is None:
                best = pick(what, condition, item, best)
                best_key = best if key is None else chosen(what, condition, its_key, best_key)
            elif held:
                best, best_key = item, its_key
        return best

    replacement.__name__ = f"{what}imum_of"
    replacement.__doc__ = f"What `{what}` gives: ties and NaN as in Python's own rule."
    return replacement


minimum_of: Final = extreme("min", lambda a, b: a < b)
maximum_of: Final = extreme("max", lambda a, b: a > b)
