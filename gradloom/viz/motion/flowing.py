"""The film of a graph that runs: values go down, cotangents come back up, and memory fills and
empties beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gradloom.ir.graph import Graph, Value
from gradloom.passes.liveness import liveness
from gradloom.viz.motion.film import Caption, Card, Curve, Dot, Fade, Film, Key, Kind, Side, Wire
from gradloom.viz.motion.stages import MOST_ROWS, Stages, stages_of

WIDTH: Final = 960.0
_HEADER: Final = 96.0
_FOOTER: Final = 130.0
_PITCH: Final = 46.0
_BOX: Final = (244.0, 30.0)
_CHIP: Final = (112.0, 24.0)
_INPUTS: Final = 76.0
_FORWARD: Final = 290.0
_BACKWARD: Final = 650.0
_ALONE: Final = 480.0
_OUTPUTS: Final = 884.0
"""The middles of the columns."""
_CHIP_PITCH: Final = 28.0
_FEW_CHIPS: Final = 3
"""A row with more inputs, or more results, has one chip for them."""
_BEAT_S: Final = (0.22, 0.7)
"""The shortest and the longest time that a stage runs in the film."""
_RUN_S: Final = 9.0
"""About how long the whole run takes: a long one is hurried, as far as the shortest beat allows."""
_REST_S: Final = 1.4
_FADE_S: Final = 0.5
_BRIGHT, _ALIVE, _DONE, _DARK = 1.0, 0.45, 0.14, 0.0
"""How bright a stage is: while it runs, while a value of it is still needed, after that, before."""


def flowing(graph: Graph, sizes: Mapping[str, int] | None = None, most: int = MOST_ROWS) -> Film:
    """The film; it ends as it began. Named sizes of `graph` count as `sizes` says, or as 64."""
    stages = stages_of(graph, most)
    beat = min(max(_RUN_S / max(len(stages.stages), 1), _BEAT_S[0]), _BEAT_S[1])
    start = beat  # inputs stand for a beat before anything runs
    ends = _last_reads(stages)
    end = start + beat * len(stages.stages)
    seconds = end + _REST_S
    cards, places = _cards(stages, start, beat, ends, end, seconds)
    wires = _wires(stages, places)
    return Film(
        graph.name, WIDTH, _HEADER + _FOOTER + _height(stages), seconds, tuple(cards),
        tuple(wire for wire, _, _ in wires), tuple(_dots(stages, wires, start, beat)),
        tuple(_captions(stages, start, beat, end)), _live(stages, start, beat, end, sizes),
        (0.0, *(start + beat * k for k in range(len(stages.stages)))),
        f"{len(graph.nodes)} nodes in {len(stages.stages)} stages",
    )  # fmt: skip


def _height(stages: Stages) -> float:
    return sum(_row_heights(stages))


def _row_heights(stages: Stages) -> list[float]:
    """Of every row what its inputs or outputs need."""
    heights = []
    inputs, outputs = stages.inputs, [(name, row) for name, row, _ in stages.outputs]
    for row in range(stages.rows):
        most = max(len(_chips(inputs, row)), len(_chips(outputs, row)))
        heights.append(max(_PITCH, most * _CHIP_PITCH + 10))
    return heights


def _middles(stages: Stages) -> list[float]:
    heights = _row_heights(stages)
    return [_HEADER + sum(heights[:i]) + h / 2 for i, h in enumerate(heights)]


def _cards(
    stages: Stages, start: float, beat: float, ends: list[float], end: float, seconds: float
) -> tuple[list[Card], dict[object, int]]:
    """Inputs, stages, outputs; and the number of the card of each parameter, stage and result."""
    middles, cards, places = _middles(stages), list[Card](), dict[object, int]()
    two = any(stage.is_backward for stage in stages.stages)
    for name, y, held in _spread(stages.inputs, middles, "inputs"):
        places.update((("in", i), len(cards)) for i in held)
        tip = ", ".join(stages.inputs[i][0] for i in held)
        keys: tuple[Key, ...] = (Key(0, _INPUTS, y, 1, _DONE),)
        cards.append(Card(f"p{held[0]}", name, "input", *_CHIP, keys, tip))
    for k, stage in enumerate(stages.stages):
        x = (_BACKWARD if stage.is_backward else _FORWARD) if two else _ALONE
        at, off = start + beat * k, start + beat * ends[k]
        keys = _lit(x, middles[stage.row], at, beat, off, end, seconds)
        places["stage", k] = len(cards)
        kind: Kind = "backward" if stage.is_backward else "forward"
        cards.append(Card(f"s{k}", stage.title, kind, *_BOX, keys, stage.tip))
    outputs = [(name, row) for name, row, _ in stages.outputs]
    for name, y, held in _spread(outputs, middles, "results"):
        at = start + beat * max(_ready(stages, i) for i in held)
        places.update((("out", i), len(cards)) for i in held)
        tip = ", ".join(outputs[i][0] for i in held)
        keys = _lit(_OUTPUTS, y, at, beat, end, end, seconds)
        cards.append(Card(f"r{held[0]}", name, "output", *_CHIP, keys, tip))
    return cards, places


def _ready(stages: Stages, i: int) -> int:
    """The beat from which result `i` is there."""
    made = stages.graph.results[i]
    node = made.node if isinstance(made, Value) else None
    return stages.home[node] + 1 if node is not None else 0


Chip = tuple[str, tuple[int, ...]]
"""A title, and the numbers of the inputs or results that it stands for."""


def _chips(ends: Sequence[tuple[str, int]], row: int, what: str = "") -> list[Chip]:
    """The inputs or results of a row; more than a few are one chip."""
    mine = [i for i, (_, at) in enumerate(ends) if at == row]
    if len(mine) <= _FEW_CHIPS:
        return [(ends[i][0], (i,)) for i in mine]
    return [(f"{len(mine)} {what}", tuple(mine))]


def _spread(
    ends: Sequence[tuple[str, int]], middles: list[float], what: str
) -> list[tuple[str, float, tuple[int, ...]]]:
    """Chips with their heights; those of one row stand above each other."""
    out = []
    for row, middle in enumerate(middles):
        chips = _chips(ends, row, what)
        for k, (name, held) in enumerate(chips):
            out.append((name, middle + (k - (len(chips) - 1) / 2) * _CHIP_PITCH, held))
    return out


def _lit(
    x: float, y: float, at: float, beat: float, off: float, end: float, seconds: float
) -> tuple[Key, ...]:
    """A card that lights up when it runs, shines while it is needed, and is dark at the end."""
    soft = beat * 0.4
    moments = [
        (0.0, _DARK), (at - soft, _DARK), (at, _BRIGHT), (at + beat * 0.7, _BRIGHT),
        (at + beat, _ALIVE),
    ]  # fmt: skip
    if off < end:
        moments += [(max(off, at + beat) + 0.001, _ALIVE), (max(off, at + beat) + soft, _DONE)]
        moments += [(seconds - _FADE_S, _DONE)]
    else:
        moments += [(seconds - _FADE_S, _ALIVE)]
    moments.append((seconds, _DARK))
    ordered = [m for i, m in enumerate(moments) if i == 0 or m[0] > moments[i - 1][0]]
    return tuple(Key(time, x, y, 1, light) for time, light in ordered)


def _last_reads(stages: Stages) -> list[float]:
    """For each stage the beat after which nothing reads its values any more."""
    last = [k + 1.0 for k in range(len(stages.stages))]
    for node in stages.graph.nodes:
        reader = stages.home[node]
        for x in node.operands:
            if isinstance(x, Value) and x.node is not None:
                last[stages.home[x.node]] = max(last[stages.home[x.node]], reader + 1.0)
    for x in stages.graph.results:
        if isinstance(x, Value) and x.node is not None:
            last[stages.home[x.node]] = len(last) + 1.0
    return last


Read = tuple[Wire, int, bool]
"""A wire, the stage that reads (or the number of stages, for a result), whether it carries a
cotangent.
"""


def _wires(stages: Stages, places: dict[object, int]) -> list[Read]:
    pairs: dict[tuple[int, int], Read] = {}
    parameters = {p: i for i, p in enumerate(stages.graph.parameters)}
    for node in stages.graph.nodes:
        k = stages.home[node]
        target = places["stage", k]
        for x in node.operands:
            if not isinstance(x, Value):
                continue
            if x.node is None:
                source = places["in", parameters[x]]
                pairs.setdefault((source, target), (_across(source, target), k, False))
            elif (j := stages.home[x.node]) != k:
                read = _between(stages, j, k, places), max(k, j + 1), stages.stages[j].is_backward
                pairs.setdefault((places["stage", j], target), read)
    for i, x in enumerate(stages.graph.results):
        if isinstance(x, Value) and x.node is not None:
            j = stages.home[x.node]
            source, target = places["stage", j], places["out", i]
            pairs[source, target] = _across(source, target), j + 1, stages.stages[j].is_backward
    return list(pairs.values())


def _across(source: int, target: int) -> Wire:
    return _wire(source, target, "right", "left")


def _wire(source: int, target: int, start: Side, end: Side) -> Wire:
    return Wire(source, target, start, end, (Fade(0.0, 1.0),))


def _between(stages: Stages, j: int, k: int, places: dict[object, int]) -> Wire:
    """Down one side, over at the loss, up the other; past other rows around the outside."""
    a, b = stages.stages[j], stages.stages[k]
    sides: tuple[Side, Side]
    if a.is_backward != b.is_backward:
        sides = ("right", "left") if b.is_backward else ("left", "right")
    elif abs(a.row - b.row) == 1:
        sides = ("bottom", "top") if b.row > a.row else ("top", "bottom")
    else:
        sides = ("right", "right") if a.is_backward else ("left", "left")
    return _wire(places["stage", j], places["stage", k], *sides)


def _dots(stages: Stages, wires: list[Read], start: float, beat: float) -> list[Dot]:
    """A dot runs along a wire just before what reads it runs."""
    out = []
    for number, (_, reader, is_cotangent) in enumerate(wires):
        arrives = start + beat * reader
        begins = max(arrives - beat * 0.9, 0.0)
        out.append(Dot(number, begins, arrives, is_cotangent, 5.0))
    return out


def _captions(stages: Stages, start: float, beat: float, end: float) -> list[Caption]:
    nodes = stages.graph.nodes
    told = [Caption(0.0, "inputs", f"{len(stages.inputs)} values are given")]
    for k, stage in enumerate(stages.stages):
        ops = ", ".join(nodes[i].op.name for i in stage.nodes[:6])
        more = f" and {len(stage.nodes) - 6} more" if len(stage.nodes) > 6 else ""
        told.append(Caption(start + beat * k, stage.title, ops + more))
    return [*told, Caption(end, "results", f"{len(stages.outputs)} values are returned")]


def _live(
    stages: Stages, start: float, beat: float, end: float, sizes: Mapping[str, int] | None
) -> Curve:
    """Live bytes, node by node: the nodes of a stage share its beat."""
    live = liveness(stages.graph, sizes).live
    points = [(0.0, 0.0)]
    for k, stage in enumerate(stages.stages):
        for n, i in enumerate(stage.nodes):
            points.append((start + beat * (k + n / len(stage.nodes)), float(live[i])))
    return Curve("live bytes", (*points, (end, float(live[-1]) if live else 0.0)), "B")
