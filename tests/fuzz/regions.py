"""Ops with regions, and linear algebra and transforms: makers that build their operands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Operand, Value, literal
from gradloom.ir.op import Op
from gradloom.ir.types import TensorType, tensor_type
from tests.fuzz.grower import Grower
from tests.fuzz.makers import BOOL, INDEX

# ---- regions -----------------------------------------------------------------------------------


def _inner(g: Grower, values: Sequence[Value | np.ndarray], types: Sequence[TensorType]) -> Grower:
    """A grower for a region whose parameters hold what these values or arrays do."""
    inner = Grower(g.draw, [], g.sizes, g.index(1000), g.empty)
    inner.dtypes = g.dtypes
    inner.choose = g.choose
    inner.depth = g.depth + 1
    for value, type in zip(values, types, strict=True):
        inner.parameter(type, g.env[value][0] if isinstance(value, Value) else value)
    inner.closed = True
    return inner


def _grown(inner: Grower, nodes: int) -> None:
    for _ in range(nodes):
        inner.choose(inner)


def _of_types(inner: Grower, types: Sequence[TensorType]) -> list[Operand]:
    """One result per type: a value of that type, or a literal."""
    return [inner.same(due) or literal(1, due) for due in types]


def _operands(g: Grower, low: int, high: int) -> list[Value]:
    found = [g.value() for _ in range(low + g.index(high - low + 1))]
    return [x for x in found if x is not None]


def call(g: Grower, op: Op) -> Any:
    """A few operands, and a region of a few nodes."""
    operands = _operands(g, 1, 3)
    inner = _inner(g, operands, [x.type for x in operands])
    _grown(inner, 3)
    results = list(inner.env)[-1 - g.index(2) :]
    kind = g.one_of(["inline", "checkpoint"])
    regions = (inner.finish(results, "piece"),)
    return g.add(op, *operands, regions=regions, name="piece", kind=kind)


def cond(g: Grower, op: Op) -> Any:
    """Two branches that give the same types."""
    operands = _operands(g, 1, 2)
    types = [x.type for x in operands]
    predicate = g.of_type(tensor_type(BOOL, ()), literals=False)
    first, second = _inner(g, operands, types), _inner(g, operands, types)
    _grown(first, 2)
    _grown(second, 2)
    results = list(first.env)[-1:]
    others = _of_types(second, [r.type for r in results])
    regions = (first.finish(results, "yes"), second.finish(others, "no"))
    return g.add(op, predicate, *operands, regions=regions)


def while_(g: Grower, op: Op) -> Any:
    """A counter up to 3, beside values that are carried and a constant."""
    consts, carried = _operands(g, 0, 1), _operands(g, 0, 2)
    counter = tensor_type(INDEX, ())
    values: list[Any] = [*consts, np.zeros((), INDEX), *carried]
    types = [*(x.type for x in consts), counter, *(x.type for x in carried)]
    turns, body = _inner(g, values, types), _inner(g, values, types)
    n = len(consts)
    more = turns.add(o.less, turns.parameters[n], literal(g.index(4), counter))
    step = body.add(o.add, body.parameters[n], literal(1, counter))
    if more is None or step is None:
        return None
    _grown(body, 2)
    after = [*step, *_of_types(body, types[n + 1 :])]
    regions = (turns.finish(more, "more"), body.finish(after, "body"))
    return g.add(op, *consts, g.of_type(counter), *carried, regions=regions, consts=n)


def scan(g: Grower, op: Op) -> Any:
    """Constants, carried values and arrays stepped along their first axis."""
    consts, carried = _operands(g, 0, 1), _operands(g, 0, 2)
    first = g.value(low=1)
    if first is None:
        return None
    length = first.type.shape[0]
    given = [x.type for x in (*consts, *carried)]
    step = first.type.with_shape(first.type.shape[1:])
    if g.concrete([length]) == (0,):
        return None
    values: list[Any] = [*consts, *carried, g.env[first][0][0]]
    body = _inner(g, values, [*given, step])
    _grown(body, 3)
    after = _of_types(body, [x.type for x in carried])
    region = body.finish([*after, *list(body.env)[-1:]], "body")
    attrs = {"consts": len(consts), "carry": len(carried), "length": length, "reverse": g.flag()}
    if g.flag():
        return g.add(op, *consts, *carried, first, regions=(region,), **attrs)
    counter = Value(tensor_type(INDEX, ()))
    region = Graph((counter, *region.parameters), region.nodes, region.results, region.name)
    (steps,) = g.concrete([length])
    count = literal(g.index(steps + 1), counter.type)
    attrs |= {"consts": 1 + len(consts), "counted": True}
    return g.add(op, count, *consts, *carried, first, regions=(region,), **attrs)


def linear_call(g: Grower, op: Op) -> Any:
    """A product with a known value, which is its own transpose."""
    x = g.value("fc")
    if x is None:
        return None
    known = g.of_type(x.type, literals=False)
    values = [known, x]
    regions = []
    for name in ("forward", "back"):
        inner = _inner(g, values, [x.type, x.type])
        made = inner.add(o.multiply, *inner.parameters)
        if made is None:
            return None
        regions.append(inner.finish(made, name))
    return g.add(op, known, x, regions=tuple(regions), known=1)


# ---- linear algebra, transforms ----------------------------------------------------------------


def _matrix(g: Grower, positive: bool) -> Value | None:
    """A well-conditioned matrix as a new parameter: a + 4 I, or a a* + 2 I."""
    dtype = g.dtype("fc")
    if dtype is None or dtype.itemsize < 4:
        return None
    n, lead = 1 + g.index(3), [2] * g.index(2)
    a = g.array(tensor_type(dtype, (*lead, n, n))) / 2
    eye = np.eye(n, dtype=dtype)
    made = a @ np.conj(np.swapaxes(a, -1, -2)) + 2 * eye if positive else a + 4 * eye
    return g.parameter(tensor_type(dtype, (*lead, n, n)), made.astype(dtype))


def square(positive: bool = False) -> Any:
    """A square matrix as the only operand."""
    return lambda g, op: g.add(op, _matrix(g, positive))


def tall(g: Grower, op: Op) -> Any:
    """A matrix of more rows than columns, or square."""
    dtype = g.dtype("fc")
    if dtype is None or dtype.itemsize < 4:
        return None
    columns = 1 + g.index(2)
    return g.add(op, g.parameter(tensor_type(dtype, (columns + g.index(2), columns))))


def solve(g: Grower, op: Op) -> Any:
    """A matrix and right-hand sides."""
    a = _matrix(g, positive=False)
    return a and g.add(op, a, _right(g, a))


def triangular_solve(g: Grower, op: Op) -> Any:
    """A triangle of a matrix and right-hand sides."""
    a = _matrix(g, positive=False)
    flags: dict[str, Any] = {name: g.flag() for name in ("lower", "transpose_a", "unit_diagonal")}
    return a and g.add(op, a, _right(g, a), **flags)


def _right(g: Grower, a: Value) -> Operand:
    return g.of_type(a.type.with_shape((*a.type.shape[:-1], 1 + g.index(2))), literals=False)


def transform(kinds: str, inverse_real: bool = False) -> Any:
    """The last axis of a value of these kinds; `inverse_real` doubles it."""

    def make(g: Grower, op: Op) -> Any:
        x = g.value(kinds, low=1)
        if x is None:
            return None
        last = x.type.shape[-1]
        return g.add(op, x, n=2 * (last - 1) + g.index(2) if inverse_real else last)

    return make
