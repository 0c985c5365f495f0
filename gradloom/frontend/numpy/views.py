"""Arrays that share memory with others, as numpy's views do.

A transpose always shares memory. A reshape does where the array lies in memory in the right order,
which is known of arrays that are made (np.zeros, copy, x + y), of the caller's arrays, and of views
of these (frontend/layouts.py); of others numpy may return a view or a copy. Both are right until
one of the two is written: then the other's content is unknown, and reading it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

import numpy as np

from gradloom.frontend import layouts
from gradloom.frontend.aliases import Tie
from gradloom.frontend.layouts import Layout
from gradloom.frontend.numpy.axes import permuted, reshaped
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer, View, wrap
from gradloom.ir.errors import ShapeError, TraceError
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import broadcast
from gradloom.ir.types import Shape

Read = Callable[[Operand], Operand]
Write = Callable[[Operand, Operand], Operand]
OUTSIDE: Final = "an array from outside this trace"
"""Why a view is frozen whose base an outer trace owns."""


def fresh(value: Operand, like: Tracer | None = None) -> Tracer:
    """An array of its own, that nothing shares: in C order, or in that of `like`."""
    made = wrap(value, "array")
    if like is None:
        made.layout = "C"
    else:
        made.layout = layouts.copied(layout_of(like), like.shape, made.shape, made.itemsize)
        made.given = like.given
    return made


def view_of(x: Tracer, read: Read, write: Write) -> Tracer:
    """The array `read(x)`, whose writes go to x through `write`; of a scalar, a new one."""
    trace = require_trace()
    if x.kind != "array":
        return wrap(read(x.here(trace)))
    if x.owner is not trace:
        return Tracer(trace, read(x.here(trace)), "array", None, OUTSIDE)
    made = Tracer(trace, read(x.value), "array", View(x, read, write), x.frozen)
    made.given = x.given
    return made


def read_only(x: Tracer, read: Read) -> Tracer:
    """The array `read(x)`, which follows x and cannot be written, as numpy's `broadcast_to`."""
    view = view_of(x, read, _refuse_write)
    if view.alias is not None:
        view.alias.is_read_only = True
    return view


def _refuse_write(base: Operand, value: Operand) -> NoReturn:
    raise ShapeError(
        "assignment destination is read-only: it is a broadcast array, a diagonal or a window",
        location=user_location(), hint="work on a copy: start with  y = x.copy()",
    )  # fmt: skip


# ---- memory --------------------------------------------------------------------------------------


def layout_of(x: Tracer) -> Layout:
    """How x lies in memory, as far as that is known."""
    if x.layout is None and x.alias is None and layouts.long_axes(x.shape) <= 1:
        return "C"
    return x.layout


def strides_of(x: Tracer) -> layouts.Strides | None:
    """The bytes from one element to the next along each axis, where they are known."""
    return layouts.strides_of(layout_of(x), x.shape, x.itemsize)


def place(view: Tracer, strides: Sequence[int] | None) -> Tracer:
    """The view, which lies in memory with these strides."""
    if strides is not None:
        view.layout = layouts.layout_of(view.shape, tuple(strides), view.itemsize)
    return view


def lay(made: Any, xs: Sequence[Any]) -> None:
    """Say how an array lies, or several, that numpy computes element by element from these."""
    if type(made) is not Tracer:
        for one in made:
            lay(one, xs)
        return
    if len(made._value.type.shape) < 2 or made.layout is not None or made.alias is not None:
        return
    if any(_is_plain(x) for x in xs if type(x) is not Tracer):
        return  # how plain arrays and lists beside traced ones lie is not asked
    tracers = [x for x in xs if type(x) is Tracer]
    arrays = [x for x in tracers if x.kind == "array" and x._value.type.shape]
    made.given = any(x.given for x in arrays)
    if all(x.layout == "C" for x in arrays):
        made.layout = "C"
        return
    strides = [strides_of(x) for x in arrays]
    known = [s for s in strides if s is not None]
    if len(known) == len(strides) and all(isinstance(d, int) for d in made.shape):
        made.layout = layouts.joint([x.shape for x in arrays], known, made.shape, made.itemsize)


def _is_plain(x: Any) -> bool:
    return isinstance(x, list | tuple) or (isinstance(x, np.ndarray) and x.ndim > 1)


def lay_whole(made: Any, args: Any) -> None:
    """Say how an array lies that one of numpy's functions makes: of arrays in C order, in C
    order.
    """
    if (
        type(made) is Tracer
        and made.layout is None
        and made.alias is None
        and len(made._value.type.shape) > 1
    ):
        arrays = _arrays_in(args)
        if all(x.layout == "C" for x in arrays):
            made.layout, made.given = "C", any(x.given for x in arrays)


