"""Python's builtins on traced values that have no numbers yet: min, max, sorted, any, all, bool,
int and float in the graph, and print, which prints when the program runs.

Where a comparison has its value at hand, Python's own rule decides by it; only the others become
choices. A choice has one dtype: `max(x, 0)` of a float x is a float, equal to what Python gives.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.lift import lift, result_dtype
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.trace import current_trace
from gradloom.frontend.tracer import Kind, Tracer, refuse
from gradloom.ir import ops as o
from gradloom.ir.build import located
from gradloom.ir.errors import ShapeError, ValueNeeded
from gradloom.ir.location import user_location

_MISSING: Final[Any] = object()


def _is_plain(xs: Iterable[Any]) -> bool:
    """Whether nothing traced stands among these values."""
    return current_trace() is None or not any(type(x) is Tracer for x in flatten(list(xs))[0])


def _truth(x: Any) -> bool | None:
    """The truth of a value; None where it is not known yet."""
    try:
        return bool(x)
    except ValueNeeded:
        return None


def _kind(xs: Sequence[Any]) -> Kind:
    """The kind of what is chosen among these: Python's number only if all are."""
    kinds = {lift(x).kind for x in xs}
    return kinds.pop() if len(kinds) == 1 else "scalar"


def _as_kind(x: Any, kind: Kind) -> Tracer:
    made = lift(x)
    return Tracer(made.owner, made.value, kind)


# ---- choices -------------------------------------------------------------------------------------


def _choice(what: str, held: Any, one: Any, other: Any) -> Any:
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
        raise ShapeError(
            f"{what}: a choice between shapes {np.shape(one)} and {np.shape(other)} is traced",
            location=user_location(),
        )
    return _as_kind(np.where(held, one, other), _kind([one, other]))


