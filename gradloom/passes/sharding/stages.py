"""The workers' programs without collectives: cut where they talk, into steps that hand values on.

What a collective computes becomes part of the steps beside it: the sender's step ends with the
pieces, the receiver's begins by putting them together. All that is left between steps is values
that go from one worker to another. Sums go in the workers' order, so every worker has the same
bits.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import accumulate
from typing import Any, Final, NamedTuple, final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.build import Builder
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value, literal
from gradloom.ir.op import Op
from gradloom.ir.types import TensorType
from gradloom.passes.sharding import ShardedGraph
from gradloom.passes.sharding.placement import Mesh, parts, places

LARGE: Final = 1 << 20
"""Bytes from which more than two workers sum in parts and gather those: each then sends twice the
value, instead of one whole value to each of the others."""

Name = int
"""A value on one worker: a number of its own."""


class Step(NamedTuple):
    """A program that one worker runs, on values that are there or come."""

    worker: int
    graph: Graph
    inputs: tuple[Name, ...]
    outputs: tuple[Name, ...]


@final
@dataclass(frozen=True, slots=True)
class Schedule:
    """Steps, each after those that it needs; for each parameter and result, its name on every
    worker.
    """

    steps: tuple[Step, ...]
    parameters: tuple[tuple[Name, ...], ...]
    results: tuple[tuple[Name, ...], ...]


def schedule(sharded: ShardedGraph) -> Schedule:
    """The steps that do what the workers' programs do."""
    return _Cutter(sharded).schedule()


@final
@dataclass(slots=True, eq=False)
class _Stretch:
    """What one worker runs between two exchanges."""

    builder: Builder = field(default_factory=Builder)
    operands: dict[Hashable, Operand] = field(default_factory=dict)
    parameters: dict[Name, Value] = field(default_factory=dict)
    outputs: dict[Name, Value] = field(default_factory=dict)


