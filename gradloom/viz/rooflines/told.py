"""A roofline in words: its headline, a table for a terminal, and JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from gradloom.viz.rooflines.scene import Point, RooflineScene
from gradloom.viz.ticks import byte_text, short_text, time_text

_ROWS: Final = 20


def headline(scene: RooflineScene) -> str:
    """The scene in a sentence."""
    flops = sum(p.flops * p.calls for p in scene.points)
    seconds = scene.seconds or 1.0
    rate = short_text(flops / seconds, "FLOP/s")
    how = "op by op on numpy" if scene.measured else "estimated at the roof"
    said = f"{short_text(flops, 'FLOP')} in {time_text(scene.seconds)} {how}: {rate}"
    if scene.moves:
        share = 100 * scene.moved_seconds / seconds
        bytes_too = f" but move {byte_text(scene.moved_bytes)}" if scene.moved_bytes else ""
        said += f" · {scene.moves} nodes compute nothing{bytes_too}: {share:.2g} % of it"
    return said


def short_name(point: Point) -> str:
    """A point in a few words."""
    return f"{point.op}, {point.place}"


def bound(point: Point, scene: RooflineScene) -> str:
    """What holds a node back at the most, by the model: "memory" or "compute"."""
    ridge = scene.machine.flops[point.dtype] / scene.machine.memory
    return "memory" if point.intensity < ridge else "compute"


def text(scene: RooflineScene) -> str:
    """The scene for a terminal: the machine, and the dearest nodes with their share of the roof."""
    machine = scene.machine
    peaks = ", ".join(f"{n} {short_text(f, 'FLOP/s')}" for n, f in machine.flops.items())
    lines = [
        scene.title,
        headline(scene),
        f"machine: {peaks}, memory {short_text(machine.memory, 'B/s')}, "
        f"cache {short_text(machine.cache, 'B/s')}",
        "",
        f"{'time':>9} {'share':>6} {'FLOP/byte':>10} {'FLOP/s':>9} {'of roof':>8}  bound    op",
    ]
    lines += [_row(p, scene) for p in scene.points[:_ROWS]]
    if len(scene.points) > _ROWS:
        lines.append(f"and {len(scene.points) - _ROWS} more")
    return "\n".join(lines) + "\n"


def _row(point: Point, scene: RooflineScene) -> str:
    share = 100 * point.total / (scene.seconds or 1.0)
    roof = 100 * point.rate / point.attainable
    return (
        f"{time_text(point.total):>9} {share:5.1f}% {point.intensity:10.3g} "
        f"{short_text(point.rate):>9} {roof:7.0f}%  {bound(point, scene):<8} {short_name(point)}"
    )


def as_json(scene: RooflineScene) -> dict[str, Any]:
    """The scene as dicts, lists, numbers and texts."""
    return {"format": "gradloom roofline 1", **asdict(scene)}
