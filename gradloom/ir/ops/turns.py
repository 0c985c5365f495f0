"""One turn of a loop in pieces: what goes back through it, and what has to be known for that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

from gradloom.ir import build, hooks
from gradloom.ir.graph import Graph, Operand
from gradloom.ir.types import TensorType


@final
@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that goes from the constants and carried values that its derivative needs (`consts`,
    `kept`: their positions) to the same carried values after it, and to residuals.
    """

    consts: tuple[int, ...]
    kept: tuple[int, ...]
    types: tuple[TensorType, ...]
    """Of what is kept."""
    advance: Graph
    """From constants and what is kept to what is kept after the turn."""
    around: Graph
    """From the same to what is kept after the turn, and the residuals that differ between turns."""
    held: Graph
    """From constants to the residuals that are the same in every turn."""
    same: tuple[bool, ...]
    """Which residuals those are."""
    linear: Graph
    """From residuals and the tangents of constants and carried values to those after the turn."""
    back: Graph
    """From residuals and the cotangents after the turn to those of constants and carried values."""

    def residuals(self, held: Sequence[Operand], other: Sequence[Operand]) -> list[Operand]:
        """All residuals in order."""
        mine, rest = iter(held), iter(other)
        return [next(mine) if same else next(rest) for same in self.same]

    @property
    def count(self) -> int:
        """How many carried values have tangents."""
        return len(self.linear.results)


def turn_of(body: Graph, consts: Sequence[bool], carry: Sequence[bool]) -> Turn:
    """The pieces of a turn whose marked constants and carried values have tangents."""
    n, count = len(consts), len(body.results)
    parts = hooks.of("split")(body, [*consts, *carry], carry)
    known: Graph = parts.known
    residuals = known.results[count:]
    needed = _needs(known, residuals)
    while True:
        kept = [i for i in range(count) if n + i in needed]
        more = needed | _needs(known, [known.results[i] for i in kept])
        if more == needed:
            break
        needed = more
    used = [i for i in range(n) if i in needed]
    after = [known.results[i] for i in kept]
    places = [*used, *(n + i for i in kept)]
    same = unchanging(known, n, residuals)
    other = [r for r, fixed in zip(residuals, same, strict=True) if not fixed]
    held = [r for r, fixed in zip(residuals, same, strict=True) if fixed]
    marks = [i >= parts.residuals for i in range(len(parts.linear.parameters))]
    return Turn(
        tuple(used),
        tuple(kept),
        tuple(r.type for r in after),
        part(known, places, after),
        part(known, places, [*after, *other]),
        part(known, used, held),
        same,
        parts.linear,
        hooks.of("transpose_linear")(parts.linear, marks),
    )


def unchanging(graph: Graph, consts: int, results: Iterable[Operand]) -> tuple[bool, ...]:
    """Which of these values depend on the first `consts` parameters alone."""
    differ: set[Operand] = set(graph.parameters[consts:])
    for node in graph.nodes:
        if not differ.isdisjoint(node.operands) or node.op.effect is not None:
            differ.update(node.results)
    return tuple(r not in differ for r in results)


def _live(graph: Graph, results: Iterable[Operand]) -> set[Operand]:
    live = set(results)
    for node in reversed(graph.nodes):
        if not live.isdisjoint(node.results):
            live.update(node.operands)
    return live


def _needs(graph: Graph, results: Iterable[Operand]) -> set[int]:
    """Which parameters these results depend on."""
    live = _live(graph, results)
    return {i for i, p in enumerate(graph.parameters) if p in live}


def part(graph: Graph, places: Sequence[int], results: Sequence[Operand]) -> Graph:
    """The part of a graph that makes these results, of the parameters at `places` alone."""
    live = _live(graph, results)
    nodes = tuple(n for n in graph.nodes if not live.isdisjoint(n.results))
    parameters = tuple(graph.parameters[i] for i in places)
    return build.copied(Graph(parameters, nodes, tuple(results), graph.name))
