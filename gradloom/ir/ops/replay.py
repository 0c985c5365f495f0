"""Reverse mode of `while`: the loop saves some of its carries, and its turns are made again.

Going forward, the carry is saved in SLOTS slots, one every CHUNK turns; when all are full, every
second one is dropped and the stride doubles. Going back, one chunk after the other is made again
from its saved carry, with what its derivative needs stacked by a counted `scan`, and another `scan`
goes back through it. A chunk whose carry was dropped is reached from the last saved one before it,
and SPARE more slots take carries on the way: half of them at equal distances, the next half inside
the last distance, and so on. So a loop of up to SLOTS * CHUNK turns is made again once, a longer
one once or twice more, and memory does not grow with the turns. (To save few and make again more is
from Griewank, "Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
differentiation", 1992.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Operand, Value, literal
from gradloom.ir.ops.rules import INDEX, broadcast, zeros_like
from gradloom.ir.ops.source import number
from gradloom.ir.ops.turns import Turn
from gradloom.ir.types import TensorType

CHUNK: Final = 32
"""Turns whose residuals are stacked at a time."""
SLOTS: Final = 32
SPARE: Final = 32

Operands = Sequence[Operand]
Step = Callable[[Operands, Operands], Operands]


def loop(
    test: Callable[[Operands, Operands], Operand], step: Step, consts: Operands, carry: Operands
) -> tuple[Operand, ...]:
    """A `while` whose predicate and body are functions of (constants, carry)."""
    n, types = len(consts), [x.type for x in (*consts, *carry)]
    regions = (
        build.graph_of(lambda *v: test(v[:n], v[n:]), types),
        build.graph_of(lambda *v: step(v[:n], v[n:]), types),
    )
    made: tuple[Operand, ...] = o.while_(*consts, *carry, regions=regions, consts=n)
    return made


def choice(
    test: Operand, yes: Callable[..., Operands], no: Callable[..., Operands], given: Operands
) -> tuple[Operand, ...]:
    """A `cond` whose branches are functions of the operands."""
    types = [x.type for x in given]
    regions = (build.graph_of(yes, types), build.graph_of(no, types))
    made: tuple[Operand, ...] = o.cond(test, *given, regions=regions)
    return made


def _slot(buffer: Operand, at: Operand) -> Operand:
    shape = buffer.type.shape[1:]
    row = o.dynamic_slice(buffer, at, *(number(0) for _ in shape), sizes=(1, *shape))
    result: Operand = o.reshape(row, shape=shape)
    return result


def _put(buffer: Operand, at: Operand, x: Operand) -> Operand:
    shape = x.type.shape
    row = (
        o.reshape(x, shape=(1, *shape))
        if isinstance(x, Value)
        else literal(x.value, x.type.with_shape((1, *shape)))
    )
    result: Operand = o.dynamic_update_slice(buffer, row, at, *(number(0) for _ in shape))
    return result


def _rows(types: Iterable[TensorType], count: int) -> list[Operand]:
    return [literal(0, t.with_shape((count, *t.shape))) for t in types]


# ---- going forward -------------------------------------------------------------------------------


def recorded(
    predicate: Graph, body: Graph, turn: Turn, consts: Operands, carry: Operands
) -> tuple[tuple[Operand, ...], tuple[Operand, ...]]:
    """The loop's results; and its trip count, the stride in turns, and the carries saved."""
    k, n = len(turn.kept), len(consts)
    (going,) = build.inline(predicate, [*consts, *carry])

    def once(v: Operands, state: Operands) -> Operands:
        at, _, *x = state
        after = build.inline(body, [*v[:n], *x])
        return [at + 1, *build.inline(predicate, [*v[:n], *after]), *after]

    def segment(v: Operands, state: Operands) -> Operands:
        at, stride, going, *rest = state
        full = o.equal(at, stride * SLOTS)
        stride, *saved = choice(
            full, lambda s, *b: [s * 2, *map(_thinned, b)], lambda *b: b, [stride, *rest[:k]]
        )
        x, slot = rest[k:], o.floor_divide(at, stride)
        saved = [_put(b, slot, x[i]) for b, i in zip(saved, turn.kept, strict=True)]
        at, going, *x = loop(
            lambda c, s: o.logical_and(s[1], o.less(s[0], c[n])),
            once,
            [*v, at + stride],
            [at, going, *x],
        )
        return [at, stride, going, *saved, *x]

    start = [number(0), number(CHUNK), going, *_rows(turn.types, SLOTS), *carry]
    count, stride, _, *rest = loop(lambda v, s: s[2], segment, consts, start)
    return tuple(rest[k:]), (count, stride, *rest[:k])


def _thinned(buffer: Operand) -> Operand:
    shape = buffer.type.shape
    ones = (1,) * (len(shape) - 1)
    half = o.slice(buffer, start=(0,) * len(shape), stop=shape, step=(2, *ones))
    result: Operand = o.concatenate(half, zeros_like(half), axis=0)
    return result


def forward(turn: Turn, known: Operands, d_consts: Operands, d_carry: Operands) -> Operands:
    """The tangents after the loop, its turns made again from the first carry saved."""
    k, u = len(turn.kept), len(turn.consts)
    count, _, *rest = known
    start, held = [_slot(b, number(0)) for b in rest[:k]], build.inline(turn.held, rest[k:])
    h = 1 + u + len(held)

    def step(v: Operands, s: Operands) -> Operands:
        outs = build.inline(turn.around, [*v[1 : 1 + u], *s[1 : 1 + k]])
        residuals = turn.residuals(v[1 + u : h], outs[k:])
        d_after = build.inline(turn.linear, [*residuals, *v[h:], *s[1 + k :]])
        return [s[0] + 1, *outs[:k], *d_after]

    outs = loop(
        lambda v, s: o.less(s[0], v[0]),
        step,
        [count, *rest[k:], *held, *d_consts],
        [number(0), *start, *d_carry],
    )
    return outs[1 + k :]


