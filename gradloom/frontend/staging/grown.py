"""What lists with a traced length do: `append`, `xs[i]`, `insert`, `pop` and the rest, each of them
a choice between rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.growing import (
    NONE,
    Growing,
    Grown,
    Roots,
    Shape,
    State,
    grown,
    hold,
    is_grown,
    keep_still,
    state_of,
)
from gradloom.frontend.numpy.lift import Array, lift
from gradloom.frontend.selection import Selected
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.staging.comprehended import listed
from gradloom.frontend.staging.counts import has, item_of, nth, weak
from gradloom.frontend.staging.ends import Leaf, as_type, common, leaf_of
from gradloom.frontend.staging.lengthened import as_state
from gradloom.frontend.staging.objects import content
from gradloom.frontend.staging.ordered import cut, delete_part, repeat, repeated, reverse, sort
from gradloom.frontend.staging.rows import capacity, counted, padded, roots_of
from gradloom.frontend.staging.searched import contains, count, differs, equals, index, remove
from gradloom.frontend.staging.structure import settled
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import literal
from gradloom.ir.location import user_location
from gradloom.ir.types import tensor_type

# ---- rows ----------------------------------------------------------------------------------------


def _numbers(state: State) -> np.ndarray:
    return np.arange(state.rows[0].shape[0])


def _beside(mask: Any, rows: Any) -> Any:
    return np.reshape(mask, (-1, *[1] * (rows.ndim - 1)))


def _with(state: State, rows: Sequence[Any], more: int, roots: Roots = NONE) -> State:
    """The list with other rows, and so many items more."""
    was = state.shape
    shape = Shape(
        was.tree, was.kinds, max(was.least + more, 0), max(was.most + more, 0),
        Roots((*was.roots, *roots)),
    )  # fmt: skip
    return State(tuple(rows), weak(state.count + more) if more else state.count, shape)


def _put(state: State, item: Any, put: Callable[[Any, Any], Any], more: int) -> State:
    """The list after `put(rows, leaf)` of every leaf of an item."""
    trace = require_trace()
    given, tree = flatten(settled(item))
    leaves = [leaf_of(x, trace) for x in given]
    if tree != state.shape.tree:
        raise _apart(state, item)
    rows, kinds = [], []
    for have, kind, leaf in zip(state.rows, state.shape.kinds, leaves, strict=True):
        held = have.here(trace)
        like = Leaf(None, literal(0, tensor_type(held.type.dtype, held.type.shape[1:])), kind)
        agreed = common(like, leaf)
        if agreed is None:
            raise _apart(state, item)
        size = capacity(state.shape.most + more)
        wide = tensor_type(agreed[0].dtype, held.type.shape)
        whole = padded(as_type(held, wide), max(size, int(held.type.shape[0])))
        value = Tracer(trace, as_type(leaf.held, agreed[0]))
        rows.append(lift(put(Tracer(trace, whole), value)))
        kinds.append(agreed[1])
    roots = roots_of(leaves)
    keep_still(roots)
    was = state.shape
    shape = Shape(was.tree, tuple(kinds), was.least, was.most, was.roots)
    return _with(State(state.rows, state.count, shape), rows, more, roots)


def _apart(state: State, item: Any) -> ShapeError:
    trace = require_trace()
    told = " and ".join(
        Leaf(None, r[0].here(trace), k).told()
        for r, k in zip(state.rows, state.shape.kinds, strict=True)
    )
    given = " and ".join(leaf_of(x, trace).told() for x in flatten(item)[0]) or "none"
    error = ShapeError(
        f"a list whose length is traced holds items of {told}, and is given one of {given}",
        location=user_location(), hint="make all its items of one structure, shape and dtype",
    )  # fmt: skip
    error.is_refusal = True
    return error


# ---- reading -------------------------------------------------------------------------------------


def _place(state: State, i: Any, what: str) -> Any:
    """An index from the front, which the list has."""
    if type(i) is not Tracer and not isinstance(i, int | np.integer):
        raise TypeError(f"list indices must be integers or slices, not {type(i).__name__}")
    if type(i) is not Tracer and 0 <= i < state.shape.least:
        return i
    place = counted(i, state.count) if type(i) is Tracer or i < 0 else i
    inside = np.logical_and(np.greater_equal(place, 0), np.less(place, state.count))
    require(inside, f"{what} index out of range", "IndexOutOfRange")
    return np.minimum(np.maximum(place, 0), state.rows[0].shape[0] - 1)


def _read(xs: Any, i: Any, what: str = "list") -> Any:
    state = state_of(xs)
    place = _place(state, i, what)
    return item_of(state, [rows[place] for rows in state.rows])


def getitem(xs: Any, i: Any) -> Any:
    """`xs[i]`"""
    if isinstance(i, slice):
        return copy(xs) if i == slice(None) else cut(xs, i)
    return _read(xs, i)


def selected(xs: Any) -> Selected:
    """The items as one array, as long as the list is."""
    state = state_of(xs)
    if len(state.rows) != 1:
        data: Any = np.stack(_flat(state), axis=1)
    else:
        data = state.rows[0]
    trace, most = require_trace(), state.shape.most
    held = lift(np.arange(most) < state.count)
    whole = lift(data[:most]).here(trace)
    return Selected(Tracer(trace, whole), held, 0, held.here(trace))


def _flat(state: State) -> Sequence[Any]:
    """The columns of items that are tuples of numbers or arrays."""
    example = unflatten(state.shape.tree, state.rows)
    alike = isinstance(example, tuple | list) and len({r.shape for r in state.rows}) == 1
    if not alike or len(example) != len(state.rows):
        raise refuse("np.array", "the items of a list are no numbers or arrays of one shape")
    return state.rows


# ---- changing ------------------------------------------------------------------------------------


def append(xs: Any, item: Any, /) -> None:
    """`xs.append(item)`"""
    content(xs)
    state = state_of(xs)

    def put(rows: Array, leaf: Array) -> Array:
        here = np.arange(rows.shape[0]) == state.count
        return np.where(_beside(here, rows), leaf, rows)

    hold(xs, _put(state, item, put, 1))


def insert(xs: Any, i: Any, item: Any, /) -> None:
    """`xs.insert(i, item)`"""
    content(xs)
    state = state_of(xs)
    place = np.minimum(np.maximum(counted(i, state.count), 0), state.count)

    def put(rows: Array, leaf: Array) -> Array:
        numbers = np.arange(rows.shape[0])
        after = rows[np.maximum(numbers - 1, 0)]
        moved = np.where(_beside(numbers < place, rows), rows, after)
        return np.where(_beside(numbers == place, rows), leaf, moved)

    hold(xs, _put(state, item, put, 1))


def setitem(xs: Any, i: Any, item: Any, /) -> None:
    """`xs[i] = item`"""
    content(xs)
    state = state_of(xs)
    if isinstance(i, slice):
        raise refuse(
            "xs[a:b] = ...", "how many items the list has, a traced condition decides",
            "build a new list: xs[:a] + items + xs[b:]",
        )  # fmt: skip
    place = _place(state, i, "list assignment")

    def put(rows: Array, leaf: Array) -> Array:
        return np.where(_beside(np.arange(rows.shape[0]) == place, rows), leaf, rows)

    hold(xs, _put(state, item, put, 0))


def pop(xs: Any, i: Any = -1, /) -> Any:
    """`xs.pop(i)`"""
    taken = _read(xs, i, "pop")
    _remove(xs, i, "pop")
    return taken


def delete(xs: Any, i: Any, /) -> None:
    """`del xs[i]`"""
    if isinstance(i, slice):
        delete_part(xs, i)
        return
    _remove(xs, i, "list assignment")


def _remove(xs: Any, i: Any, what: str) -> None:
    content(xs)
    state = state_of(xs)
    if type(i) is int and i == -1:
        hold(xs, _with(state, state.rows, -1))
        return
    place, numbers = _place(state, i, what), _numbers(state)
    order = np.minimum(np.where(numbers < place, numbers, numbers + 1), len(numbers) - 1)
    hold(xs, _with(state, [lift(rows[order]) for rows in state.rows], -1))


def extend(xs: Any, others: Any, /) -> Any:
    """`xs.extend(others)`"""
    others = listed(others)
    if not is_grown(others):
        for item in others:
            append(xs, item)
        return xs
    content(xs)
    theirs = state_of(others)
    for i in range(theirs.shape.most):
        state, kept = state_of(xs), has(theirs, i)
        append(xs, nth(theirs, i))
        if kept is not True:
            _unless(xs, state, kept)
    return xs


def _unless(xs: Any, before: State, held: Any) -> None:
    """The list as it was before an item was appended, where that did not happen."""
    state = state_of(xs)
    shape = Shape(
        state.shape.tree, state.shape.kinds, before.shape.least, state.shape.most,
        state.shape.roots,
    )  # fmt: skip
    count = np.where(held, state.count, before.count)
    hold(xs, State(state.rows, weak(count), shape))


def extend_by(xs: Any, others: Any, /) -> Any:
    """`xs.extend(others)` of a list whose length is known until then."""
    given = listed(others)
    if not is_grown(given) or type(xs) is not Growing:
        list.extend(xs, given)
        return xs
    content(xs)
    if not list.__len__(xs):
        hold(xs, state_of(given))
        return xs
    hold(xs, as_state(xs))
    return extend(xs, given)


def clear(xs: Any, /) -> None:
    """`xs.clear()`"""
    content(xs)
    hold(xs, [])


def copy(xs: Any, /) -> Any:
    """`xs.copy()`"""
    return grown(state_of(xs))


def joined(xs: Any, others: Any, /) -> Any:
    """`xs + others`"""
    return extend(copy(xs), others) if isinstance(others, list) else NotImplemented


def joined_before(xs: Any, others: Any, /) -> Any:
    """`others + xs`, of a list whose length is known"""
    made = copy(xs)
    for item in reversed(others):
        insert(made, 0, item)
    return made


# ---- the class -----------------------------------------------------------------------------------


def _as_arrays(x: Any) -> Any:
    return selected(x) if is_grown(x) else x


def _function(xs: Any, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    from gradloom.frontend.numpy.dispatch import call_function

    named = {name: _as_arrays(x) for name, x in kwargs.items()}
    return call_function(func, tuple(map(_as_arrays, args)), named)


def _ufunc(xs: Any, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    named = {name: _as_arrays(x) for name, x in kwargs.items()}
    return getattr(ufunc, method)(*map(_as_arrays, inputs), **named)


def install_methods_on_grown() -> None:
    """Give lists with a traced length their methods."""
    made: Any = Growing
    made.__iadd__ = extend_by
    made = Grown
    made.append, made.insert, made.extend, made.pop = append, insert, extend, pop
    made.clear, made.copy, made.as_array = clear, copy, selected
    made.__getitem__, made.__setitem__, made.__delitem__ = getitem, setitem, delete
    made.reverse, made.sort, made.index, made.count = reverse, sort, index, count
    made.remove, made.__contains__ = remove, contains
    made.__eq__, made.__ne__ = equals, differs
    made.__mul__, made.__rmul__, made.__imul__ = repeated, repeated, repeat
    made.__iadd__, made.__add__, made.__radd__ = extend, joined, joined_before
    made.__array_function__, made.__array_ufunc__ = _function, _ufunc
