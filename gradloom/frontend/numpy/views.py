"""Arrays that share memory with others, as numpy's views do.

A transpose always shares memory. A reshape does where the array lies in memory in C order, which
is known of arrays that are made (np.zeros, copy), of vectors, and of their blocks and reshapes; of
others numpy may return a view or a copy. Both are right until one of the two is written: then the
other's content is unknown, and reading it raises.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

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
    made.in_order = like is None or like.in_order
    return made


def view_of(x: Tracer, read: Read, write: Write) -> Tracer:
    """The array `read(x)`, whose writes go to x through `write`; of a scalar, a new one."""
    trace = require_trace()
    if x.kind != "array":
        return wrap(read(x.here(trace)))
    if x.owner is not trace:
        return Tracer(trace, read(x.here(trace)), "array", None, OUTSIDE)
    return Tracer(trace, read(x.value), "array", View(x, read, write), x.frozen)


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


def is_in_order(x: Tracer) -> bool:
    """Whether x is known to lie in C order with equal steps, as all of one long axis does."""
    return x.in_order or sum(d != 1 for d in x.shape) <= 1


def permute_view(x: Tracer, perm: Sequence[int]) -> Tracer:
    """x with its axes in another order, sharing its memory."""
    perm = tuple(perm)
    inverse = tuple(perm.index(i) for i in range(len(perm)))
    view = view_of(
        x, lambda base: permuted(base, perm), lambda base, value: permuted(value, inverse)
    )
    view.in_order = is_in_order(x) and _keeps_order(perm, x.shape)
    if perm == tuple(range(len(perm) - 1, -1, -1)):
        view.in_order, view.turned = view.in_order or x.turned, x.in_order
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
    view.in_order = is_in_order(x)
    return view


def reshape_view(x: Tracer, shape: Shape) -> Tracer:
    """x in another shape: a view where its memory is in order, else one that may be a view."""
    without_ones = [d for d in x.shape if d != 1]
    if is_in_order(x) or without_ones == [d for d in shape if d != 1]:
        return spread_view(x, shape)
    made = wrap(reshaped(x.here(require_trace()), shape), "array" if x.kind == "array" else None)
    if x.kind == "array":
        made.frozen = x.frozen if x.owner is made.owner else OUTSIDE
        link(x, made)
    return made


def broadcast_view(x: Tracer, shape: Shape) -> Tracer:
    """x broadcast to a shape, read-only."""
    return read_only(x, lambda base: broadcast(base, shape))


# ---- arrays that may share memory --------------------------------------------------------------


def root_of(x: Tracer) -> Tracer:
    """The array at the end of the chain of views."""
    while x.alias is not None:
        x = x.alias.base
    return x


def link(x: Tracer, y: Tracer, is_certain: bool = True) -> None:
    """Say that x and y may share memory. Not `is_certain`: x is one of several arrays, y among
    them; what shares memory with y need not share it with x.
    """
    a, b = root_of(x), root_of(y)
    a.links = [*(a.links or []), (weakref.ref(b), is_certain)]
    b.links = [*(b.links or []), (weakref.ref(a), is_certain)]


def part(written: Tracer) -> None:
    """After a write: the arrays that may share its memory, and theirs, can no longer be read."""
    seen, todo = {id(written)}, [written]
    while todo:
        x = todo.pop()
        references, x.links = x.links or [], []
        for reference, is_certain in references:
            other = reference()
            if other is not None and id(other) not in seen:
                seen.add(id(other))
                if is_certain:
                    todo.append(other)
                lose(other)


def lose(x: Tracer) -> None:
    """Let every later use of the array say that its content is unknown."""
    x.noted()
    x.alias = View(_LOST, _refuse_read, _refuse_write_lost)
    x.alias.version = -1
    x.version += 1


def _refuse_read(base: Operand) -> NoReturn:
    raise TraceError(
        "an array and another (a reshape of it, or what a branch or loop chose) may or may not share "
        "memory, and one was changed in place",
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
