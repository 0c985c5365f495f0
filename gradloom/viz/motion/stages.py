"""A program as stages: a card per line that runs forward, and per line whose backward runs.

What reverse mode made of a line stands beside it, so that a gradient's program is a way down and a
way back up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.names import parameter_names
from gradloom.viz.motion.lines import place_of, stretches, titled

MOST_ROWS: Final = 16
"""Rows of one film: so many stay readable on a screen."""
FEW_NODES: Final = 12
"""A program of so few forward nodes shows each by itself."""
_BACKWARD: Final = "transpose of"


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """Nodes, by position, that are shown as one card in a row; they run in this order."""

    title: str
    row: int
    is_backward: bool
    nodes: tuple[int, ...]
    tip: str = ""


@final
@dataclass(frozen=True, slots=True)
class Stages:
    """The stages in the order in which they first run; rows count from the top. `inputs` and
    `outputs` are `(name, row)`, an output of the backward side among the latter has True.
    """

    graph: Graph
    rows: int
    stages: tuple[Stage, ...]
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int, bool], ...]
    home: dict[Node, int]
    """The number of the stage of each node."""


def stages_of(graph: Graph, most: int = MOST_ROWS) -> Stages:
    """The stages of a graph; one without backward nodes has the forward side alone."""
    nodes = graph.nodes
    forward = [i for i, node in enumerate(nodes) if not is_backward(node)]
    backward = [i for i, node in enumerate(nodes) if is_backward(node)]
    turns = _forward(nodes, forward, most)
    by_node = len(forward) <= FEW_NODES
    found = [_stage(nodes, turn, k, by_node) for k, turn in enumerate(turns)]
    found += _backward_stages(nodes, backward, turns, found)
    found = counted(sorted(found, key=lambda stage: stage.nodes[0]))
    home = {nodes[i]: k for k, stage in enumerate(found) for i in stage.nodes}
    rows = max(len(turns), 1)
    return Stages(graph, rows, tuple(found), _inputs(graph, found, home),
                  _outputs(graph, found, home, rows), home)  # fmt: skip


def counted(stages: list[Stage]) -> list[Stage]:
    """The stages, the turns of a line numbered from 0."""
    rows: dict[str, list[int]] = {}
    for stage in stages:
        rows.setdefault(stage.title, []).append(stage.row)
    return [
        replace(stage, title=f"{sorted(rows[stage.title]).index(stage.row)}: {stage.title}")
        if len(rows[stage.title]) > 1
        else stage
        for stage in stages
    ]


def is_backward(node: Node) -> bool:
    """Whether reverse mode made the node to carry cotangents."""
    return node.location is not None and node.location.note.startswith(_BACKWARD)


def _forward(nodes: Sequence[Node], mine: list[int], most: int) -> list[list[int]]:
    if len(mine) <= min(FEW_NODES, most):
        return [[i] for i in mine]
    places = [place_of(nodes[i].location) for i in mine]
    runs = stretches(places, [nodes[i].op.name for i in mine], most)
    return [[mine[k] for k in run] for run in runs]


def _stage(nodes: Sequence[Node], mine: Sequence[int], row: int, by_node: bool) -> Stage:
    ops = [nodes[i].op.name for i in mine]
    at = nodes[mine[0]].location
    source = at.source() if at is not None and at.file else ""
    lines = len({place_of(nodes[i].location) for i in mine})
    title = ops[0] if by_node and len(mine) == 1 else titled(source if lines == 1 else "", ops)
    return Stage(title, row, False, tuple(mine), _tip(nodes, mine))


def _tip(nodes: Sequence[Node], mine: Sequence[int]) -> str:
    ops = ", ".join(nodes[i].op.name for i in mine)
    at = nodes[mine[0]].location
    return f"{at.with_source()}\n{ops}" if at is not None else ops


def _backward_stages(
    nodes: Sequence[Node], mine: list[int], turns: list[list[int]], forward: Sequence[Stage]
) -> list[Stage]:
    """Backward nodes beside the row that they are the backward of."""
    held: dict[int, list[int]] = {}
    finder = _RowFinder(nodes, turns)
    for i in mine:
        held.setdefault(finder.row_of(nodes[i]), []).append(i)
    titles = dict(enumerate(stage.title for stage in forward))
    return [
        Stage(f"backward of {titles[row]}" if row in titles else "backward", max(row, 0), True,
              tuple(found), _tip(nodes, found))
        for row, found in held.items()
    ]  # fmt: skip


@final
class _RowFinder:
    """Finds the rows of backward nodes, asked in the order in which they run.

    Reverse mode goes through a line from its last op to its first, and through the turns of a loop
    from the last to the first. So a node belongs to the turn where one is until its op does not
    come any more there, and then to an earlier one.
    """

    def __init__(self, nodes: Sequence[Node], turns: list[list[int]]) -> None:
        self._turns: dict[tuple[str, int, str], list[tuple[int, list[str]]]] = {}
        for k, turn in enumerate(turns):
            for place in dict.fromkeys(place_of(nodes[i].location) for i in turn):
                own = [nodes[i] for i in turn if place_of(nodes[i].location) == place]
                self._turns.setdefault(place, []).append((k, [_written(n) for n in own]))
        self._at: dict[tuple[str, int, str], tuple[int, int]] = {}
        self._last = len(turns) - 1

    def row_of(self, node: Node) -> int:
        """The row of the node's line and turn; the last one's row where its line has none."""
        place = place_of(node.location)
        turns = self._turns.get(place)
        if turns is None or node.location is None:
            return self._last
        op = node.location.note.removeprefix(_BACKWARD).strip()
        number, position = self._at.get(place, (len(turns) - 1, len(turns[-1][1]) - 1))
        for k in range(number, -1, -1):
            ops = turns[k][1]
            found = [i for i, name in enumerate(ops[: position + 1]) if name == op]
            if found:
                number, position = k, found[-1]
                break
            position = len(turns[k - 1][1]) - 1
        else:
            number, position = self._at.get(place, (len(turns) - 1, len(turns[-1][1]) - 1))
        self._at[place] = number, position
        self._last = turns[number][0]
        return self._last


def _written(node: Node) -> str:
    """The op that the user's line does; "" for a node that only prepares a derivative."""
    return "" if node.location is not None and node.location.note else node.op.name


def _inputs(
    graph: Graph, found: Sequence[Stage], home: dict[Node, int]
) -> tuple[tuple[str, int], ...]:
    """Each parameter beside the first stage that reads it; one that none reads stands at the
    top.
    """
    first: dict[Value, int] = {}
    for node in graph.nodes:
        for x in node.operands:
            if isinstance(x, Value) and x.node is None:
                first.setdefault(x, found[home[node]].row)
    names = parameter_names(graph.parameters)
    return tuple((n, first.get(p, 0)) for n, p in zip(names, graph.parameters, strict=True))


def _outputs(
    graph: Graph, found: Sequence[Stage], home: dict[Node, int], rows: int
) -> tuple[tuple[str, int, bool], ...]:
    out = []
    for i, result in enumerate(graph.results):
        name = "result" if len(graph.results) == 1 else f"result {i}"
        node = result.node if isinstance(result, Value) else None
        stage = found[home[node]] if node is not None else None
        out.append((name, stage.row, stage.is_backward) if stage else (name, rows - 1, False))
    return tuple(out)