@final
class _Cutter:
    """Walks all workers' programs side by side. A key is a worker and a value of its program, or a
    piece of one; what has a name is handed from one stretch to another.
    """

    def __init__(self, sharded: ShardedGraph) -> None:
        self._sharded = sharded
        self._groups = {axis: list(_groups(sharded.mesh, axis)) for axis in sharded.mesh}
        self._stretches: dict[tuple[int, int], _Stretch] = {}
        self._made: dict[Hashable, tuple[int, int]] = {}  # the stretch that has it
        self._levels: dict[Value, int] = {}
        self._names: dict[Hashable, Name] = {}

    def schedule(self) -> Schedule:
        """The steps."""
        graphs = self._sharded.graphs
        parameters = tuple(
            tuple(self._name((w, p)) for w, p in enumerate(same))
            for same in zip(*(g.parameters for g in graphs), strict=True)
        )
        for nodes in zip(*(g.nodes for g in graphs), strict=True):
            self._walk(nodes)
        results = tuple(
            tuple(self._result(w, r) for w, r in enumerate(same))
            for same in zip(*(g.results for g in graphs), strict=True)
        )
        steps = tuple(
            Step(worker, _graph(s, graphs[0].notes), tuple(s.parameters), tuple(s.outputs))
            for (_, worker), s in sorted(self._stretches.items())
            if s.outputs or any(n.op.effect for n in s.builder.nodes)
        )
        return Schedule(steps, parameters, results)

    def _walk(self, nodes: Sequence[Node]) -> None:
        """The same node of every worker's program."""
        first = nodes[0]
        operands = [x for node in nodes for x in node.operands]
        level = max((self._levels.get(x, 0) for x in operands if isinstance(x, Value)), default=0)
        collective = _LOWERED.get(first.op)
        if first.op is o.axis_index:
            for w, node in enumerate(nodes):
                number = self._place(w, node.attrs.axis)  # type: ignore[union-attr]
                self._define((level, w), (w, node.result), literal(number, node.result.type))
        elif collective is None:
            for w, node in enumerate(nodes):
                self._run(level, w, node)
        else:
            level = self._exchange(level, nodes, collective)
        self._levels.update((r, level) for node in nodes for r in node.results)

    def _run(self, level: int, w: int, node: Node) -> None:
        at = level, w
        builder = self._stretch(at).builder
        builder.location = node.location
        operands = tuple(self._read(at, (w, x), x) for x in node.operands)
        results = builder.emit(node.op, operands, node.attrs, node.regions, node.copy)
        for old, new in zip(node.results, results, strict=True):
            self._define(at, (w, old), new)

    def _exchange(self, level: int, nodes: Sequence[Node], how: tuple[_Round, ...]) -> int:
        """Rounds of cutting, sending and putting together; the level after the last."""
        attrs: Any = nodes[0].attrs
        keys: list[Hashable] = [(w, node.operands[0]) for w, node in enumerate(nodes)]
        operands: list[Operand] = [node.operands[0] for node in nodes]
        if nodes[0].op is o.all_reduce and not _is_large(nodes[0]):
            how = _WHOLE
        for number, step in enumerate(how):
            pieces: dict[tuple[int, int], tuple[Hashable, Operand]] = {}
            for w, node in enumerate(nodes):
                mates = self._mates(w, attrs.axis)
                x = self._read((level, w), keys[w], operands[w])
                with build.scope(self._stretch((level, w)).builder):
                    cut = step.cut(node.attrs, x, len(mates))
                for mate, piece in zip(mates, cut, strict=True):
                    key = keys[w] if piece is x else (w, node, number, mate)
                    if piece is not x:
                        self._define((level, w), key, piece)
                    pieces[w, mate] = key, piece
            level += 1
            for w, node in enumerate(nodes):
                at, mates = (level, w), self._mates(w, attrs.axis)
                self._stretch(at).builder.location = node.location
                given = [self._read(at, *pieces[mate, w]) for mate in mates]
                with build.scope(self._stretch(at).builder):
                    made = step.join(node.attrs, given, mates.index(w), node.result.type)
                keys[w] = (w, node.result) if number == len(how) - 1 else (w, node, number)
                operands[w] = made
                self._define(at, keys[w], made)
        return level

    # ---- values and names ------------------------------------------------------------------------

    def _stretch(self, at: tuple[int, int]) -> _Stretch:
        return self._stretches.setdefault(at, _Stretch())

    def _define(self, at: tuple[int, int], key: Hashable, operand: Operand) -> None:
        self._stretch(at).operands[key] = operand
        self._made[key] = at

    def _read(self, at: tuple[int, int], key: Hashable, operand: Operand) -> Operand:
        """What a key is in a stretch: a parameter of it, where another has made it."""
        if isinstance(operand, Literal):
            return operand
        stretch = self._stretch(at)
        found = stretch.operands.get(key)
        if found is None:
            made = self._operand(key)
            if isinstance(made, Literal):
                return made
            name = self._name(key)
            found = stretch.operands[key] = Value(operand.type)
            stretch.parameters[name] = found
            self._hand_on(key, made)
        return found

    def _operand(self, key: Hashable) -> Operand | None:
        at = self._made.get(key)
        return None if at is None else self._stretches[at].operands[key]

    def _hand_on(self, key: Hashable, made: Operand | None) -> None:
        """Have the stretch that made it give it out."""
        if isinstance(made, Value):
            self._stretches[self._made[key]].outputs[self._name(key)] = made

    def _name(self, key: Hashable) -> Name:
        return self._names.setdefault(key, len(self._names))

    def _result(self, w: int, result: Operand) -> Name:
        """The name of a result; a number that stands inline becomes a value of its own."""
        key: Hashable = (w, result)
        made = result if isinstance(result, Literal) else self._operand(key)
        if isinstance(made, Literal):
            at = self._made.get(key, (0, w))
            with build.scope(self._stretch(at).builder):
                made = o.reshape(made, shape=made.type.shape)
            self._define(at, key, made)
        self._hand_on(key, made)
        return self._name(key)

    def _place(self, w: int, axis: str) -> int:
        return list(places(self._sharded.mesh))[w][axis]

    def _mates(self, w: int, axis: str) -> list[int]:
        return next(group for group in self._groups[axis] if w in group)


