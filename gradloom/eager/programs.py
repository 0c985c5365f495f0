"""Fragments as programs: equal ones are one program, and numbers that change from one to the next
are its inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.types import tensor_type

_MOST: Final = 1_024


class Shape(NamedTuple):
    """What a fragment is: its inputs and results, a key that is equal for fragments that differ in
    numbers only, and those numbers.
    """

    inputs: list[Value]
    outputs: list[Value]
    key: Any
    numbers: list[Literal]


class Ready(NamedTuple):
    """A program, and the numbers that are its last inputs."""

    graph: Graph
    numbers: list[np.ndarray]


@final
class Variants:
    """The programs of fragments that differ in numbers only.

    A number that was another once is an input from then on; those that always were the same one are
    one input.
    """

    __slots__ = ("_first", "_trails", "graph", "groups")

    def __init__(self, numbers: list[Literal]) -> None:
        self._first = numbers
        self._trails: dict[int, tuple[Literal, ...]] = {}  # of changing numbers: what each was
        self.groups: list[list[int]] = []
        self.graph: Graph | None = None

    def learn(self, numbers: list[Literal]) -> None:
        """Take note of the numbers that are not what they were."""
        if not self._trails and numbers == self._first:
            return
        pairs = enumerate(zip(self._first, numbers, strict=True))
        fresh = [i for i, (a, b) in pairs if i not in self._trails and a is not b and a != b]
        apart = any(numbers[i] != numbers[group[0]] for group in self.groups for i in group[1:])
        if not fresh and not apart:
            return
        self._trails.update((i, (self._first[i],)) for i in fresh)
        grouped: dict[tuple[Literal, ...], list[int]] = {}
        for i in sorted(self._trails):
            self._trails[i] += (numbers[i],)
            grouped.setdefault(self._trails[i], []).append(i)
        self.groups, self.graph = list(grouped.values()), None


@final
class Programs:
    """The programs that were sent; one that is not among the last thousand may be made again."""

    def __init__(self) -> None:
        self._known: dict[Any, Variants] = {}

    def __len__(self) -> int:
        return len(self._known)

    def ready(self, nodes: Sequence[Node], shape: Shape, notes: tuple[str, ...]) -> Ready:
        """The program of a fragment."""
        key = shape.key, notes
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST:
                self._known.pop(next(iter(self._known)))
            known = self._known[key] = Variants(shape.numbers)
        known.learn(shape.numbers)
        if known.graph is None:
            known.graph = _graph(nodes, shape, known.groups, notes)
        given = [np.asarray(shape.numbers[group[0]].value) for group in known.groups]
        return Ready(known.graph, given)


def leading_to(nodes: list[Node], needed: set[Operand]) -> list[Node]:
    """The nodes that needed values are made of."""
    wanted = set(needed)
    kept = []
    for node in reversed(nodes):
        if node.op.effect is not None or not wanted.isdisjoint(node.results):
            kept.append(node)
            wanted.update(node.operands)
    return kept[::-1]


def shape_of(nodes: Sequence[Node], needed: set[Operand]) -> Shape:
    """What these nodes are as a fragment."""
    names: dict[Operand, int] = {}
    inputs: list[Value] = []
    outputs: list[Value] = []
    numbers: list[Literal] = []
    key: list[Any] = []
    for node in nodes:
        for x in node.operands:
            if type(x) is Value and x not in names:
                names[x] = len(names)
                inputs.append(x)
        place = node.location
        key += [node.op, node.attrs, node.regions]  # and with the operands' types, the results'
        if place is not None:
            key += [place.file, place.line]
        for x in node.operands:
            if type(x) is Value:
                key.append(names[x])
            elif _may_change(node, x):
                key.append(x.type)
                numbers.append(x)
            else:
                key.append(x)
        for r in node.results:
            names[r] = len(names)
            if r in needed:
                outputs.append(r)
    given = tuple([x.type for x in inputs])
    return Shape(inputs, outputs, (given, tuple(key), tuple([names[x] for x in outputs])), numbers)


def _may_change(node: Node, x: Operand) -> bool:
    """Whether a number can be an input as well: an exponent decides how a power is computed, a bool
    what is left out.
    """
    return node.op.elementwise and node.op is not o.power and x.type.dtype.kind in "fiuc"


def _graph(
    nodes: Sequence[Node], shape: Shape, groups: list[list[int]], notes: tuple[str, ...]
) -> Graph:
    """The program; the numbers of each group are one parameter, after the others."""
    scalars = [shape.numbers[group[0]].type.dtype for group in groups]
    parameters = [Value(tensor_type(dtype, ())) for dtype in scalars]
    opened = {i: p for group, p in zip(groups, parameters, strict=True) for i in group}
    made: list[Node] = []
    names: dict[Operand, Value] = {}
    count = 0
    for node in nodes:
        operands: list[Operand] = []
        for x in node.operands:
            given: Operand = names.get(x, x) if type(x) is Value else x
            if type(x) is not Value and _may_change(node, x):
                given = _spread(opened[count], x, node, made) if count in opened else x
                count += 1
            operands.append(given)
        types = tuple([r.type for r in node.results])
        copy = Node(
            node.op, tuple(operands), node.attrs, types, node.regions, node.location, node.copy
        )
        names.update(zip(node.results, copy.results, strict=True))
        made.append(copy)
    inputs = (*shape.inputs, *parameters)
    return Graph(inputs, tuple(made), tuple([names[x] for x in shape.outputs]), "eager", notes)


def _spread(parameter: Value, x: Operand, node: Node, made: list[Node]) -> Value:
    """A parameter in the place of a number, in as many places as that was."""
    if not x.type.shape:
        return parameter
    attrs = o.broadcast_to.attrs(shape=x.type.shape)  # type: ignore[misc]
    spread = Node(o.broadcast_to, (parameter,), attrs, (x.type,), (), node.location)
    made.append(spread)
    return spread.result
