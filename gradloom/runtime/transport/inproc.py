"""A cluster within one process, with a clock of its own: for tests, and without any waiting.

Every packet passes an `Air`, which may lose, double, delay and reorder it by a seed. What happens
is a function of the seed alone.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, final

from gradloom.runtime.link import Stretch


@final
@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to packets: shares that are lost and doubled, seconds that they take."""

    lost: float = 0.0
    doubled: float = 0.0
    least_s: float = 0.0001
    most_s: float = 0.0001


class Node(Protocol):
    """One process of the cluster."""

    name: str

    def hear(self, sender: str, channel: str, stretch: Stretch[Any], now: float) -> None:
        """A packet has come."""

    def tick(self, now: float) -> None:
        """Time has passed."""


@final
class Air:
    """The network and the clock: packets and ticks in the order of their times."""

    def __init__(self, seed: int = 0, weather: Weather = Weather()) -> None:
        self.random = random.Random(seed)
        self.weather = weather
        self.now = 0.0
        self.cut: set[str] = set()
        """Nodes that nothing reaches and that reach nobody."""
        self.frozen: set[str] = set()
        """Nodes that do nothing; what is sent to them waits."""
        self._nodes: dict[str, Node] = {}
        self._held: dict[str, list[tuple[str, str, Any]]] = {}
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def draw(self) -> int:
        """A random number that is not 0."""
        return self.random.randrange(1, 2**63)

    def add(self, node: Node, every_s: float = 0.1) -> None:
        """A node begins."""
        self._nodes[node.name] = node
        self._tick(node, every_s)

    def remove(self, name: str) -> None:
        """A node is killed."""
        self._nodes.pop(name, None)

    def is_there(self, node: Node) -> bool:
        """Whether a node has not been killed."""
        return self._nodes.get(node.name) is node

    def send(self, sender: str, to: str, channel: str, stretch: Stretch[Any]) -> None:
        """A packet goes."""
        copies = 0 if self.random.random() < self.weather.lost else 1
        copies += self.random.random() < self.weather.doubled
        for _ in range(copies):
            delay = self.random.uniform(self.weather.least_s, self.weather.most_s)
            self.later(delay, lambda: self._land(sender, to, channel, stretch))

    def later(self, delay_s: float, what: Callable[[], None]) -> None:
        """Do something after a time."""
        heapq.heappush(self._queue, (self.now + delay_s, next(self._count), what))

    def thaw(self, name: str) -> None:
        """A node goes on."""
        self.frozen.discard(name)
        for sender, channel, stretch in self._held.pop(name, ()):
            self._land(sender, name, channel, stretch)

    def run(self, until: Callable[[], bool], most_s: float) -> bool:
        """Let time pass until something is so; whether it came to be so in that time."""
        end = self.now + most_s
        while not until():
            if not self._queue or self._queue[0][0] > end:
                self.now = end
                return until()
            self.now, _, what = heapq.heappop(self._queue)
            what()
        return True

    def _land(self, sender: str, to: str, channel: str, stretch: Stretch[Any]) -> None:
        node = self._nodes.get(to)
        if node is None or self.cut & {sender, to}:
            return
        if to in self.frozen:
            self._held.setdefault(to, []).append((sender, channel, stretch))
            return
        node.hear(sender, channel, stretch, self.now)

    def _tick(self, node: Node, every_s: float) -> None:
        if self._nodes.get(node.name) is node:
            if node.name not in self.frozen:
                node.tick(self.now)
            self.later(every_s, lambda: self._tick(node, every_s))
