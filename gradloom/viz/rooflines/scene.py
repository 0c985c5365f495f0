"""What a roofline shows, as data: a point for each node that computes, and the machine's roofs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, final

import numpy as np

from gradloom.ir.graph import Graph, Node, walk
from gradloom.ir.interpret import interpret
from gradloom.ir.op import Op
from gradloom.passes.cost import node_bytes, node_flops
from gradloom.viz.rooflines.machine import Machine

_RUNS: Final = 5
"""Runs that are timed; the fastest of each node counts."""
_FAMILIES: Final = {
    "products": ("contract", "window"),
    "elementwise": ("elementwise", "binary", "choice", "special", "quantile"),
    "reductions": ("reduce",),
    "transforms": ("fft",),
}
"""Families of ops by the files of gradloom/ir/ops that define them."""
OTHER: Final = "others"
FAMILIES: Final = (*_FAMILIES, OTHER)


@final
@dataclass(frozen=True, slots=True)
class Point:
    """A node: FLOPs and bytes of a call, and what was measured; `seconds` of one call is None where
    nothing ran, and `rate` then what the machine could reach.
    """

    op: str
    type: str
    place: str
    tip: str
    family: str
    dtype: str
    flops: int
    nbytes: int
    calls: int
    seconds: float | None
    rate: float
    attainable: float

    @property
    def intensity(self) -> float:
        """FLOP per byte."""
        return self.flops / max(self.nbytes, 1)

    @property
    def total(self) -> float:
        """Seconds of all its calls; what they would take at the roof, where nothing ran."""
        return self.calls * (self.seconds if self.seconds is not None else self.flops / self.rate)


@final
@dataclass(frozen=True, slots=True)
class RooflineScene:
    """Points, the dearest first; `moves` counts the nodes that compute nothing, with their seconds
    (at the speed of memory where nothing ran) and bytes.
    """

    title: str
    points: tuple[Point, ...]
    machine: Machine
    measured: bool
    moves: int
    moved_seconds: float
    moved_bytes: int

    @property
    def seconds(self) -> float:
        """All seconds, those of the nodes that compute nothing too."""
        return sum(p.total for p in self.points) + self.moved_seconds


@final
@dataclass(slots=True)
class _Timing:
    calls: int = 0
    seconds: float = float("inf")


def roofline_scene(
    graph: Graph, arrays: Sequence[Any] | None, machine: Machine, title: str = "",
    sizes: Mapping[str, int] | None = None,
) -> RooflineScene:  # fmt: skip
    """The scene of a graph: measured on arrays, or estimated where there are none.

    Nodes inside of loops and branches are points of their own, with as many calls as they had.
    """
    timings = _timed(graph, arrays) if arrays is not None else None
    if timings is not None:  # a peak measured on a busy machine is no roof for what went beyond it
        machine = machine.reaching(_reached(timings, sizes or {}))
    points: list[Point] = []
    moves, moved_seconds, moved_bytes = 0, 0.0, 0
    for node in _computing(graph):
        timing = timings.get(node) if timings is not None else _Timing(1)
        if timing is None:  # of a branch that was not taken
            continue
        flops, nbytes = node_flops(node, sizes or {}), node_bytes(node, sizes or {})
        if flops > 0:
            points.append(_point(node, flops, nbytes, timing, machine, timings is not None))
        else:
            once = timing.seconds if timings is not None else nbytes / machine.memory
            moves, moved_bytes = moves + 1, moved_bytes + nbytes * timing.calls
            moved_seconds += once * timing.calls
    points.sort(key=lambda p: -p.total)
    return RooflineScene(
        title or f"Roofline of {graph.name}", tuple(points), machine, timings is not None, moves,
        moved_seconds, moved_bytes,
    )  # fmt: skip


def _reached(timings: Mapping[Node, _Timing], sizes: Mapping[str, int]) -> dict[str, float]:
    """The most FLOP/s that a node of each width came to."""
    best: dict[str, float] = defaultdict(float)
    for node, timing in timings.items():
        if not node.regions:
            name = real_dtype(node)
            best[name] = max(best[name], node_flops(node, sizes) / timing.seconds)
    return dict(best)


def real_dtype(node: Node) -> str:
    """The roof under which a node stands: that of 32 bits or of 64, by its first result."""
    dtype = node.results[0].type.dtype if node.results else np.dtype(np.float64)
    wide = dtype.itemsize // (2 if dtype.kind == "c" else 1) > 4
    return "float64" if wide else "float32"


def dtypes_of(graph: Graph) -> tuple[str, ...]:
    """The roofs that a graph's nodes stand under."""
    found = {real_dtype(n) for n in _computing(graph) if node_flops(n, {}) > 0}
    return tuple(sorted(found)) or ("float64",)


def _computing(graph: Graph) -> Iterator[Node]:
    """The nodes without regions; the work of the others is that of the nodes inside."""
    return (node for node in walk(graph) if not node.regions)


def _point(
    node: Node, flops: int, nbytes: int, timing: _Timing, machine: Machine, ran: bool
) -> Point:
    dtype = real_dtype(node)
    attainable = machine.attainable(flops / max(nbytes, 1), dtype)
    location = node.location
    return Point(
        node.op.name,
        str(node.results[0].type),
        str(location) if location is not None else "no source line",
        location.with_source() if location is not None else "no source line",
        _FAMILY.get(node.op.name, OTHER),
        dtype,
        flops,
        nbytes,
        timing.calls,
        timing.seconds if ran else None,
        flops / timing.seconds if ran else attainable,
        attainable,
    )


def _timed(graph: Graph, arrays: Sequence[Any]) -> dict[Node, _Timing]:
    """For each node that ran: its calls in a run, and the seconds of its fastest call."""
    timings: dict[Node, _Timing] = defaultdict(_Timing)
    last = 0.0

    def on_op(node: Node, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
        nonlocal last
        passed = time.perf_counter() - last
        timing = timings[node]
        timing.calls += 1
        timing.seconds = min(timing.seconds, max(passed, 1e-9))
        last = time.perf_counter()

    for _ in range(_RUNS):
        for timing in timings.values():
            timing.calls = 0
        last = time.perf_counter()
        interpret(graph, arrays, on_op)
    return dict(timings)


def _families() -> dict[str, str]:
    """The family of each op, by the file in which it is defined."""
    return {
        op.name: family
        for family, modules in _FAMILIES.items()
        for module in modules
        for op in vars(import_module(f"gradloom.ir.ops.{module}")).values()
        if isinstance(op, Op)
    }


_FAMILY: Final = _families()
