"""The scene of a lazy DAG that has more calls than anybody reads: calls of one function that are as
far from the beginning are one box; where that are too many still, all calls of a stretch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.step import Step
from gradloom.viz.boxes import Box, Edge
from gradloom.viz.lazy.told import duration, size

_STRETCHES: Final = 100
"""Boxes of a graph that is too long for a box per function and distance."""
_NAMED: Final = 3
"""Functions that the title of a stretch names."""


def crowded(steps: Sequence[Step], most: int) -> tuple[list[Box], list[Edge], dict[Step, str]]:
    """At most so many boxes for these calls, the edges between them, and the box of each call."""
    far = _distances(steps)
    groups = _grouped(steps, lambda step: (far[step], step.name))
    if len(groups) > most:
        longest = max(far.values()) + 1
        width = -(-longest // _STRETCHES)
        groups = _grouped(steps, lambda step: (far[step] // width,))
    ids = {step: f"calls {i}" for i, group in enumerate(groups) for step in group}
    others = {_outside(step, node): node.graph for step in steps for node in step.inputs}
    boxes = [
        Box(id, graph.alias or id, (), "group", f"another graph: {len(graph)} calls", group=True)
        for id, graph in others.items()
        if id
    ]
    return [*boxes, *(_box(ids[group[0]], group) for group in groups)], _edges(steps, ids), ids


def _outside(step: Step, node: DataNode) -> str:
    """The box of the other graph that a value comes from; "" for one of the call's own."""
    return "" if node.graph is step.graph else f"graph {node.graph.graph_uid}"


def _distances(steps: Iterable[Step]) -> dict[Step, int]:
    """How many calls stand before each on the longest way to it."""
    far: dict[Step, int] = {}
    for step in steps:
        sources = (node.step for node in step.inputs)
        far[step] = 1 + max((far[s] for s in sources if s is not None and s in far), default=-1)
    return far


def _grouped(steps: Iterable[Step], key: Callable[[Step], tuple[Any, ...]]) -> list[list[Step]]:
    """The calls by key, of which the first part is an order that no edge goes against."""
    found: dict[tuple[Any, ...], list[Step]] = {}
    for step in steps:
        found.setdefault(key(step), []).append(step)
    return [found[k] for k in sorted(found, key=lambda k: k[0])]


def _box(id: str, group: Sequence[Step]) -> Box:
    names = Counter(step.name for step in group)
    title = ", ".join(f"{n} × {count:,}" for n, count in names.most_common(_NAMED))
    title += ", ..." if len(names) > _NAMED else ""
    lines = []
    made = [step for step in group if step.seconds is not None]
    if made:
        seconds, nbytes = sum(s.seconds or 0.0 for s in made), sum(s.nbytes or 0 for s in made)
        lines.append(f"{len(made):,} made: {duration(seconds)}, {size(nbytes)}")
    failed = sum(bool(step.error) for step in group)
    lines += [f"{failed:,} failed"] if failed else []
    tip = f"{len(group):,} calls, {group[0].uid} to {group[-1].uid}"
    return Box(id, title, tuple(lines), "group", tip, count=len(group), group=len(group) > 1)


def _edges(steps: Iterable[Step], ids: dict[Step, str]) -> list[Edge]:
    found: Counter[tuple[str, str]] = Counter()
    for step in steps:
        for node in step.inputs:
            own = ids.get(node.step, "") if node.step is not None else ""
            source = _outside(step, node) or own
            if source and source != ids[step]:
                found[source, ids[step]] += 1
    return [Edge(a, b, count=n) for (a, b), n in found.items()]