def _extreme(what: str, before: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """min or max: the first item that no later one comes before."""
    original: Callable[..., Any] = getattr(builtins, what)

    def replacement(*args: Any, key: Any = None, default: Any = _MISSING) -> Any:
        given: dict[str, Any] = {"key": key}
        if default is not _MISSING:
            given["default"] = default
        if len(args) != 1:
            return original(*args, **given) if _is_plain(args) else _fold(args, key)
        items = list(args[0])
        return original(items, **given) if not items or _is_plain(items) else _fold(items, key)

    def _fold(items: Sequence[Any], key: Any) -> Any:
        keys = items if key is None else [key(x) for x in items]
        best, best_key = items[0], keys[0]
        for item, its_key in zip(items[1:], keys[1:], strict=True):
            condition = before(its_key, best_key)
            held = _truth(condition)
            if held is None:
                best = _choice(what, condition, item, best)
                best_key = best if key is None else _choice(what, condition, its_key, best_key)
            elif held:
                best, best_key = item, its_key
        return best

    replacement.__name__ = f"{what}imum_of"
    replacement.__doc__ = f"What `{what}` gives: ties and NaN as in Python's own rule."
    return replacement


minimum_of: Final = _extreme("min", lambda a, b: a < b)
maximum_of: Final = _extreme("max", lambda a, b: a > b)


# ---- sorted --------------------------------------------------------------------------------------


def sorted_of(iterable: Iterable[Any], /, *, key: Any = None, reverse: bool = False) -> list[Any]:
    """What `sorted` gives; where the order is traced, by a stable sort with NaN last."""
    items = list(iterable)
    keys = items if key is None else [key(x) for x in items]
    try:
        order = sorted(range(len(items)), key=lambda i: keys[i], reverse=reverse)
        return [items[i] for i in order]
    except ValueNeeded:
        pass
    if any(np.shape(k) != () for k in keys):
        raise refuse("sorted", "traced items are compared by one number each", "give key=")
    turned = -1 if reverse else 1  # of equal items the first stays first, also in reverse
    ranks: Any = np.argsort(np.stack([lift(k) for k in keys])[::turned], kind="stable")[::turned]
    ranks = len(items) - 1 - ranks if reverse else ranks
    rows = [flatten(x) for x in items]
    if any(tree != rows[0][1] for _, tree in rows):
        raise refuse("sorted", "its items are structured differently, and their order is traced")
    columns = [_column([leaves[n] for leaves, _ in rows], ranks) for n in range(len(rows[0][0]))]
    return [unflatten(rows[0][1], [c[i] for c in columns]) for i in range(len(items))]


def _column(leaves: list[Any], ranks: Any) -> list[Any]:
    """These leaves of all items, in the order of the ranks."""
    if any(isinstance(x, str | bytes) for x in leaves):
        raise refuse("sorted", "texts in an order that is traced", "sort numbers")
    kind = _kind(leaves)
    made: Any = np.stack([lift(x).astype(result_dtype([lift(y) for y in leaves])) for x in leaves])
    return [_as_kind(made[ranks[i]], kind) for i in range(len(leaves))]


# ---- truth and numbers ---------------------------------------------------------------------------


def _joined(stops: bool, join: Callable[[Any, Any], Any]) -> Callable[[Iterable[Any]], Any]:
    """any (which stops at True) or all (which stops at False)."""

    def replacement(iterable: Iterable[Any], /) -> Any:
        unknown: Any = None
        for x in iterable:
            held = _truth(x)
            if held is None:
                unknown = bool_of(x) if unknown is None else join(unknown, bool_of(x))
            elif held is stops:
                return stops
        return (not stops) if unknown is None else _as_kind(unknown, "weak")

    replacement.__doc__ = f"What `{'any' if stops else 'all'}` gives."
    return replacement


any_of: Final = _joined(True, np.logical_or)
all_of: Final = _joined(False, np.logical_and)


def bool_of(x: Any = False, /) -> Any:
    """What `bool` gives; of a traced number whether it is not 0."""
    held = _truth(x)
    return _as_kind(np.reshape(x != 0, ()), "weak") if held is None else held


def _number(original: type, dtype: type) -> Callable[..., Any]:
    """int or float: a Python number in the graph."""

    def replacement(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except ValueNeeded:
            (x,) = args
        if x.ndim or x.dtype.kind == "c":
            raise TypeError(f"{original.__name__}() takes one real number, not {x.aval}")
        return _as_kind(x.astype(dtype), "weak")

    replacement.__doc__ = f"What `{original.__name__}` gives."
    return replacement


int_of: Final = _number(int, np.int64)
float_of: Final = _number(float, np.float64)


# ---- print ---------------------------------------------------------------------------------------


def print_of(
    *values: Any, sep: str | None = None, end: str | None = None, file: Any = None,
    flush: bool = False,
) -> None:  # fmt: skip
    """What `print` does; of traced values their numbers, each time that the program runs."""
    trace = current_trace()
    if trace is None or not any(type(x) is Tracer for x in values):
        builtins.print(*values, sep=sep, end=end, file=file, flush=flush)
        return
    after = "\n" if end is None else end
    if file not in (None, sys.stdout) or not after.endswith("\n"):
        raise refuse("print", "traced values are printed as whole lines on standard output",
                     "leave out file= and end=")  # fmt: skip
    fields = ["{}" if type(x) is Tracer else _literal(str(x)) for x in values]
    text = _literal(" " if sep is None else sep).join(fields) + _literal(after[:-1])
    with located(user_location()):
        o.print(*[x.here(trace) for x in values if type(x) is Tracer], format=text)


def _literal(text: str) -> str:
    """Text that str.format leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")


BUILTINS: Final[Mapping[Any, Callable[..., Any]]] = {
    min: minimum_of, max: maximum_of, sorted: sorted_of, any: any_of, all: all_of, bool: bool_of,
    int: int_of, float: float_of, print: print_of,
}  # fmt: skip
"""Python's builtin -> what converted code calls in its place."""
