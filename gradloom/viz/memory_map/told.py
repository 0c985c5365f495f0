"""A memory scene in words: its headline, a table for a terminal, and JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from gradloom.viz.memory_map.scene import MemoryScene, Panel
from gradloom.viz.memory_map.stack import stacked
from gradloom.viz.ticks import byte_text, time_text

_ROWS: Final = 12
_BARS: Final = " ▁▂▃▄▅▆▇█"
_WIDE: Final = 72


def headline(scene: MemoryScene) -> str:
    """The scene in a sentence."""
    first, last = scene.panels[0], scene.panels[-1]
    if first is last:
        said = f"peak {byte_text(last.peak)} over {len(last.live)} nodes"
    else:
        said = f"peak {byte_text(first.peak)} → {byte_text(last.peak)}"
    if scene.decisions:
        said += f" · {len(scene.decisions)} values computed anew"
    if scene.extra_work is not None:
        said += f", {100 * scene.extra_work:.3g} % more work"
    runs = [p.measured for p in scene.panels]
    if len(runs) == 2 and runs[0] is not None and runs[1] is not None:
        a, b = (sum(run.seconds) for run in (runs[0], runs[1]))
        said += f" · measured {time_text(a)} → {time_text(b)}"
    if scene.budget is not None:
        said += f" · budget {byte_text(scene.budget)}"
    return said


def panel_line(panel: Panel) -> str:
    """What stands beside a panel's title."""
    again = sum(band.fate == "again" for band in panel.bands)
    said = f"{len(panel.live)} nodes"
    if again:
        said += f", {again} of the buffers shown computed anew"
    if panel.measured is not None:
        said += f", {time_text(sum(panel.measured.seconds))}"
    return said


def text(scene: MemoryScene) -> str:
    """The scene for a terminal: the bytes alive as bars, and what is alive at each peak."""
    lines = [scene.title, headline(scene)]
    most = max([1, *(p.peak for p in scene.panels)])
    for panel in scene.panels:
        lines += ["", panel.title, _bars(panel, most)] if panel.title else ["", _bars(panel, most)]
        if panel.measured is not None:
            lines.append(f"measured peak {byte_text(panel.measured.peak_bytes)}")
        if panel.live:
            lines += [f"alive at the peak, {panel.peak_place}:", *_alive(panel)]
    if scene.decisions:
        lines += ["", "computed anew:"]
        lines += [
            f"  {byte_text(d.nbytes):>9}  {d.name}, {d.place}, before node {d.position}"
            for d in scene.decisions[:_ROWS]
        ]
        if len(scene.decisions) > _ROWS:
            lines.append(f"  and {len(scene.decisions) - _ROWS} more")
    return "\n".join(lines) + "\n"


def _bars(panel: Panel, most: int) -> str:
    columns = stacked(panel, _WIDE).columns
    return "".join(_BARS[-(-panel.live[p] * (len(_BARS) - 1) // most)] for p in columns)


def _alive(panel: Panel) -> list[str]:
    at = panel.peak_position
    alive = sorted(
        (b for b in panel.bands if b.start <= at <= b.end), key=lambda b: (-b.nbytes, b.start)
    )
    lines = [f"  {byte_text(b.nbytes):>9}  {b.name} {b.type}  {b.tip}" for b in alive[:_ROWS]]
    other = panel.rest[at] + panel.inside[at] + sum(b.nbytes for b in alive[_ROWS:])
    return [*lines, f"  {byte_text(other):>9}  others"] if other else lines


def as_json(scene: MemoryScene) -> dict[str, Any]:
    """The scene as dicts, lists, numbers and texts."""
    return {"format": "gradloom memory 1", **asdict(scene)}
