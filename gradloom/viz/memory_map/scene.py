"""What a picture of memory shows, as data: bands of bytes over node positions, and their owners.

At every position the bands that are alive there, the small buffers that were added up, and the
peak inside a node's regions come to exactly the live bytes of `gradloom.passes.liveness`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, final

from gradloom.ir.graph import Node, Value
from gradloom.passes.liveness import Buffer, Liveness, liveness
from gradloom.viz.memory_map.given import Given

Fate = Literal["kept", "dropped", "again"]
"""What a plan decides of a buffer: kept until its last use, dropped early to be computed anew, or
computed anew. No plan of gradloom spills to another memory.
"""
NAMED: Final = 60
"""The most buffers that have a band of their own; more could not be told apart."""
NOWHERE: Final = "no source line"


@final
@dataclass(frozen=True, slots=True)
class Owner:
    """A line of the user's program, or its derivatives, and the bytes that their buffers hold at
    the peak.
    """

    place: str
    code: str
    bytes_at_peak: int


@final
@dataclass(frozen=True, slots=True)
class Band:
    """A buffer: bytes alive from position `start` to `end`, both included."""

    name: str
    type: str
    nbytes: int
    start: int
    end: int
    owner: int
    fate: Fate
    returned: bool
    tip: str


@final
@dataclass(frozen=True, slots=True)
class Measured:
    """A real run: seconds of each node, and the most bytes that it held beyond its arguments."""

    seconds: tuple[float, ...]
    peak_bytes: int


@final
@dataclass(frozen=True, slots=True)
class Panel:
    """The memory of one graph. `rest` are the bytes of the buffers without a band, `inside` those
    within a node's regions, `live` all that are alive, at each position.
    """

    title: str
    steps: tuple[str, ...]
    bands: tuple[Band, ...]
    rest: tuple[int, ...]
    rest_count: int
    inside: tuple[int, ...]
    live: tuple[int, ...]
    peak_position: int
    peak_place: str
    measured: Measured | None = None

    @property
    def peak(self) -> int:
        """The most bytes that are alive at once."""
        return max(self.live, default=0)


@final
@dataclass(frozen=True, slots=True)
class Decision:
    """A value that the plan computes anew, before the node at `position` of the graph before."""

    name: str
    place: str
    nbytes: int
    position: int


@final
@dataclass(frozen=True, slots=True)
class MemoryScene:
    """One panel, or two: before a plan and after it. `extra_work` is the share of work that the
    plan adds.
    """

    title: str
    panels: tuple[Panel, ...]
    owners: tuple[Owner, ...]
    budget: int | None
    decisions: tuple[Decision, ...]
    extra_work: float | None


def memory_scene(
    shown: Given,
    title: str = "",
    sizes: Mapping[str, int] | None = None,
    measured: Sequence[Measured | None] = (),
    named: int = NAMED,
) -> MemoryScene:
    """The scene of what was given; `measured` belongs to its graphs, in order."""
    graphs = [g for g in (shown.before, shown.graph) if g is not None]
    plans = [liveness(g, sizes) for g in graphs]
    owners = _owners(plans)
    number = {owner.place: i for i, owner in enumerate(owners)}
    titles = ["as it was", "after the plan"] if len(graphs) == 2 else [""]
    runs = [*measured, *([None] * len(graphs))]
    panels = [
        _panel(plan, name, number, dropped, run, sizes, named)
        for plan, name, dropped, run in zip(
            plans, titles, (shown.dropped, frozenset()), runs, strict=False
        )
    ]
    decisions = tuple(_decisions(shown)) if shown.plan is not None else ()
    extra = shown.plan.extra_work if shown.plan is not None else None
    name = title or f"Memory of {shown.graph.name}"
    return MemoryScene(name, tuple(panels), owners, shown.budget, decisions, extra)


def _owners(plans: Sequence[Liveness]) -> tuple[Owner, ...]:
    """The owners, those with the most bytes at a peak first."""
    at_peak: dict[str, int] = {}
    most: dict[str, int] = defaultdict(int)
    code: dict[str, str] = {}
    for plan in plans:
        now: dict[str, int] = defaultdict(int)
        peak = plan.peak_position  # looks through all positions
        for buffer in plan.buffers:
            place = _place(buffer.root)
            node = buffer.root.node
            location = node.location if node is not None else None
            if place not in code:  # reading a file's line is dear
                code[place] = location.source() if location is not None else ""
            alive = buffer.start <= peak <= buffer.end
            now[place] += buffer.nbytes if alive else 0
            most[place] = max(most[place], buffer.nbytes)
        for place, nbytes in now.items():
            at_peak[place] = max(at_peak.get(place, 0), nbytes)
    order = sorted(at_peak, key=lambda place: (-at_peak[place], -most[place], place))
    return tuple(Owner(place, code[place], at_peak[place]) for place in order)


def _panel(
    plan: Liveness,
    title: str,
    owners: Mapping[str, int],
    dropped: frozenset[Value],
    measured: Measured | None,
    sizes: Mapping[str, int] | None,
    named: int,
) -> Panel:
    nodes = plan.graph.nodes
    last = len(nodes) - 1
    large = sorted(plan.buffers, key=lambda b: (-b.nbytes, b.start))[:named]
    chosen = {b.root for b in large if b.nbytes}
    results = {plan.owner[r] for r in plan.graph.results if isinstance(r, Value)}
    bands = tuple(
        _band(b, owners[_place(b.root)], last, b.root in dropped, b.root in results)
        for b in plan.buffers
        if b.root in chosen
    )
    small = [b for b in plan.buffers if b.root not in chosen]
    node = plan.peak_node
    return Panel(
        title,
        tuple(node_text(n) for n in nodes),
        bands,
        _sums(small, len(nodes)),
        len(small),
        tuple(max((liveness(r, sizes).peak for r in n.regions), default=0) for n in nodes),
        plan.live,
        plan.peak_position,
        node_text(node) if node is not None else "",
        measured,
    )


def _band(buffer: Buffer, owner: int, last: int, dropped: bool, returned: bool) -> Band:
    node = buffer.root.node
    assert node is not None
    fate: Fate = "again" if node.copy else "dropped" if dropped else "kept"
    place = node.location.with_source() if node.location is not None else NOWHERE
    end = min(buffer.end, last)
    type = str(buffer.root.type)
    return Band(node.op.name, type, buffer.nbytes, buffer.start, end, owner, fate, returned, place)


def _sums(buffers: Sequence[Buffer], count: int) -> tuple[int, ...]:
    change = [0] * (count + 2)
    for b in buffers:
        change[b.start] += b.nbytes
        change[b.end + 1] -= b.nbytes
    total, sums = 0, []
    for more in change[:count]:
        total += more
        sums.append(total)
    return tuple(sums)


def _decisions(shown: Given) -> Iterator[Decision]:
    assert shown.plan is not None
    for value, position in shown.plan.recompute:
        assert value.node is not None
        yield Decision(value.node.op.name, _place(value), value.type.nbytes(), position)


def _place(value: Value) -> str:
    """What owns a value: a line, or the derivatives of a line."""
    location = value.node.location if value.node is not None else None
    if location is None:
        return NOWHERE
    return f"{location.derived('')}{', derivative' if location.note else ''}"


def node_text(node: Node) -> str:
    """A node in a few words: its op, and its line."""
    again = " (anew)" if node.copy else ""
    return f"{node.op.name}{again}, {node.location}" if node.location else node.op.name + again
