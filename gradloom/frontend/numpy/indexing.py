"""Reading and writing by index: slices are views, integer arrays gather and scatter, masks
become choices.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom.frontend.asserted import require
from gradloom.frontend.layouts import packed
from gradloom.frontend.numpy.addresses import part_strides
from gradloom.frontend.numpy.axes import reshaped
from gradloom.frontend.numpy.gathers import fitted, scatter, take, widened
from gradloom.frontend.numpy.keys import Key, Span, parts_of, read_key
from gradloom.frontend.numpy.lift import at_hand, cast, lift
from gradloom.frontend.numpy.masked import aligned, masked_write, resolved, select, zeroed
from gradloom.frontend.numpy.overlaps import as_poured, as_stored, require_apart
from gradloom.frontend.numpy.spans import (
    put_basic,
    put_spans,
    take_basic,
    take_basic_shape,
    take_spans,
)
from gradloom.frontend.numpy.static_keys import is_block, key_of, plain, taken
from gradloom.frontend.numpy.views import OUTSIDE, fresh, place
from gradloom.frontend.selection import Selected, is_selected
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, View, wrap
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, GradloomError, ShapeError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import Dim


def getitem(x: Tracer, key: Any) -> Any:
    """`x[key]`."""
    trace = require_trace()
    trace.builder.location = user_location(2)
    try:
        known = plain(key)
        chosen = None if known is not None else selected(x, key)
        if chosen is not None:
            return chosen
        read = read_key(key, x.shape) if known is None else key_of(key, known, x.aval)
        if read.is_basic:
            made = _view(x, read, known)
            is_flat = x.alias is not None and x.alias.is_flat and made.kind == "array"
            return fresh(made.here(trace)) if is_flat else made
        if read.is_scalar:
            return wrap(take(x.here(trace), read), "scalar")
        if read.is_placed and x.kind == "array" and x.owner is trace:
            return _placed_view(x, read)
        return _copied(wrap(take(x.here(trace), read), "array"), x, read)
    except GradloomError as error:
        error.location = error.location or trace.builder.location
        raise


def _view(x: Tracer, key: Key, known: Any = None) -> Tracer:
    trace = require_trace()

    def read(base: Operand) -> Operand:
        return take_basic(base, key) if known is None else taken(base, key, known, trace)

    if key.is_scalar:
        return wrap(read(x.here(trace)), "weak" if x.kind == "weak" else "scalar")
    if x.owner is not trace:
        return Tracer(trace, read(x.here(trace)), "array", None, OUTSIDE)
    if x.kind != "array":  # of a numpy scalar: `x[...]`, `x[None]`
        return fresh(read(x.here(trace)))
    view = View(x, read, lambda base, value: put_basic(base, key, value))
    return _lying(Tracer(trace, read(x.value), "array", view, x.frozen), x, key, known)


def _lying(made: Tracer, x: Tracer, key: Key, known: Any) -> Tracer:
    """The view, with what is known of its memory."""
    made.given = x.given
    if x.layout == "C" and is_block(key, known, x.aval):
        made.layout = "C"
        return made
    return place(made, part_strides(x, key))


def _copied(made: Tracer, x: Tracer, key: Key) -> Tracer:
    """What integer arrays take, with what is known of its memory: their axes come first there."""
    if x.layout == "C" and all(isinstance(d, int) for d in made.shape):
        at, count = key.layout.index("index"), made.ndim - len(key.layout) + 1
        first = list(range(at, at + count))
        rest = [i for i in range(made.ndim) if i not in first]
        made.layout = packed(made.shape, [*first, *rest], made.itemsize)
        made.given = x.given
    return made


def _placed_view(x: Tracer, key: Key) -> Tracer:
    """`x[i, 1:]` with a traced whole number i, which numpy gives as a view."""
    view = View(x, lambda base: take(base, key), lambda base, value: put(base, key, value))
    made = Tracer(require_trace(), take(x.value, key), "array", view, x.frozen)
    made.given = x.given
    return place(made, part_strides(x, key))


def setitem(x: Tracer, key: Any, value: Any) -> None:
    """`x[key] = value`, seen by every view and base of x."""
    trace = require_trace()
    trace.builder.location = user_location(2)
    try:
        if type(value) is Tracer and _is_mask(key) and np.shape(key) == x.shape:
            require_apart(x, key, value)
        if _fills(x, key, value):
            return
        key = tuple(map(resolved, parts_of(key)))
        read = read_key(key, x.shape)
        given = lift(value)
        if x.alias is not None and x.alias.is_flat:
            given = _poured(x, read, given)
            if given.size == 0:
                return
        if read.is_scalar and given.ndim:
            raise ShapeError(
                "setting an array element with a sequence", location=user_location(),
                hint=f"one element is written, and the value has shape {given.shape}",
            )  # fmt: skip
        given = as_stored(x, read, given)
        x.write(put(x.here(trace), read, converted(given, x)))
    except GradloomError as error:
        error.location = error.location or trace.builder.location
        raise


def _is_mask(key: Any) -> bool:
    return isinstance(key, np.ndarray) and key.dtype.kind == "b"


def _poured(x: Tracer, key: Key, value: Tracer) -> Tracer:
    """The elements that `x.flat[key] = value` stores: one after the other, and from the start again
    where there are too few.
    """
    if isinstance(x.size, Dim) or isinstance(value.size, Dim) or not value.size:
        return value
    index = next((a for a in key.axes if not isinstance(a, Span | int)), None)
    shape: Any = take_basic_shape(x.value, key) if index is None else np.shape(index)
    return lift(np.reshape(as_poured(x, key, value, int(np.prod(shape))), shape))


def put(base: Operand, key: Key, value: Operand) -> Operand:
    """`base` with `base[key]` replaced by `value`, which broadcasts to it."""
    if key.is_basic:
        return put_basic(base, key, fitted(value, take_basic_shape(base, key)))
    return _scattered(base, key, value, "set")


def _scattered(base: Operand, key: Key, value: Operand, mode: str) -> Operand:
    wide = widened(base, key)
    frame = key.frame(wide.type.shape)
    made = put_spans(wide, frame, scatter(take_spans(wide, frame), key, value, mode))
    return reshaped(made, base.type.shape)


_COMBINED: Final[dict[str, Op]] = {
    "add": o.add, "multiply": o.multiply, "max": o.maximum, "min": o.minimum,
}  # fmt: skip


def update(x: Tracer, key: Any, value: Any, mode: str) -> None:
    """`x[key] <mode>= value` with repeated indices counted each time, as `np.add.at` does."""
    trace = require_trace()
    read = read_key(key, x.shape)
    base, given = x.here(trace), converted(lift(value), x)
    if read.is_basic:
        now = take_basic(base, read)
        made = _COMBINED[mode](now, fitted(given, now.type.shape))
        x.write(put_basic(base, read, made))
        return
    x.write(_scattered(base, read, given, mode))


# ---- masks ---------------------------------------------------------------------------------------


def selected(x: Tracer, key: Any) -> Any:
    """`x[mask]`, also beside slices and whole numbers, where the mask has no values; None for
    other keys.
    """
    if any(map(is_selected, parts_of(key))):
        return _at_selected(x, parts_of(key))
    found = around_mask(x, key)
    if found is None or at_hand(found[1]) is not None:
        return None
    view, mask, axis = found
    return select(view, mask, axis)


def around_mask(x: Tracer, key: Any) -> tuple[Any, Tracer, int] | None:
    """What the rest of a key with one traced mask takes of x, the mask, and the axis where it then
    stands; None for other keys, and for those whose axes numpy would put in another order.
    """
    parts = parts_of(key)
    masks = [i for i, p in enumerate(parts) if type(p) is Tracer and p.dtype.kind == "b"]
    rest = [p for i, p in enumerate(parts) if i not in masks]
    if len(masks) != 1 or not all(map(_is_basic, rest)):
        return None
    at, mask = masks[0], parts[masks[0]]
    if require_trace().constant_of(mask) is not None or not _is_run(parts, at):
        return None
    used = mask.ndim + sum(p is not None and p is not Ellipsis for p in rest)
    dots = sum(p is Ellipsis for p in rest)
    if used > x.ndim or dots > 1:
        return None
    whole = [slice(None)]
    spread = [whole * (x.ndim - used) if p is Ellipsis else [p] for p in parts]
    before = [p for part in spread[:at] for p in part]
    after = [p for part in spread[at + 1 :] for p in part]
    first = sum(p is not None for p in before)
    if tuple(x.shape[first : first + mask.ndim]) != tuple(mask.shape):
        return None
    axis = sum(p is None or isinstance(p, slice) for p in before)
    plain = all(isinstance(p, slice) and p == slice(None) for p in (*before, *after))
    view = x if plain else x[(*before, *whole * mask.ndim, *after)]
    return view, mask, axis


def _is_basic(part: Any) -> bool:
    return (
        part is None
        or part is Ellipsis
        or isinstance(part, slice)
        or (type(part) is not Tracer and isinstance(part, int) and not isinstance(part, bool))
    )


def _is_run(parts: Sequence[Any], at: int) -> bool:
    """Whether all whole numbers stand beside the mask, so that its axis stays where it is."""
    places = [i for i, p in enumerate(parts) if isinstance(p, int) or i == at]
    return places[-1] - places[0] == len(places) - 1


def _at_selected(x: Tracer, parts: tuple[Any, ...]) -> Any:
    """`x[np.nonzero(mask)]`: the elements at all positions, of which the mask holds some."""
    first = aligned(parts) if all(is_selected(p) or np.ndim(p) == 0 for p in parts) else None
    if first is None or any(is_selected(p) and (p.ndim > 1 or p.dtype.kind == "b") for p in parts):
        return x[tuple(map(resolved, parts))]
    if any(isinstance(d, Dim) or d == 0 for d in x.shape[: len(parts)]):
        return x[tuple(map(resolved, parts))]
    made: Any = x[tuple(zeroed(p) if is_selected(p) else p for p in parts)]
    return Selected(made, first.held, 0, first.mask)


def _fills(x: Tracer, key: Any, value: Any) -> bool:
    """Write `x[mask] = value` as a choice, where that needs no count of True."""
    found = around_mask(x, key)
    if found is None or type(found[0]) is not Tracer or found[0].kind != "array":
        return False
    view, mask, axis = found
    if is_selected(value):
        made = masked_write(view, mask, value)
        if made is not None:
            view.write(made)
        return made is not None
    given = lift(value)
    place = given.ndim - (view.ndim - axis - mask.ndim) - 1
    if place >= 0 and given.shape[place] == 1:
        shape = given.shape
        given = lift(np.reshape(given, (*shape[:place], *[1] * mask.ndim, *shape[place + 1 :])))
    elif place >= 0:
        if isinstance(given.shape[place], Dim) or at_hand(mask) is not None:
            return False
        if given.shape[place] == 0:
            require_places(mask, 0)
            return True
        require_places(mask, given.shape[place])
        given = _in_turn(mask, given, place)
    view.write(_masked(view, mask, given, axis))
    return True


def require_places(mask: Tracer, count: Any) -> None:
    """Raise when the program runs and the mask holds another number of places than there are
    values.
    """
    told = f"NumPy boolean array indexing assignment cannot assign {count} input values"
    found: Any = np.sum(mask, dtype=np.int64)
    require(found == count, f"{told}: the mask is true in another number of places")


def _in_turn(mask: Tracer, values: Tracer, axis: int) -> Tracer:
    """The first value where the mask first holds, the next where it holds next."""
    shape = values.shape
    last: Any = shape[axis] - 1
    rank = np.clip(np.cumsum(np.ravel(mask)) - 1, 0, last)
    taken: Any = np.take(values, rank, axis=axis)
    return lift(np.reshape(taken, (*shape[:axis], *mask.shape, *shape[axis + 1 :])))


def _masked(x: Tracer, mask: Tracer, value: Tracer, axis: int) -> Operand:
    trace = require_trace()
    base, keep = x.here(trace), mask.here(trace)
    held = reshaped(keep, (*mask.shape, *[1] * (x.ndim - axis - mask.ndim)))
    given = fitted(converted(value, x), base.type.shape)
    result: Operand = o.where(broadcast(held, base.type.shape), given, base)
    return result


def converted(value: Tracer, target: Tracer) -> Operand:
    """The value in the target's dtype, as numpy's assignment casts: freely, with a warning where
    imaginary parts are dropped.
    """
    if value.dtype.kind == "c" and target.dtype.kind not in "cb":
        if value.kind == "weak":
            raise DtypeError(
                f"a complex number cannot be stored in an array of {target.dtype}",
                location=user_location(),
                hint="take its .real first",
            )
        warnings.warn(
            "Casting complex values to real discards the imaginary part",
            np.exceptions.ComplexWarning,
            stacklevel=4,
        )
    return cast(value.here(require_trace()), target.dtype)
