"""All that a page shows of a program, as data: every node once, every graph of its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.names import parameter_names
from gradloom.ir.scalars import scalar_text
from gradloom.passes.liveness import liveness
from gradloom.viz.explorer.facts import Facts, facts
from gradloom.viz.explorer.levels import Level, Wire, levels
from gradloom.viz.explorer.lineage import lineages
from gradloom.viz.explorer.runs import Seen
from gradloom.viz.explorer.subject import Step
from gradloom.viz.groups import Group, grouped, opening
from gradloom.viz.layout import CHARACTER, PADDING
from gradloom.viz.uses import ends_by_id, flows, nodes_by_id
from gradloom.viz.weights import node_name

MOST_OPEN: Final = 60
"""Boxes that a page shows at first: so many can be read without moving."""
LONGEST: Final = 30
"""Characters of a line in a box; the panel shows all of it."""
_SIGN: Final = "      "
"""As wide as the sign that says that a group can be opened."""

Read = int | tuple[int, int] | str
"""What a node reads: row `i` (its result 0), `(row, result)`, parameter `-1 - i`, or a literal's
text.
"""


@final
@dataclass(frozen=True, slots=True)
class Scope:
    """A graph or a region: parameters by name and type, its rows in order, what it gives."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    rows: tuple[int, ...]
    results: tuple[Read, ...]


@final
@dataclass(frozen=True, slots=True)
class Row:
    """A node. One `lineage` in two graphs means that the steps between them kept the node."""

    facts: Facts
    lineage: int
    reads: tuple[Read, ...]
    regions: tuple[Scope, ...]
    seen: Seen | None = None
    errors: tuple[float | None, ...] = ()
    gradient: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Chapter:
    """A graph of the history: `live` bytes while each of its nodes runs; its groups, those open at
    first, and where their items stand.
    """

    name: str
    seconds: float
    scope: Scope
    live: tuple[int, ...]
    tree: Group
    opened: frozenset[str]
    levels: tuple[Level, ...]
    bridges: tuple[Wire, ...] = ()
    """What goes into regions and out of them, and to and from nodes with regions."""


@final
@dataclass(frozen=True, slots=True)
class Book:
    """Chapters, and the rows they share; a step that changed nothing gives the same chapter."""

    title: str
    chapters: tuple[Chapter, ...]
    rows: tuple[Row, ...]
    backends: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Extras:
    """What runs told of the last graph's nodes, by id."""

    seen: Mapping[str, Seen]
    errors: Mapping[str, Mapping[str, float]]
    gradients: Mapping[str, float]


def book(
    title: str,
    steps: Sequence[Step],
    sizes: Mapping[str, int] | None = None,
    extras: Extras | None = None,
) -> Book:
    """The book of a history; named sizes count as `sizes` says, 64 where it does not."""
    rows = _Rows(sizes or {})
    numbers = lineages([step.graph for step in steps])
    chapters: list[Chapter] = []
    for i, step in enumerate(steps):
        if i and step.graph is steps[i - 1].graph:
            chapters.append(replace(chapters[-1], name=step.name, seconds=step.seconds))
            continue
        scope = rows.scope(step.graph, "", numbers[i])
        chapters.append(_chapter(step, scope, sizes or {}))
    made = tuple(rows.rows)
    backends = tuple(extras.errors) if extras is not None else ()
    if extras is not None:
        made = _with(made, chapters[-1].scope, extras)
    return Book(title, tuple(chapters), made, backends)


def _chapter(step: Step, scope: Scope, sizes: Mapping[str, int]) -> Chapter:
    tree = grouped(step.graph)
    used = [(flow.source, flow.target) for flow in flows(step.graph)]
    holders = {group.id for group in tree.walk() if group.id.startswith("n")}
    bridges = tuple(
        dict.fromkeys(
            (a, b) for a, b in used if a in holders or b in holders or _home(a) != _home(b)
        )
    )
    placed = tuple(levels(tree, used, _widths(step.graph, tree)))
    live = liveness(step.graph, sizes).live
    opened = opening(tree, MOST_OPEN)
    return Chapter(step.name, step.seconds, scope, live, tree, opened, placed, bridges)


def _home(id: str) -> str:
    """The region that an id stands in, "" for the graph itself."""
    return id.rpartition(".")[0]


def _widths(graph: Graph, tree: Group) -> dict[str, float]:
    """The width of every box by its id, closed groups' too."""
    found = {
        id: _width(name, str(operand.type)) for id, (name, operand) in ends_by_id(graph).items()
    }
    for id, node in nodes_by_id(graph).items():
        found[id] = _width(node_name(node), ", ".join(str(r.type) for r in node.results))
    found |= {group.id: _width(f"{group.title}{_SIGN}") for group in tree.walk()}
    return found


def _width(*lines: str) -> float:
    longest = max(min(len(line), LONGEST) for line in lines)
    return longest * CHARACTER + 2 * PADDING


class _Rows:
    """Gives every node its row; a node that two graphs share has one."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.rows: list[Row] = []
        self._known: dict[tuple[int, Node], int] = {}
        self._sizes = sizes

    def scope(
        self, graph: Graph, prefix: str, lineage: Mapping[str, int], holder: int = -1
    ) -> Scope:
        """The scope of a graph, or of a region of row `holder`."""
        home: dict[Value, Read] = {p: -1 - i for i, p in enumerate(graph.parameters)}
        dot = f"{prefix}." if prefix else "n"
        found: list[int] = []
        for i, node in enumerate(graph.nodes):
            row = self._row(node, f"{dot}{i}", lineage, home, holder)
            found.append(row)
            for result in node.results:
                home[result] = (row, result.index) if result.index else row
        names = parameter_names(graph.parameters)
        parameters = tuple(
            (name, str(p.type)) for name, p in zip(names, graph.parameters, strict=True)
        )
        results = tuple(_read(x, home) for x in graph.results)
        return Scope(graph.name, parameters, tuple(found), results)

    def _row(
        self,
        node: Node,
        id: str,
        lineage: Mapping[str, int],
        home: Mapping[Value, Read],
        holder: int,
    ) -> int:
        known = self._known.get((holder, node))
        if known is not None:
            return known
        row = self._known[holder, node] = len(self.rows)
        reads = tuple(_read(x, home) for x in node.operands)
        self.rows.append(Row(facts(node, self._sizes), lineage[id], reads, ()))
        if node.regions:
            regions = tuple(
                self.scope(region, f"{id}.{k}", lineage, row)
                for k, region in enumerate(node.regions)
            )
            self.rows[row] = replace(self.rows[row], regions=regions)
        return row


def _read(x: Operand, home: Mapping[Value, Read]) -> Read:
    return home[x] if isinstance(x, Value) else scalar_text(x.value)


def _with(rows: tuple[Row, ...], last: Scope, extras: Extras) -> tuple[Row, ...]:
    """The rows with what runs told of those in the last graph."""
    made = list(rows)
    for id, row in _ids(last, "n", rows):
        made[row] = replace(
            rows[row],
            seen=extras.seen.get(id),
            errors=tuple(of.get(id) for of in extras.errors.values()),
            gradient=extras.gradients.get(id),
        )
    return tuple(made)


def _ids(scope: Scope, prefix: str, rows: Sequence[Row]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for i, row in enumerate(scope.rows):
        id = f"{prefix}{i}"
        found.append((id, row))
        for k, region in enumerate(rows[row].regions):
            found += _ids(region, f"{id}.{k}.", rows)
    return found
