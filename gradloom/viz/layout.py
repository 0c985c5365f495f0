"""Where boxes stand: layers by longest path, ordered to cross few edges, then pulled towards their
neighbours.

The method is Sugiyama's (Sugiyama, Tagawa, Toda 1981): barycentres order each layer in sweeps down
and up.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final, final

from gradloom.viz.scene import Box, Scene

CHARACTER: Final = 7.3
"""Width of a character of the 12-pixel monospaced font, in pixels."""
LINE: Final = 16.0
PADDING: Final = 10.0
GAP: Final = 26.0
_SWEEPS: Final = 6


@final
@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its centre and size, in pixels."""

    box: Box
    x: float
    y: float
    width: float
    height: float


@final
@dataclass(frozen=True, slots=True)
class Layout:
    """Placed boxes by id, and the size of the whole."""

    boxes: dict[str, Placed]
    width: float
    height: float


def layout(scene: Scene) -> Layout:
    """The scene with every box placed; inputs stand at the top."""
    before, after = _neighbours(scene)
    layers = _ordered(_layers(scene, before), before, after)
    sizes = {box.id: _size(box) for box in scene.boxes}
    xs = _columns(layers, sizes, before, after)
    placed: dict[str, Placed] = {}
    boxes = {box.id: box for box in scene.boxes}
    y = GAP + LINE
    for layer in layers:
        height = max(sizes[id][1] for id in layer)
        for id in layer:
            placed[id] = Placed(boxes[id], xs[id], y + height / 2, *sizes[id])
        y += height + GAP
    return _framed(placed, y)


def _framed(placed: dict[str, Placed], height: float) -> Layout:
    left = min((p.x - p.width / 2 for p in placed.values()), default=0.0) - GAP
    moved = {id: Placed(p.box, p.x - left, p.y, p.width, p.height) for id, p in placed.items()}
    width = max((p.x + p.width / 2 for p in moved.values()), default=200.0) + GAP
    return Layout(moved, width, height + GAP)


def _size(box: Box) -> tuple[float, float]:
    longest = max(len(text) for text in (box.title, *box.lines))
    return longest * CHARACTER + 2 * PADDING, (1 + len(box.lines)) * LINE + PADDING


def _neighbours(scene: Scene) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for edge in scene.edges:
        before[edge.target].append(edge.source)
        after[edge.source].append(edge.target)
    return before, after


def _layers(scene: Scene, before: dict[str, list[str]]) -> list[list[str]]:
    """Ids by their longest path from an input; in a scene sources stand before their targets."""
    depth: dict[str, int] = {}
    for box in scene.boxes:
        depth[box.id] = 1 + max((depth[s] for s in before[box.id]), default=-1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for id, level in depth.items():
        layers[level].append(id)
    return layers


def _ordered(
    layers: list[list[str]], before: dict[str, list[str]], after: dict[str, list[str]]
) -> list[list[str]]:
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        place = {id: i / max(len(layer), 1) for layer in layers for i, id in enumerate(layer)}
        for layer in layers if down else reversed(layers):
            near = before if down else after
            layer.sort(key=lambda id: _mean([place[n] for n in near[id]], place[id]))
            place.update((id, i / len(layer)) for i, id in enumerate(layer))
    return layers


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _columns(
    layers: list[list[str]],
    sizes: dict[str, tuple[float, float]],
    before: dict[str, list[str]],
    after: dict[str, list[str]],
) -> dict[str, float]:
    xs: dict[str, float] = {}
    for layer in layers:
        x = -sum(sizes[id][0] + GAP for id in layer) / 2
        for id in layer:
            xs[id] = x + sizes[id][0] / 2
            x += sizes[id][0] + GAP
    for _ in range(_SWEEPS):
        for layer in layers:
            wanted = {id: _mean([xs[n] for n in before[id] + after[id]], xs[id]) for id in layer}
            _spread(layer, wanted, sizes, xs)
    return xs


def _spread(
    layer: list[str],
    wanted: dict[str, float],
    sizes: dict[str, tuple[float, float]],
    xs: dict[str, float],
) -> None:
    """Places in a layer, near what is wanted and without overlap, in the given order."""
    edge = float("-inf")
    for id in layer:
        half = sizes[id][0] / 2
        xs[id] = max(wanted[id], edge + half)
        edge = xs[id] + half + GAP
    shift = _mean([wanted[id] - xs[id] for id in layer], 0.0)
    for id in layer:
        xs[id] += shift
