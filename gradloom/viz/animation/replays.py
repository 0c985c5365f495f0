"""A schedule carried out with numbers: what every node holds in the end, and the length of what
each transfer moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from gradloom.ir.errors import ShapeError
from gradloom.viz.animation.schedule import COMBINES, Schedule


@final
@dataclass(frozen=True, slots=True)
class Replayed:
    """What each node holds in the end, [node, number], and the norm of each transfer."""

    held: np.ndarray[Any, np.dtype[np.float64]]
    norms: tuple[float, ...]


def replay(schedule: Schedule, gradients: Any) -> Replayed:
    """Carry a schedule out on gradients, [node, number]: what is sent is what the sender holds when
    a transfer begins; it is added, or taken, when it has come.

    >>> from gradloom.viz.animation.collectives import ring
    >>> replay(ring(3), np.eye(3)).held.tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    held = np.array(gradients, np.float64)
    if held.ndim != 2 or held.shape[0] != len(schedule.nodes):
        raise ShapeError(
            f"gradients of shape {held.shape} for {len(schedule.nodes)} nodes",
            hint="give an array [node, number]",
        )
    parts = np.array_split(np.arange(held.shape[1]), schedule.shards)
    everything = np.arange(held.shape[1])
    on_the_way: dict[int, Any] = {}
    norms = [0.0] * len(schedule.transfers)
    for i, begins in _order(schedule):
        t = schedule.transfers[i]
        part = parts[t.shard] if t.shard >= 0 else everything
        if begins:
            on_the_way[i] = held[t.src, part]
            norms[i] = float(np.linalg.norm(on_the_way[i]))
            continue
        came = on_the_way.pop(i)
        kind = COMBINES[t.phase]
        if kind == "add":
            held[t.dst, part] += came
        else:
            held[t.dst, part] = came if kind == "replace" else (held[t.dst, part] + came) / 2
    return Replayed(held, tuple(norms))


def _order(schedule: Schedule) -> list[tuple[int, bool]]:
    """Beginnings and ends of transfers in time. What ends at a time is there for what begins then;
    transfers that take no time follow each other by their steps.
    """
    moments: list[tuple[tuple[float, ...], int, bool]] = []
    for i, t in enumerate(schedule.transfers):
        if t.end > t.start:
            moments += [((t.start, 2.0, 0.0, 0.0), i, True), ((t.end, 0.0, 0.0, 0.0), i, False)]
        else:
            moments += [((t.start, 1.0, t.step, b), i, not b) for b in (False, True)]
    return [(i, begins) for _, i, begins in sorted(moments)]


def normed(schedule: Schedule, gradients: Any) -> Schedule:
    """The schedule with the norm of what each transfer moves, when these are the gradients."""
    norms = replay(schedule, gradients).norms
    moved = tuple(replace(t, norm=x) for t, x in zip(schedule.transfers, norms, strict=True))
    return replace(schedule, transfers=moved)


def drawn_gradients(schedule: Schedule, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Gradients drawn by a seed, where there are no real ones: of different lengths by shard and by
    node. A server has none.
    """
    random = np.random.default_rng(seed)
    each = 16
    n, shards = len(schedule.nodes), schedule.shards
    scale = np.exp(
        random.normal(0.0, 0.6, (n, 1, 1)) * 0.5 + random.normal(0.0, 0.6, (1, shards, 1))
    )
    drawn = (random.normal(size=(n, shards, each)) * scale).reshape(n, shards * each)
    if schedule.layout == "star":
        drawn[sorted(schedule.leaders)] = 0.0
    return drawn
