"""The way back through the tape, remembered: a tape equal to one before, node by node, gives the
same nodes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from gradloom.eager.home import Home
from gradloom.eager.recipes import Recipe, Unfit, Writer, follow
from gradloom.ir.graph import Node, Operand, Value
from gradloom.ir.location import user_location
from gradloom.ir.ops.masks import Cotangent, whole
from gradloom.passes import transpose

_MOST: Final = 1_024


class Way(NamedTuple):
    """The recipe of a way back, and the cotangents of the leaves: number of the leaf, and of its
    cotangent.
    """

    recipe: Recipe
    leaves: tuple[tuple[int, int], ...]


class Shape(NamedTuple):
    """A tape as one that may come again: a key, and the values from elsewhere in order."""

    key: Any
    outside: list[Operand]


def cotangents(
    home: Home, nodes: Sequence[Node], seeds: dict[Operand, Operand]
) -> dict[Operand, Operand]:
    """The cotangents of the tape's leaves. Nobody asks for others, and no derivative of these."""
    shape = _shape(home, nodes, seeds)
    way = home.ways.get(shape.key)
    places = [user_location(), *[node.location for node in nodes]]
    if way is None:
        return _found(home, nodes, seeds, shape)
    with home.recording(False, places[0]) as trace:
        values: list[Any] = [*shape.outside, *seeds.values()]
        follow(way.recipe, values, trace.builder.nodes, home.tape, places)
    outside, tail = shape.outside, way.recipe.literals
    return {outside[leaf]: values[i] if i >= 0 else tail[i] for leaf, i in way.leaves}


def _found(
    home: Home, nodes: Sequence[Node], seeds: dict[Operand, Operand], shape: Shape
) -> dict[Operand, Operand]:
    """The same, by the rules; the way is remembered where it can be."""
    found: dict[Operand, Cotangent] = dict(seeds)
    linear = home.tape.linear
    sources: list[int] = []
    with home.recording(False, user_location()) as trace:
        program = trace.builder.nodes
        start = len(program)
        for i, node in reversed([*enumerate(nodes)]):
            transpose.backward([node], linear, found)
            sources += [i + 1] * (len(program) - start - len(sources))
        wholes = {leaf: whole(ct) for leaf, ct in found.items()}
        sources += [0] * (len(program) - start - len(sources))
        made = program[start:]
    if len(home.ways) >= _MOST:
        home.ways.clear()
    writer = Writer([*shape.outside, *seeds.values()])
    try:
        steps = writer.steps(made, sources)
        leaves = [(writer.number(x), writer.literal(ct)) for x, ct in wholes.items()]
    except Unfit:
        return wholes
    home.ways[shape.key] = Way(writer.recipe(steps, ()), tuple(leaves))
    return wholes


def _shape(home: Home, nodes: Sequence[Node], seeds: dict[Operand, Operand]) -> Shape:
    linear = home.tape.linear
    numbers: dict[Operand, int] = {}
    outside: list[Operand] = []
    key: list[Any] = []
    for node in nodes:
        names: list[Any] = []
        for x in node.operands:
            number = numbers.get(x)
            if number is None:
                if type(x) is not Value:
                    names.append(x)
                    continue
                number = numbers[x] = len(numbers)
                outside.append(x)
                maker = x.node
                key.append((number, x.type, x in linear, maker and maker.op))
            names.append(number)
        place = node.location
        key.append((node.op, tuple(names), node.attrs, node.regions, place and place.note))
        for r in node.results:
            numbers[r] = len(numbers)
    for tangent, seed in seeds.items():
        known = numbers.get(tangent, tangent)
        key.append((known, seed.type if type(seed) is Value else seed, numbers.get(seed)))
    return Shape(tuple(key), outside)
