"""A timeline in a terminal: a line per owner, and the figures in tables."""

from __future__ import annotations

import io
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from gradloom.runtime.logs import seconds as short_seconds
from gradloom.runtime.logs import sizes
from gradloom.viz.timelines.bands import paints
from gradloom.viz.timelines.density import cover
from gradloom.viz.timelines.drawn import summary
from gradloom.viz.timelines.figures import Figures, figures
from gradloom.viz.timelines.layout import Scale
from gradloom.viz.timelines.path import critical
from gradloom.viz.timelines.scene import Bar, Timeline

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_STYLES: Final = {
    "hue0": "blue", "hue1": "red", "hue2": "green", "hue3": "magenta", "hue4": "yellow",
    "hue5": "cyan", "hue6": "bright_magenta", "hue7": "bright_black", "warn": "bright_yellow",
}  # fmt: skip
_SIGNS: Final = {"join": "+", "leave": "-", "lost": "x", "error": "!", "dropped": "?"}
_MOST_KINDS: Final = 8
_MOST_PROGRAMS: Final = 8
_WIDE: Final = 100
_NAME: Final = 20


def text(timeline: Timeline, width: int = _WIDE) -> str:
    """The timeline as plain text, in lines of at most so many letters."""
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, legacy_windows=False).print(
        chart(timeline, width)
    )
    return "".join(line.rstrip() + "\n" for line in file.getvalue().splitlines())


def chart(timeline: Timeline, width: int = _WIDE) -> RenderableType:
    """The timeline for a terminal of so many letters: heights are how busy each owner was, colours
    the kind of op that took most; signs are moments.
    """
    told = figures(timeline)
    gutter = min(max((len(o.name) for o in timeline.owners), default=0), _NAME)
    room = max(width - gutter - 9, 10)
    parts: list[RenderableType] = [
        Text(_printable(timeline.name), style="bold"),
        Text(summary(timeline, told)),
        _axis(timeline, gutter, room),
        *(_lane(timeline, i, gutter, room, told) for i in range(len(timeline.owners))),
        Text(""),
        _workers(told),
    ]
    if told.kinds:
        parts += [Text(""), _kinds(timeline, told)]
    if told.programs:
        parts += [Text(""), _programs(told)]
    parts += [Text(""), *_said(timeline, told)]
    return Group(*parts)


def _printable(text: str) -> str:
    """The text without what would give orders to a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _short(name: str, most: int) -> str:
    return _printable(name if len(name) <= most else name[: most - 1] + "…")


def _axis(timeline: Timeline, gutter: int, room: int) -> Text:
    left, right = (f"{x:.6g} s" for x in timeline.window)
    return Text(f"{'':{gutter}} {left}{right:>{max(room - len(left), 1)}}", style="dim")


def _lane(timeline: Timeline, owner: int, gutter: int, room: int, told: Figures) -> Text:
    """What an owner did: its programs, messages or fetches, and its moments above all."""
    who = timeline.owners[owner]
    what = {"worker": "programs", "dispatcher": "messages", "client": "fetches"}[who.role]
    bars = [
        b
        for b in timeline.bars
        if timeline.lanes[b.lane].owner == owner and timeline.lanes[b.lane].what == what
    ]
    name = _short(who.name, gutter)
    line = Text(f"{name:{gutter}} ", no_wrap=True)
    line.append_text(_cells(timeline, owner, bars, room))
    busy = next((w.busy for w in told.workers if who.role == "worker" and w.name == who.name), None)
    return line if busy is None else line.append(f" {busy:4.0%}", style="dim")


def _cells(timeline: Timeline, owner: int, bars: list[Bar], room: int) -> Text:
    scale = Scale(timeline.window, 0.0, float(room))
    found = cover(bars, scale, 1.0)
    colours = paints(timeline)
    signs = {
        min(int(scale.x(m.at)), room - 1): _SIGNS[m.sign]
        for m in timeline.marks
        if m.owner == owner and m.sign in _SIGNS
        if timeline.window.start <= m.at <= timeline.window.end
    }
    cells = Text()
    for i in range(room):
        shares = {kind: x[i] for kind, x in found.items() if x[i]}
        if i in signs:
            cells.append(signs[i], style="bold red" if signs[i] in "x!" else "bold")
            continue
        share = min(sum(shares.values()), 1.0)
        height = _EIGHTHS[max(1, round(share * 8))] if share else "·"
        dearest = max(shares, key=lambda kind: shares[kind]) if shares else ""
        style = _STYLES.get(colours.get(dearest, ""), "default") if share else "dim"
        cells.append(height, style=style)
    return cells


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for i, name in enumerate(columns):
        table.add_column(name, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def _workers(told: Figures) -> Table:
    table = _table(  # "longest" without a program, next to all such time
        "worker", "busy", "idle", "longest", "runs", "failed", "waited", "in", "out", "overlap"
    )
    for w in told.workers:
        table.add_row(
            Text(_short(w.name, _NAME)), f"{w.busy:.1%}", short_seconds(w.idle_s),
            short_seconds(w.longest_gap.seconds), str(w.runs), str(w.failed),
            short_seconds(w.wait_s), sizes(w.received) or "0 B", sizes(w.sent) or "0 B",
            f"{w.overlap:.0%}" if w.transfer_s else "-",
        )  # fmt: skip
    return table


def _kinds(timeline: Timeline, told: Figures) -> Table:
    colours = paints(timeline)
    table = _table("kind of op", "time", "share")
    for kind in told.kinds[:_MOST_KINDS]:
        style = _STYLES.get(colours.get(kind.kind, ""), "default")
        table.add_row(
            Text(_short(kind.kind, _NAME), style), short_seconds(kind.seconds), f"{kind.share:.1%}"
        )
    return table


def _programs(told: Figures) -> Table:
    table = _table("program", "runs", "time", "typical", "longest", "waited")
    for p in told.programs[:_MOST_PROGRAMS]:
        table.add_row(
            Text(_short(p.name, 44)), str(p.runs), short_seconds(p.seconds),
            short_seconds(p.median_s), short_seconds(p.longest_s), short_seconds(p.wait_s),
        )  # fmt: skip
    return table


def _said(timeline: Timeline, told: Figures) -> list[Text]:
    chain = critical(timeline)
    lines = []
    if chain.links:
        shares = [f"{k} {s / chain.seconds:.0%}" for k, s in chain.by_sort().items() if s]
        path = f"critical path: {short_seconds(chain.seconds)}: "
        lines.append(Text(path + ", ".join(shares)))
    lines += [
        Text(
            f"straggler: {_short(x.worker, _NAME)} takes {x.times:.1f} times as long as the others "
            f"for {_short(x.program, 44)}"
        )
        for x in told.stragglers
    ]
    there = {m.sign for m in timeline.marks}
    signs = [f"{sign} {name}" for name, sign in _SIGNS.items() if name in there]
    if signs:
        lines.append(Text("signs: " + ", ".join(signs)))
    return [*lines, *(Text(note, style="dim") for note in timeline.notes)]
