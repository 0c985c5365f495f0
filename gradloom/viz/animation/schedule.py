"""What moves between workers, when, and how many bytes: a schedule as data.

A schedule is planned (`ring`, `tree`, `hierarchical`, `gossip`, `parameter_server`) or read from
what a cluster recorded. That a planned one is right can be checked with numbers: `replay`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation.film import State

Phase = Literal[
    "reduce-scatter", "all-gather", "reduce", "broadcast", "exchange", "push", "pull", "send"
]
COMBINES: Final[dict[Phase, Literal["add", "replace", "mean"]]] = {
    "reduce-scatter": "add", "reduce": "add", "push": "add", "exchange": "mean",
    "all-gather": "replace", "broadcast": "replace", "pull": "replace", "send": "replace",
}  # fmt: skip
"""What who receives does with what came and what was there."""
Layout = Literal["ring", "star", "tree", "groups"]
MOST_WORKERS: Final = 64


@final
@dataclass(frozen=True, slots=True)
class Transfer:
    """Bytes on their way from one node to another, in seconds from the start of the schedule.

    `shard` is the part of the gradient (-1 for what has none), `norm` the length of what is moved
    as a vector (NaN where it is not known).

    >>> Transfer(0, 1, 1000, 0.0, 0.5).seconds
    0.5
    """

    src: int
    dst: int
    bytes: int
    start: float
    end: float
    shard: int = -1
    step: int = 0
    phase: Phase = "send"
    norm: float = math.nan

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return self.end - self.start


@final
@dataclass(frozen=True, slots=True)
class Span:
    """What a node does for a while."""

    node: int
    state: State
    start: float
    end: float


@final
@dataclass(frozen=True, slots=True)
class Network:
    """How fast bytes move: seconds of a transfer are latency + bytes / bandwidth (Thakur,
    Rabenseifner and Gropp 2005, section 3). A node sends one transfer at a time, and receives one.

    `links` gives bandwidth and latency of some pairs, in both directions. Where nothing is said,
    it is an Ethernet of 100 Gbit/s.

    >>> Network(bandwidth=1000.0, latency=0.5).seconds(0, 1, 2000)
    2.5
    """

    bandwidth: float = 12.5e9
    latency: float = 5e-6
    links: Mapping[tuple[int, int], tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for bandwidth, latency in ((self.bandwidth, self.latency), *self.links.values()):
            if not (0 < bandwidth < math.inf and 0 <= latency < math.inf):
                raise ArgumentError(
                    f"a link of {bandwidth} bytes/s with a latency of {latency} s",
                    hint="give finite numbers, the bandwidth above 0",
                )

    def seconds(self, src: int, dst: int, size: int) -> float:
        """How long so many bytes take from one node to another."""
        usual = self.bandwidth, self.latency
        bandwidth, latency = self.links.get((src, dst), self.links.get((dst, src), usual))
        return latency + size / bandwidth


@final
@dataclass(frozen=True, slots=True)
class Schedule:
    """Transfers between nodes. `size` is the bytes of a worker's gradient, in `shards` parts;
    `leaders` are nodes that lead or serve, `groups` says to which group each node belongs, and
    `note` is what else is to be told.
    """

    name: str
    nodes: tuple[str, ...]
    transfers: tuple[Transfer, ...]
    spans: tuple[Span, ...] = ()
    size: int = 0
    shards: int = 1
    layout: Layout = "ring"
    leaders: frozenset[int] = frozenset()
    groups: tuple[int, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        n = len(self.nodes)
        for t in self.transfers:
            if not (0 <= t.src < n and 0 <= t.dst < n):
                raise ArgumentError(
                    f"a transfer from node {t.src} to {t.dst}, and there are {n} nodes",
                    hint="nodes count from 0",
                )
            if not (0 <= t.start <= t.end < math.inf) or t.bytes < 0:
                raise ArgumentError(
                    f"a transfer of {t.bytes} bytes from {t.start} s to {t.end} s",
                    hint="give finite times of 0 or more, the end not before the start",
                )

    @property
    def duration(self) -> float:
        """Seconds until the last transfer, or whatever a node does, is over."""
        ends = [t.end for t in self.transfers] + [s.end for s in self.spans]
        return max(ends, default=0.0)

    @property
    def bytes(self) -> int:
        """Bytes of all transfers."""
        return sum(t.bytes for t in self.transfers)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Who is joined with whom, each pair once: `edges`, and those between whom bytes move."""
        used = [(min(t.src, t.dst), max(t.src, t.dst)) for t in self.transfers]
        named = [(min(e), max(e)) for e in self.edges]
        return tuple(sorted({p for p in (*used, *named) if p[0] != p[1]}))


def check_workers(n: int) -> None:
    """ArgumentError unless there may be so many workers."""
    if not 1 <= n <= MOST_WORKERS:
        raise ArgumentError(f"{n} workers", hint=f"choose 1 to {MOST_WORKERS}")


def shard_sizes(size: int, shards: int) -> Sequence[int]:
    """Bytes of each shard: as even as they can be, together `size`.

    >>> shard_sizes(10, 4)
    (3, 3, 2, 2)
    """
    even, more = divmod(size, shards)
    return tuple(even + (i < more) for i in range(shards))
