"""Recipes: the nodes that something recorded, to be recorded again on other values of the same
types without asking the rules for shapes, dtypes and derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from gradloom.eager.tape import Tape
from gradloom.ir.graph import Node, Operand, Value, node_of_one
from gradloom.ir.location import Location
from gradloom.ir.op import Attrs, Op
from gradloom.ir.types import TensorType

_MOST_PLACES: Final = 20_000
_places: Final[dict[tuple[Location, str], Location]] = {}


class Step(NamedTuple):
    """A node: its operands by their places among the values so far; `note` says what derived it."""

    op: Op
    operands: tuple[int, ...]
    attrs: Attrs | None
    types: tuple[TensorType, ...]
    note: str
    source: int
    """Of the locations that are given, which is the node's."""


class Recipe(NamedTuple):
    """Nodes of the program, then nodes of the tape, and what the tape knows of their values."""

    inputs: int
    literals: tuple[Operand, ...]
    program: tuple[Step, ...]
    linear: tuple[Step, ...]
    tangents: tuple[tuple[int, int], ...]
    later: tuple[tuple[int, int], ...]
    """Values whose tangents are made when they are asked for, and the step that made each."""


class Unfit(Exception):  # noqa: N818, RUF100  (never seen outside)
    """What was recorded depends on more than its operands."""


def derived(location: Location | None, note: str) -> Location | None:
    """The location with a note, the same object each time."""
    if location is None or location.note == note:
        return location
    found = _places.get((location, note))
    if found is None:
        if len(_places) > _MOST_PLACES:
            _places.clear()
        found = _places[location, note] = location.derived(note)
    return found


class Writer:
    """Writes a recipe: numbers for the values that its steps use."""

    def __init__(self, inputs: Sequence[Operand | None]) -> None:
        self.inputs = len(inputs)
        self._numbers: dict[Operand, int] = {}
        self._next = 0
        self._literals: list[tuple[int, Operand]] = []
        for x in inputs:
            if x is not None:
                self._numbers.setdefault(x, self._next)
            self._next += 1

    def steps(self, nodes: Sequence[Node], sources: Sequence[int]) -> tuple[Step, ...]:
        """The steps of these nodes; Unfit where one cannot be made again."""
        return tuple([self._step(n, s) for n, s in zip(nodes, sources, strict=True)])

    def number(self, x: Operand) -> int:
        """The number of a value that is known; Unfit where it comes from elsewhere."""
        found = self._numbers.get(x)
        if found is None:
            raise Unfit
        return found

    def literal(self, x: Operand) -> int:
        """The number of any operand; a literal gets one."""
        if isinstance(x, Value):
            return self.number(x)
        found = self._numbers.get(x)
        if found is None:
            self._literals.append((-len(self._literals) - 1, x))
            found = self._numbers[x] = self._literals[-1][0]
        return found

    def recipe(
        self, program: tuple[Step, ...], linear: tuple[Step, ...],
        tangents: tuple[tuple[int, int], ...] = (), later: tuple[tuple[int, int], ...] = (),
    ) -> Recipe:  # fmt: skip
        """The whole."""
        literals = tuple([x for _, x in reversed(self._literals)])
        return Recipe(self.inputs, literals, program, linear, tangents, later)

    def _step(self, node: Node, source: int) -> Step:
        if node.op.effect is not None or node.regions or node.copy:
            raise Unfit
        operands = tuple([self.literal(x) for x in node.operands])
        for r in node.results:
            self._numbers[r] = self._next
            self._next += 1
        note = node.location.note if node.location is not None else ""
        types = tuple([r.type for r in node.results])
        return Step(node.op, operands, node.attrs, types, note, source)


def follow(
    recipe: Recipe, values: list[Any], program: list[Node], tape: Tape,
    places: Sequence[Location | None],
) -> list[Any]:  # fmt: skip
    """Record the nodes of a recipe; `values`, its inputs, grows by what they give. A literal has a
    negative number: it stands at the end of what is returned.
    """
    steps = recipe.program
    made = values
    tail = recipe.literals
    program.extend([_again(step, made, tail, places) for step in steps])
    linear = tape.linear
    for step in recipe.linear:
        linear.update(_again(step, made, tail, places).results)
    for value, tangent in recipe.tangents:
        tape.tangents[made[value]] = made[tangent]
    for value, at in recipe.later:
        tape.later[made[value]] = program[at - len(steps)]
    return made


def _again(
    step: Step, made: list[Any], tail: Sequence[Operand], places: Sequence[Location | None]
) -> Node:
    op, operands, attrs, types, note, source = step
    place = places[source]
    if note:
        place = derived(place, note)
    given = tuple([made[i] if i >= 0 else tail[i] for i in operands])
    if len(types) == 1:
        node = node_of_one(op, given, attrs, types[0], place)
        made.append(node.results[0])
    else:
        node = Node(op, given, attrs, types, (), place)
        made.extend(node.results)
    return node