def _arrays_in(xs: Any) -> list[Tracer]:
    """The traced arrays of two axes and more among arguments, and in lists there."""
    found = [x for x in xs if type(x) is Tracer and len(x._value.type.shape) > 1]
    return found + [y for x in xs if isinstance(x, list | tuple) for y in _arrays_in(x)]


def is_in_order(x: Tracer) -> bool:
    """Whether x is known to lie in C order with equal steps, as all of one long axis does."""
    return x.layout == "C" or layouts.long_axes(x.shape) <= 1


def is_contiguous(x: Tracer) -> bool | None:
    """Whether the elements of x lie side by side in C order; None where that is not known."""
    layout = layout_of(x)
    if layout is None or layout == "C":
        return None if layout is None else True
    return layouts.long_axes(x.shape) <= 1 if layout == "F" else False


def permute_view(x: Tracer, perm: Sequence[int]) -> Tracer:
    """x with its axes in another order, sharing its memory."""
    perm = tuple(perm)
    inverse = tuple(perm.index(i) for i in range(len(perm)))
    view = view_of(
        x, lambda base: permuted(base, perm), lambda base, value: permuted(value, inverse)
    )
    layout = layout_of(x)
    if layout in ("C", "F") and perm == tuple(range(len(perm) - 1, -1, -1)):
        view.layout = "F" if layout == "C" else "C"
    elif layout == "C" and _keeps_order(perm, x.shape):
        view.layout = "C"
    else:
        strides = strides_of(x)
        place(view, None if strides is None else [strides[i] for i in perm])
    return view


def _keeps_order(perm: tuple[int, ...], shape: Shape) -> bool:
    """Whether a permutation moves only axes of size 1, so that memory stays in order."""
    wide = [p for p in perm if shape[p] != 1]
    return wide == sorted(wide)


def spread_view(x: Tracer, shape: Shape) -> Tracer:
    """x with axes of size 1 put in or taken out, which is a view whatever the order in memory."""
    given = x.shape
    view = view_of(
        x, lambda base: reshaped(base, shape), lambda base, value: reshaped(value, given)
    )
    layout = layout_of(x)
    if isinstance(layout, str):
        view.layout = layout
    else:
        strides = strides_of(x)
        place(view, None if strides is None else layouts.reshaped(x.shape, strides, shape))
    return view


def reshape_view(x: Tracer, shape: Shape) -> Tracer:
    """x in another shape: a view where its memory is in order, else one that may be a view."""
    given = x.shape
    if [d for d in given if d != 1] == [d for d in shape if d != 1]:
        return spread_view(x, shape)
    if is_in_order(x) and not (x.given and x.layout == "C" and layouts.long_axes(given) > 1):
        return _reshaped_view(x, shape)
    made = wrap(reshaped(x.here(require_trace()), shape), "array" if x.kind == "array" else None)
    if x.kind == "array":
        shares = _is_reshape_view(x, shape)
        made.layout, made.given = "C" if shares is not True else None, x.given
        if shares and x.layout != "C":
            strides = strides_of(x)
            assert strides is not None
            place(made, layouts.reshaped(given, strides, shape))
        made.layout = "C" if shares and x.layout == "C" else made.layout
        made.frozen = x.frozen if x.owner is made.owner else OUTSIDE
        link(x, made, shares, lambda base: _reshape_of(base, given, shape))
    return made


def _is_reshape_view(x: Tracer, shape: Shape) -> bool | None:
    """Whether numpy's reshape to that shape is a view; None where memory is not known."""
    if is_in_order(x):
        return True
    strides = strides_of(x)
    if strides is None or not all(isinstance(d, int) for d in shape):
        return None
    return layouts.reshaped(x.shape, strides, shape) is not None


def _reshape_of(x: Tracer, given: Shape, shape: Shape) -> View:
    return View(x, lambda base: reshaped(base, shape), lambda base, value: reshaped(value, given))


def _reshaped_view(x: Tracer, shape: Shape) -> Tracer:
    given = x.shape
    view = view_of(
        x, lambda base: reshaped(base, shape), lambda base, value: reshaped(value, given)
    )
    strides = strides_of(x)
    if x.layout == "C":
        view.layout = "C"
    elif strides is not None:
        place(view, layouts.reshaped(given, strides, shape))
    return view


def ravel_view(x: Tracer) -> Tracer:
    """x as a vector: a view where its elements lie side by side, else a copy."""
    known = is_contiguous(x)
    if known and (not x.given or (x.alias is None and layouts.long_axes(x.shape) <= 1)):
        return _reshaped_view(x, (x.size,))
    made = wrap(reshaped(x.here(require_trace()), (x.size,)), "array")
    made.layout = "C"
    if x.kind == "array":
        made.frozen = "" if known is False else x.frozen if x.owner is made.owner else OUTSIDE
        link(x, made, known, lambda base: _reshape_of(base, base.shape, (base.size,)))
    return made