# ---- going back ----------------------------------------------------------------------------------


def backward(turn: Turn, known: Operands, sums: Sequence[TensorType], cts: Operands) -> Operands:
    """Cotangents of the constants (of these types) and of the first carry, from those after it.

    The loop's state: the chunk that is due, the chunk before which the carry is, the last slot in
    use, the chunks of all slots, the slots, the carry, cotangents.
    """
    k, u = len(turn.kept), len(turn.consts)
    count, stride, *rest = known
    slots = [
        o.concatenate(b, *_rows([t], SPARE + 1), axis=0)
        for b, t in zip(rest[:k], turn.types, strict=True)
    ]
    apart = o.floor_divide(stride, number(CHUNK))
    every = (SLOTS + SPARE + 1,)
    at = o.iota(dtype=INDEX, shape=every, axis=0) * broadcast(apart, every)
    due = o.floor_divide(count + (CHUNK - 1), number(CHUNK)) - 1
    top = o.floor_divide(due, apart)
    carry = [_slot(b, top) for b in slots]
    held = build.inline(turn.held, rest[k:])
    zeros, h = [literal(0, t) for t in sums], 1 + u + len(held)

    def advance(*given: Operand) -> Operands:
        return _advanced(turn, given[1 : 1 + u], given[h:])

    def back(*given: Operand) -> Operands:
        return _taken_back(turn, given[0], given[1 : 1 + u], given[1 + u : h], given[h:])

    def step(v: Operands, s: Operands) -> Operands:
        return choice(o.less(s[1], s[0]), advance, back, [*v, *s]) if k else back(*v, *s)

    start = [due, _slot(at, top), top, at, *slots, *carry, *zeros, *cts]
    outs = loop(
        lambda v, s: o.greater_equal(s[0], number(0)), step, [count, *rest[k:], *held], start
    )
    return outs[4 + 2 * k :]


def _advanced(turn: Turn, used: Operands, state: Operands) -> Operands:
    """The state with the carry one chunk later, saved where it is far enough from the last one."""
    k = len(turn.kept)
    due, here, top, at, *x = state
    slots, carry, rest = x[:k], x[k : 2 * k], x[2 * k :]
    region = build.copied(turn.advance)
    carry = o.scan(*used, *carry, regions=(region,), consts=len(used), carry=k, length=CHUNK)
    here, last = here + 1, _slot(at, top)
    free = number(SLOTS + SPARE - 1) - top
    apart = o.floor_divide(due - last, o.floor_divide(free, number(2)) + 1) + 1
    far = o.logical_and(o.greater_equal(here - last, apart), o.less(here, due))
    save = o.logical_and(far, o.greater(free, number(0)))
    place = o.where(save, top + 1, number(SLOTS + SPARE))  # the slot after all others is never read
    slots = [_put(b, place, c) for b, c in zip(slots, carry, strict=True)]
    return [due, here, o.where(save, top + 1, top), _put(at, place, here), *slots, *carry, *rest]


def _taken_back(
    turn: Turn, count: Operand, used: Operands, held: Operands, state: Operands
) -> Operands:
    """The state with the cotangents one chunk earlier, and the carry of the last slot in use."""
    k = len(turn.kept)
    due, _, top, at, *x = state
    slots, carry, cts = x[:k], x[k : 2 * k], x[2 * k :]
    turns = o.minimum(number(CHUNK), count - due * CHUNK)
    rows = _made_again(turn, turns, used, carry)
    cts = [*_chunk_back(turn, turns, held, rows, cts)]
    top = o.where(o.equal(_slot(at, top), due), top - 1, top)
    return [due - 1, _slot(at, top), top, at, *slots, *(_slot(b, top) for b in slots), *cts]


def _made_again(turn: Turn, turns: Operand, used: Operands, carry: Operands) -> Operands:
    """The residuals of some turns, stacked; `carry` is what the first one starts with."""
    k, types = len(carry), [x.type for x in (turns, *used, *carry)]
    region = build.graph_of(lambda _, *v: build.inline(turn.around, v), types)
    outs: Operands = o.scan(
        turns, *used, *carry, regions=(region,), consts=1 + len(used), carry=k, length=CHUNK,
        counted=True,
    )  # fmt: skip
    return outs[k:]


def _chunk_back(
    turn: Turn, turns: Operand, held: Operands, rows: Operands, cts: Operands
) -> tuple[Operand, ...]:
    """Sums and cotangents some turns earlier."""
    h, m = 1 + len(held), len(cts)
    summed = m - turn.count

    def back(*v: Operand) -> Operands:
        residuals, before = turn.residuals(v[1:h], v[h + m :]), v[h : h + m]
        outs = build.inline(turn.back, [*residuals, *before[summed:]])
        more = [a + b for a, b in zip(before[:summed], outs[:summed], strict=True)]
        return [*more, *outs[summed:]]

    types = [x.type for x in (turns, *held, *cts)]
    types += [y.type.with_shape(y.type.shape[1:]) for y in rows]
    made: tuple[Operand, ...] = o.scan(
        turns, *held, *cts, *rows, regions=(build.graph_of(back, types),), consts=h, carry=m,
        length=CHUNK, reverse=True, counted=True,
    )  # fmt: skip
    return made
