"""Stores of elements that lie in the memory they are written into.

numpy copies them first, but for a vector whose steps through memory go the way of the places it is
stored in: that is read and written element by element, from the end where the same steps would be
safe. So `x[:, -1] = x[1]` may store what it has just written. Which elements these are follows from
the strides; the graph takes them from the vector by constant positions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.layouts import Strides
from gradloom.frontend.numpy.gathers import take
from gradloom.frontend.numpy.keys import Key, Span
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.numpy.spans import take_basic
from gradloom.frontend.numpy.views import may_share, root_of, strides_of
from gradloom.frontend.tracer import Tracer
from gradloom.ir import build
from gradloom.ir.errors import TraceError
from gradloom.ir.graph import Graph, Operand, Value
from gradloom.ir.interpret import interpret
from gradloom.ir.location import user_location
from gradloom.ir.types import tensor_type


def part_strides(x: Tracer, key: Key) -> Strides | None:
    """The strides of `x[key]`, a view by slices and whole numbers, where those of x are known."""
    strides = strides_of(x)
    if strides is None or key.ones:
        return None
    found = []
    for entry in key.layout:
        if entry == "index":  # of whole numbers, which leave no axis
            continue
        axis = key.axes[entry] if isinstance(entry, int) else None
        if isinstance(axis, Span):
            found.append(strides[int(entry)] * axis.step)
        else:
            found.append(0)
    return tuple(found)


def as_stored(x: Tracer, key: Key | None, value: Tracer) -> Tracer:
    """The elements of `value` as numpy has them when it stores them in `x[key]`, or in all of x."""
    size = _length(x, key)
    if size is None or value.kind != "array" or not value.ndim or value.shape[-1] != size:
        return value
    if not _meets(x, value):
        return value
    to = strides_of(x) if key is None else part_strides(x, key)
    given = strides_of(value)
    if to is not None and given is not None and (to[0] == given[-1] or to[0] * given[-1] < 0):
        return value
    order = _order(x, key, value)
    if order is None:
        raise TraceError(
            "a vector is stored in memory of its own in other steps, and which of its elements are "
            "overwritten before they are read is not known in a trace",
            location=user_location(), hint="write a copy:  y.copy()",
        )  # fmt: skip
    if np.array_equal(order, np.arange(size)):
        return value
    return lift(np.take(value, order, axis=-1))


def _length(x: Tracer, key: Key | None) -> int | None:
    """How many elements a store into a vector writes; None where it is no vector, or a short
    one.
    """
    if key is None:
        shape = x.shape
    elif key.is_basic or key.is_placed:
        shape = tuple(
            1 if entry == "new" else key.axes[entry].size
            for entry in key.layout if entry != "index"
        )  # fmt: skip
    else:
        return None
    return shape[0] if len(shape) == 1 and isinstance(shape[0], int) and shape[0] > 1 else None


def _meets(x: Tracer, value: Tracer) -> bool:
    """Whether both may lie in one memory."""
    if x.owner is not value.owner:
        return False
    if x.links is None and value.links is None and x.alias is None and value.alias is None:
        return x is value
    return may_share(x, value)


# ---- which elements numpy reads ------------------------------------------------------------------


def _order(x: Tracer, key: Key | None, value: Tracer) -> np.ndarray | None:
    """The positions of the elements that are stored; None where that is not known."""
    root = root_of(x)
    if root_of(value) is not root or x.dtype != value.dtype:
        return None
    to, given = _addresses(x, key), _addresses(value, None)
    if to is None or given is None:
        return None
    if root.given:
        root.owner.depend_on_layouts()
    given = given.reshape(-1)[-to.size :]
    return _in_turn(to, given)


def _in_turn(to: np.ndarray, given: np.ndarray) -> np.ndarray:
    """For each address that is written, which of those given holds what is written there."""
    turns = range(to.size)
    first, last = (0, -1) if to[0] < to[-1] else (-1, 0)
    ends = given[last] + (given[last] - given[first]) // (to.size - 1)
    is_backwards = given[first] < to[first] < ends
    if is_backwards != (first == -1):
        turns = turns[::-1]
    if not np.intersect1d(to, given).size:
        return np.arange(to.size)
    found = np.arange(to.size)
    written: dict[int, int] = {}
    for k in turns:
        found[k] = written.get(int(given[k]), k)
        written[int(to[k])] = int(found[k])
    return found


def _addresses(x: Tracer, key: Key | None) -> np.ndarray | None:
    """Where the elements of `x[key]` lie in its root's memory; None where that is not known."""
    chain = [x]
    while chain[-1].alias is not None:
        chain.append(chain[-1].alias.base)
    root = chain.pop()
    strides = strides_of(root)
    if strides is None or root.reshaped or any(_is_recast(v, root) for v in chain):
        return None
    places = sum((np.arange(d) * s).reshape(d, *[1] * (root.ndim - i - 1))
                 for i, (d, s) in enumerate(zip(root.shape, strides, strict=True)))  # fmt: skip
    probe: Any = np.asarray(np.broadcast_to(places, root.shape), float)
    if root.dtype.kind == "c":
        probe = probe + 1j * (probe + root.itemsize // 2)
    parameter = Value(tensor_type(probe.dtype, root.shape))
    made: Operand = parameter
    with build.scope(build.Builder()) as builder:
        for view in reversed(chain):
            assert view.alias is not None
            made = view.alias.read(view.alias.seen(made))
        if key is not None:
            made = take_basic(made, key) if key.is_basic else take(made, key)
    known = {parameter, *(r for node in builder.nodes for r in node.results)}
    if any(isinstance(o, Value) and o not in known for n in builder.nodes for o in n.operands):
        return None  # a traced index
    (found,) = interpret(Graph((parameter,), tuple(builder.nodes), (made,)), [probe])
    return np.real(found).astype(np.int64)


def _is_recast(view: Tracer, root: Tracer) -> bool:
    """Whether a view reads other numbers than its root holds: signs, bools as integers."""
    return view.dtype != root.dtype and root.dtype.kind not in "fc"