def broadcast_view(x: Tracer, shape: Shape) -> Tracer:
    """x broadcast to a shape, read-only."""
    view = read_only(x, lambda base: broadcast(base, shape))
    strides = strides_of(x)
    if strides is not None:
        own = [0 if d == 1 else s for d, s in zip(x.shape, strides, strict=True)]
        place(view, [0] * (len(shape) - len(own)) + own)
    return view


# ---- arrays that may share memory --------------------------------------------------------------


_LONGEST: Final = 4  # choices on a chain of ties that are told apart
_CHAINS: Final = 1_000  # chains that are told apart; beyond, arrays share that may not


def root_of(x: Tracer) -> Tracer:
    """The array at the end of the chain of views."""
    while x.alias is not None:
        x = x.alias.base
    return x


def link(
    x: Tracer,
    y: Tracer,
    shares: bool | None = None,
    make: Callable[[Tracer], View] | None = None,
    family: object = None,
) -> None:
    """Say that y may share memory with x, of which it was made; `shares`: whether it does. With
    `family`, which chooses among arrays, x is one of several, y among them.
    """
    if shares is False and not x.given:
        return
    shares = shares if x.owner is y.owner else None
    tie, root = Tie(x, y, shares, make, family), root_of(x)
    root.links = [*(root.links or []), tie]
    y.links = [*(y.links or []), tie]


def settle(x: Tracer) -> None:
    """Before a write to x: the arrays made from it become views or copies, as far as known."""
    todo = [x]
    while todo:
        one = todo.pop()
        ties, one.links = one.links or [], None
        unknown = [tie for tie in ties if tie.shares is None]
        one.links = unknown or None
        for tie in ties:
            if tie.shares is not None and not tie.is_settled:
                made = tie.settle()
                if made is not None:
                    todo.append(made)


def part(written: Tracer) -> None:
    """After a write: the arrays that may share its memory, and theirs, can no longer be read."""
    others = sharing(written)
    for other in others:
        lose(other)
        other.links = None
    written.links = [tie for tie in written.links or [] if tie.family is not None] or None


def sharing(x: Tracer) -> list[Tracer]:
    """The arrays that may share memory with x, by a chain of ties that has one of each choice."""
    found: dict[int, Tracer] = {}
    seen: set[tuple[int, frozenset[int]]] = set()
    todo: list[tuple[Tracer, frozenset[int]]] = [(x, frozenset())]
    while todo:
        one, used = todo.pop()
        for tie in one.links or []:
            chosen = {id(tie.family)} if tie.family is not None else set()
            if not used.isdisjoint(chosen):
                continue
            path = used | chosen if len(used) < _LONGEST else used
            path = path if len(seen) < _CHAINS else frozenset()
            for other in ends_of(tie):
                if other is not x:
                    found[id(other)] = other
                if other is not one and (id(other), path) not in seen:
                    seen.add((id(other), path))
                    todo.append((other, path))
    return list(found.values())


def may_share(x: Tracer, y: Tracer) -> bool:
    """Whether x and y are views of one array, or may be."""
    for one in (x, y):
        settle(one)
        settle(root_of(one))
    mine, other = root_of(x), root_of(y)
    return mine is other or any(end is other for end in sharing(mine))


def refuse_overlap(what: str, target: Tracer, value: Tracer) -> None:
    """Raise where numpy would read elements that it has already overwritten."""
    if value is not target and may_share(target, value):
        raise TraceError(
            f"{what}: the values share memory with the array that they are written into, and "
            "numpy reads them while it writes",
            location=user_location(), hint="write a copy:  y.copy()",
        )  # fmt: skip


def ends_of(tie: Tie) -> list[Tracer]:
    """Both arrays of a tie, where it may make them one."""
    made = tie.made()
    if made is None or tie.shares is False:
        return []
    return [end for end in (root_of(tie.source), made) if end is not _LOST]


def lose(x: Tracer) -> None:
    """Let every later use of the array say that its content is unknown."""
    x.noted()
    x.alias = View(_LOST, _refuse_read, _refuse_write_lost)
    x.alias.version = -1
    x.version += 1


def _refuse_read(base: Operand) -> NoReturn:
    raise TraceError(
        "an array and another (a reshape of it, or what a branch or loop chose) may or may not "
        "share memory, and one was changed in place",
        location=user_location(),
        hint="copy before: x.copy().reshape(...) or x.reshape(...).copy(); y = x.copy()",
    )  # fmt: skip


def _refuse_write_lost(base: Operand, value: Operand) -> NoReturn:
    _refuse_read(base)


class _Lost:
    """What stands for the base of an array whose content is unknown; its version never fits."""

    version = 0
    shape = ()
    alias = None
    links = None
    value: Any = None


_LOST: Any = _Lost()
