"""Writing a repeated body as one `scan`, and its results for those who use them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value, literal
from gradloom.ir.ops.scan import Scan
from gradloom.ir.types import TensorType
from gradloom.passes.reroll.body import Body, Slot, Source
from gradloom.passes.reroll.rows import Row, Rows, rows_in, stepped, take
from gradloom.passes.reroll.stores import Store, assembled, stores_of
from gradloom.passes.rewrite import Rewriter

Taken = dict[Value, Row]


def roll(body: Body, rows: Rows, used: Sequence[tuple[Value, int]], rewriter: Rewriter) -> Taken:
    """Add the scan; the values that are `used` outside, made so far into the run, become its
    results, or rows of what it stacks.
    """
    run = body.run
    last, every = _wanted(body, used)
    stores = stores_of(body, last)
    written = [(store.slot, 0) for store in stores]
    for slot in last:
        if slot in written:
            continue
        if slot not in [s for _, s in body.carry]:
            body.carry.append((literal(0, _result(body, slot).type), slot))
    with build.scope(rewriter.builder), build.located(body.nodes[0].location):
        operands = _operands(body, rows, rewriter)
        attrs = Scan(len(body.consts), len(body.carry), run.times)
        region = _region(body, every, stores)
        outs = build.emit(o.scan, operands, attrs, (region,))
        finals = {
            slot: out
            for (_, slot), out in zip(body.carry, outs, strict=False)
            if not isinstance(slot, int)
        }
        stacked = dict(zip(every, outs[len(body.carry) :], strict=False))
        rest = outs[len(body.carry) + len(every) :]
        for store, rows_of_it in zip(stores, rest, strict=True):
            array = operands[len(body.consts) + _number_of(body, store)]
            finals[store.slot, 0] = assembled(store, array, rows_of_it)
        return _hand_out(body, used, finals, stacked, rewriter)


def _number_of(body: Body, store: Store) -> int:
    return next(i for i, (x, s) in enumerate(body.carry) if s == i and x is store.array)


def _wanted(body: Body, used: Sequence[tuple[Value, int]]) -> tuple[list[Slot], list[Slot]]:
    """Slots of which only the last step is used outside, and those of which others are."""
    final = body.run.length * (body.run.times - 1)
    early = {(at % body.run.length, x.index) for x, at in used if at < final}
    late = {(at % body.run.length, x.index) for x, at in used if at >= final}
    return sorted(late - early), sorted(early)


def _result(body: Body, slot: Slot) -> Value:
    return body.nodes[slot[0]].results[slot[1]]


def _operands(body: Body, rows: Rows, rewriter: Rewriter) -> tuple[Operand, ...]:
    def there(x: Operand) -> Operand:
        if isinstance(x, Value) and x in rows:
            row = rows[x]
            return take(row._replace(array=there(row.array)))
        return rewriter.map((x,))[0]

    xs = []
    for column in body.xs:
        found = rows_in(column, rows)
        array = stepped([r._replace(array=there(r.array)) for r in found]) if found else None
        xs.append(_stack(column, [there(x) for x in column]) if array is None else array)
    consts = [there(x) for x in body.consts]
    return (*consts, *[there(x) for x, _ in body.carry], *xs)


def _stack(column: Sequence[Operand], items: Sequence[Operand]) -> Operand:
    """The items along a new leading axis; numbers alone, and constants alone, as a constant."""
    numbers = [x.value for x in column if isinstance(x, Literal)]
    arrays = [x.node.attrs.value.array for x in column if _is_constant(x)]  # type: ignore[union-attr]
    known: Sequence[object] = numbers or arrays
    if len(known) == len(column):
        array = np.array(known, column[0].type.dtype)
        result: Operand = o.constant(value=Constant(array))
        return result
    shape = (1, *items[0].type.shape)
    return o.concatenate(*[_with_axis(x, shape) for x in items], axis=0)  # type: ignore[no-any-return]


def _is_constant(x: Operand) -> bool:
    return isinstance(x, Value) and x.node is not None and x.node.op is o.constant


def _with_axis(x: Operand, shape: tuple[object, ...]) -> Operand:
    if isinstance(x, Literal):
        return Literal(x.value, x.type.with_shape(shape))  # type: ignore[arg-type]
    result: Operand = o.reshape(x, shape=shape)
    return result


def _region(body: Body, every: Sequence[Slot], stores: Sequence[Store]) -> Graph:
    numbers = [all(isinstance(x, Literal) for x in column) for column in body.xs]
    types = [x.type for x in body.consts] + [x.type for x, _ in body.carry]
    types += [
        column[0].type.with_shape(()) if n else column[0].type
        for column, n in zip(body.xs, numbers, strict=True)
    ]

    def inside(*v: Value) -> list[Operand]:
        n, m = len(body.consts), len(body.consts) + len(body.carry)
        steps: list[Operand] = list(v[m:])
        for i, column in enumerate(body.xs):
            if numbers[i] and column[0].type.shape:
                steps[i] = _spread(steps[i], column[0].type)
        given = {"const": v[:n], "carry": v[n:m], "xs": steps}
        made: dict[Slot, Operand] = {}
        written = {store.slot for store in stores}
        for slot, (node, reads) in enumerate(zip(body.nodes, body.reads, strict=True)):
            if slot in written:
                continue
            operands = tuple([_read(source, given, made) for source in reads])
            with build.located(node.location):
                if slot in body.starts:
                    starts = [_read(source, given, made) for source in body.starts[slot]]
                    outs: Sequence[Operand] = (_cut(node, operands[0], starts),)
                else:
                    emit = build.current().emit
                    outs = emit(node.op, operands, node.attrs, node.regions, node.copy)
            made.update({(slot, i): out for i, out in enumerate(outs)})
        after = [v[n + s] if isinstance(s, int) else made[s] for _, s in body.carry]
        values = [_read(store.value, given, made) for store in stores]
        return [*after, *[made[slot] for slot in every], *values]

    return build.graph_of(inside, types)


def _cut(node: Node, x: Operand, starts: Sequence[Operand]) -> Operand:
    """What a slice takes, begun somewhere else."""
    result: Operand = o.dynamic_slice(x, *starts, sizes=node.result.type.shape)
    return result


def _spread(x: Operand, type: TensorType) -> Operand:
    result: Operand = o.broadcast_to(x, shape=type.shape)
    return result


def _read(
    source: Source, given: dict[str, Sequence[Operand]], made: dict[Slot, Operand]
) -> Operand:
    if isinstance(source, Literal):
        return source
    kind, which = source
    return given[kind][which] if isinstance(which, int) else made[which]


def _hand_out(
    body: Body,
    used: Sequence[tuple[Value, int]],
    finals: dict[Slot, Operand],
    stacked: dict[Slot, Operand],
    rewriter: Rewriter,
) -> Taken:
    """Let the scan's results stand for the run's; the rows that were taken of stacked ones."""
    taken = Taken()
    for x, at in used:
        period, slot = divmod(at, body.run.length)
        where = (slot, x.index)
        if where in stacked:
            taken[x] = Row(stacked[where], 0, period)
        last = period == body.run.times - 1 and where in finals
        rewriter.rename({x: finals[where] if last else take(taken[x])})
    return taken


def joined(node: Node, taken: Taken, rewriter: Rewriter) -> bool:
    """Whether the node stacks the rows of one loop again, in order: then what the loop stacked
    stands for it.
    """
    if node.op is not o.concatenate:
        return False
    axis: int = node.attrs.axis  # type: ignore[union-attr]
    rows: list[Row] = []
    for x in node.operands:
        made = x.node if isinstance(x, Value) else None
        if made is None or made.op is not o.reshape:
            return False
        (inner,) = made.operands
        row = taken.get(inner) if isinstance(inner, Value) else None
        shape = list(inner.type.shape)
        if row is None or x.type.shape != (*shape[:axis], 1, *shape[axis:]):
            return False
        rows.append(row)
    if not rows or len(rows) < 2:
        return False
    with build.scope(rewriter.builder), build.located(node.location):
        array = stepped(rows)
        if array is None:
            return False
        ndim = array.type.ndim
        if axis:
            perm = (*range(1, axis + 1), 0, *range(axis + 1, ndim))
            array = o.permute_dims(array, perm=perm)
    rewriter.replace(node, (array,))
    return True
