"""When transfers happen that are listed in order: as soon as their bytes are there and both ends
are free.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation.film import State
from gradloom.viz.animation.schedule import (
    Network,
    Phase,
    Span,
    Transfer,
    check_workers,
    shard_sizes,
)

_LATE: Final = 1.25
"""Who computes longer than so many medians is a straggler."""
_JITTER: Final = 0.08


@final
class Plan:
    """Transfers as they are planned: `ready` are the seconds that each node computes first."""

    def __init__(self, ready: Sequence[float], size: int, shards: int, network: Network) -> None:
        if size < 0:
            raise ArgumentError(f"a gradient of {size} bytes", hint="give 0 or more")
        if any(not (0 <= s < math.inf) for s in ready):
            raise ArgumentError(f"seconds of computing: {list(ready)}", hint="give finite ones")
        self.transfers: Final[list[Transfer]] = []
        self._sizes = shard_sizes(size, shards)
        self._network = network
        self._computed = list(ready)
        self._ready = [[seconds] * shards for seconds in ready]
        self._sends = list(ready)  # when each may send again
        self._receives = list(ready)

    def send(self, src: int, dst: int, shard: int, step: int, phase: Phase) -> None:
        """A shard from one node to another."""
        start = self._start(((src, dst),), shard)
        self._add(src, dst, shard, step, phase, start)

    def exchange(self, a: int, b: int, shard: int, step: int) -> None:
        """A shard both ways at the same time."""
        start = self._start(((a, b), (b, a)), shard)
        self._add(a, b, shard, step, "exchange", start)
        self._add(b, a, shard, step, "exchange", start)
        # Neither end has the mean before both have come.
        both = max(self._ready[a][shard], self._ready[b][shard])
        self._ready[a][shard] = self._ready[b][shard] = both

    def _start(self, ways: Iterable[tuple[int, int]], shard: int) -> float:
        return max(
            max(
                self._sends[src], self._receives[dst], self._ready[src][shard],
                self._ready[dst][shard],
            )
            for src, dst in ways
        )  # fmt: skip

    def _add(self, src: int, dst: int, shard: int, step: int, phase: Phase, start: float) -> None:
        size = self._sizes[shard]
        end = start + self._network.seconds(src, dst, size)
        self.transfers.append(Transfer(src, dst, size, start, end, shard, step, phase))
        self._sends[src] = self._receives[dst] = end
        self._ready[dst][shard] = max(self._ready[dst][shard], end)

    def spans(self) -> tuple[Span, ...]:
        """What each node does, without gaps, until all is over."""
        end = max([t.end for t in self.transfers] + self._computed, default=0.0)
        middle = sorted(self._computed)[len(self._computed) // 2]
        found = []
        for node, computed in enumerate(self._computed):
            late = min(computed, middle * _LATE)
            found += _joined(node, [("compute", 0.0, late), ("straggle", late, computed)])
            found += _joined(node, _passes(node, self.transfers, computed, end))
        return tuple(found)


def computing(
    n: int, size: int, network: Network, seed: int, stragglers: dict[int, float] | None
) -> list[float]:
    """Seconds that each worker computes, where nobody says: half of what its gradient would take to
    be sent whole, a little more or less by the seed; stragglers so many times as long.
    """
    check_workers(n)
    drawn = random.Random(seed)
    usual = 0.5 * network.seconds(0, 1, size)
    times = [usual * math.exp(drawn.gauss(0.0, _JITTER)) for _ in range(n)]
    for worker, factor in (stragglers or {}).items():
        if not 0 <= worker < n or not 0 < factor < math.inf:
            raise ArgumentError(
                f"worker {worker} computes {factor} times as long, and there are {n} workers",
                hint="workers count from 0, and factors are above 0",
            )
        times[worker] *= factor
    return times


_Stretch = tuple[State, float, float]


def _passes(node: int, transfers: Sequence[Transfer], begin: float, end: float) -> list[_Stretch]:
    """What a node does after it has computed: between two of its transfers' ends one thing."""
    sends = [(t.start, t.end) for t in transfers if t.src == node]
    receives = [(t.start, t.end) for t in transfers if t.dst == node]
    cuts = sorted({begin, end, *(c for span in sends + receives for c in span)})
    last = max((e for _, e in sends + receives), default=begin)
    found: list[_Stretch] = []
    for a, b in pairwise(cuts):
        out = any(s <= a < e for s, e in sends)
        into = any(s <= a < e for s, e in receives)
        busy: State = "exchange" if out and into else "send" if out else "receive"
        calm: State = "done" if a >= last else "wait"
        found.append((busy if out or into else calm, a, b))
    return found


def _joined(node: int, stretches: Iterable[_Stretch]) -> list[Span]:
    found: list[Span] = []
    for state, a, b in stretches:
        if b <= a:
            continue
        if found and found[-1].state == state and found[-1].end == a:
            found[-1] = Span(node, state, found[-1].start, b)
        else:
            found.append(Span(node, state, a, b))
    return found