def _graph(stretch: _Stretch, notes: tuple[str, ...]) -> Graph:
    parameters, results = tuple(stretch.parameters.values()), tuple(stretch.outputs.values())
    return Graph(parameters, tuple(stretch.builder.nodes), results, "step", notes)


def _groups(mesh: Mesh, axis: str) -> Iterator[list[int]]:
    """The workers that talk along a mesh axis, in order of their place on it."""
    groups: dict[Hashable, list[int]] = {}
    for w, place in enumerate(places(mesh)):
        groups.setdefault(tuple(n for a, n in place.items() if a != axis), []).append(w)
    yield from groups.values()


def _is_large(node: Node) -> bool:
    attrs: Any = node.attrs
    return attrs.size > 2 and attrs.reduce == "sum" and node.result.type.nbytes() >= LARGE


# ---- what collectives mean -----------------------------------------------------------------------


class _Round(NamedTuple):
    """`cut(attrs, x, workers)`: a piece for each of the others; `join(attrs, pieces, index, type)`:
    what worker number `index` makes of the pieces that it got, in the workers' order.
    """

    cut: Callable[[Any, Operand, int], Sequence[Operand]]
    join: Callable[[Any, Sequence[Operand], int, TensorType], Operand]


def _to_all(attrs: Any, x: Operand, workers: int) -> list[Operand]:
    return [x] * workers


def _pieces(x: Operand, dim: int, lengths: Sequence[int]) -> list[Operand]:
    """`x` cut along one axis."""
    shape, made = x.type.shape, []
    for stop, n in zip(accumulate(lengths), lengths, strict=True):
        start = tuple(stop - n if i == dim else 0 for i in range(len(shape)))
        end = tuple(stop if i == dim else d for i, d in enumerate(shape))
        made.append(o.slice(x, start=start, stop=end, step=(1,) * len(shape)))
    return made


def _cut_along(attrs: Any, x: Operand, workers: int) -> list[Operand]:
    size: Any = x.type.shape[attrs.dim]
    return _pieces(x, attrs.dim, attrs.parts or parts(size, workers))


def _cut_to_exchange(attrs: Any, x: Operand, workers: int) -> list[Operand]:
    size: Any = x.type.shape[attrs.split]
    return _pieces(x, attrs.split, attrs.split_parts or parts(size, workers))


def _cut_flat(attrs: Any, x: Operand, workers: int) -> list[Operand]:
    count: Any = x.type.size
    return _pieces(o.reshape(x, shape=(count,)), 0, parts(count, workers))


_COMBINE: Final[dict[str, Op]] = {"sum": o.add, "max": o.maximum, "min": o.minimum}


def _combined(attrs: Any, given: Sequence[Operand], index: int, type: TensorType) -> Operand:
    op = _COMBINE[getattr(attrs, "reduce", "sum")]
    return reduce(lambda total, part: op(total, part), given)


def _joined(given: Sequence[Operand], dim: int) -> Operand:
    made: Operand = o.concatenate(*given, axis=dim) if len(given) > 1 else given[0]
    return made


def _gathered(attrs: Any, given: Sequence[Operand], index: int, type: TensorType) -> Operand:
    return _joined(given, attrs.dim)


def _exchanged(attrs: Any, given: Sequence[Operand], index: int, type: TensorType) -> Operand:
    return _joined(given, attrs.concat)


def _unflattened(attrs: Any, given: Sequence[Operand], index: int, type: TensorType) -> Operand:
    made: Operand = o.reshape(_joined(given, 0), shape=type.shape)
    return made


def _permuted(attrs: Any, given: Sequence[Operand], index: int, type: TensorType) -> Operand:
    source = next((s for s, target in attrs.perm if target == index), None)
    return literal(0, type) if source is None else given[source]


_WHOLE: Final = (_Round(_to_all, _combined),)
_LOWERED: Final[dict[Op, tuple[_Round, ...]]] = {
    o.all_reduce: (_Round(_cut_flat, _combined), _Round(_to_all, _unflattened)),
    o.all_gather: (_Round(_to_all, _gathered),),
    o.reduce_scatter: (_Round(_cut_along, _combined),),
    o.all_to_all: (_Round(_cut_to_exchange, _exchanged),),
    o.permute: (_Round(_to_all, _permuted),),
}
