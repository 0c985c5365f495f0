"""The drawing of a timeline: axis, bands, the chain of causes, figures, legend, notes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from gradloom.runtime.logs import seconds as short_seconds
from gradloom.runtime.logs import sizes
from gradloom.viz.drawing import Anchor, Drawing, Group, Line, Rect, Shape, Text
from gradloom.viz.palette import Paint
from gradloom.viz.timelines import bands
from gradloom.viz.timelines.figures import Figures, figures
from gradloom.viz.timelines.layout import (
    CAPTIONS,
    GUTTER,
    RIGHT,
    TOP,
    WIDTH,
    Band,
    Layout,
    layout,
    ticks,
)
from gradloom.viz.timelines.legend import legend
from gradloom.viz.timelines.path import Path, Sort, critical
from gradloom.viz.timelines.scene import Timeline

LEFT: Final = 24.0
_LINE: Final = 17.0
CHAIN: Final[dict[Sort, Paint]] = {
    "program": "ink", "build": "warn", "transfer": "accent", "dispatcher": "hue3",
    "client": "edge", "waiting": "line",
}  # fmt: skip
"""The colours of the sorts of links."""


def drawn(timeline: Timeline) -> Drawing:
    """The timeline as shapes."""
    told = figures(timeline)
    chain = critical(timeline)
    place = layout(timeline)
    colours = bands.paints(timeline)
    bars, merged = bands.bars_of(timeline, place, colours)
    arrows, shown, whole = bands.arrows(timeline, place)
    body = [
        *_bands(timeline, told, place),
        *_axis(place),
        *bands.queues(timeline, place),
        *bands.idle(timeline, place),
        *arrows,
        *bars,
        *bands.marks(timeline, place),
    ]
    y = place.bottom + 12
    body += _chain(chain, place, y)
    y += 44 if chain.links else 0
    body += _table(told, y)
    y += _LINE * (len(told.workers) + 1) + 22 if told.workers else 0
    below, y = legend(timeline, told, colours, arrows=shown, y=y)
    notes = [*timeline.notes, *_merged(merged, shown, whole), *_stragglers(told)]
    said, y = _notes(notes, y)
    return Drawing(
        WIDTH, y + 14, (*_title(timeline, told), *body, *below, *said),
        f"Timeline of {timeline.name}", summary(timeline, told),
    )  # fmt: skip


def summary(timeline: Timeline, told: Figures) -> str:
    """The timeline in a line: how long, who, how much."""
    clients = sum(owner.role == "client" for owner in timeline.owners)
    counted = [
        (clients, "client"), (len(told.workers), "worker"), (told.calls, "call"),
        (told.runs, "run"),
    ]  # fmt: skip
    parts = [short_seconds(told.seconds)]
    parts += [_many(count, word) for count, word in counted]
    size = f", {sizes(told.bytes)}" if told.bytes else ""
    parts.append(_many(told.transfers, "transfer") + size)
    if told.errors:
        parts.append(_many(told.errors, "error"))
    if timeline.dropped:
        parts.append(f"{_many(timeline.dropped, 'event')} dropped")
    return " · ".join(parts)


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _title(timeline: Timeline, told: Figures) -> Iterator[Shape]:
    yield Text(LEFT, 32, timeline.name or "timeline", 17, bold=True)
    yield Text(LEFT, 52, summary(timeline, told), 12, "muted")


# ---- bands ---------------------------------------------------------------------------------------


def _bands(timeline: Timeline, told: Figures, place: Layout) -> Iterator[Shape]:
    busy = {w.name: w for w in told.workers}
    for i, band in enumerate(place.bands):
        owner = timeline.owners[band.owner]
        if i % 2 == 0:
            yield Rect(0, band.y, WIDTH, band.height, "sunken")
        name = owner.name if len(owner.name) <= 17 else owner.name[:16] + "…"
        yield Group((Text(LEFT, band.y + 18, name, 12.5, bold=True),), owner.name)
        if owner.role == "worker" and owner.name in busy:
            yield Text(LEFT, band.y + 33, f"{busy[owner.name].busy:.0%} busy", 10.5, "muted")
        else:
            yield Text(LEFT, band.y + 33, owner.role, 10.5, "muted")
        yield from _captions(band)


def _captions(band: Band) -> Iterator[Shape]:
    for strip in band.strips:
        caption = CAPTIONS.get(strip.part)
        if caption is not None:
            yield Text(GUTTER - 8, strip.middle + 3, caption, 8.5, "muted", "end")


def _axis(place: Layout) -> Iterator[Shape]:
    scale = place.scale
    times = ticks(scale.window)
    step = times[1] - times[0] if len(times) > 1 else 0.0
    for at in times:
        x = scale.x(at)
        yield Line(((x, TOP - 4), (x, place.bottom)), "line", 0.6)
        anchor: Anchor = "middle" if x < WIDTH - 2 * RIGHT else "end"
        yield Text(min(x, WIDTH - RIGHT), TOP - 10, clock(at, step), 10.5, "muted", anchor)


def clock(at: float, step: float) -> str:
    """A time of the axis, with as many digits as a step of the axis needs.

    >>> clock(0.25, 0.05), clock(3.0, 1.0), clock(0.00035, 0.00005)
    ('250 ms', '3 s', '350 us')
    """
    unit, scale = ("s", 1.0) if step >= 0.5 or not step else ("ms", 1e3)
    if step and step * scale < 0.5 and unit == "ms":
        unit, scale = "us", 1e6
    if abs(at) >= 10 and unit != "s":  # the same digits in seconds
        unit, scale = "s", 1.0
    digits = 0
    while step and step * scale * 10**digits < 0.999 and digits < 9:
        digits += 1
    return f"{at * scale:.{digits}f} {unit}"


# ---- the chain of causes -------------------------------------------------------------------------


def _chain(chain: Path, place: Layout, y: float) -> Iterator[Shape]:
    """What the end waited for, under the axis: each stretch in the colour of its sort."""
    if not chain.links:
        return
    yield Text(LEFT, y + 12, "critical path", 12.5, bold=True)
    yield Text(LEFT, y + 27, "what the end waited for", 10.5, "muted")
    for link in chain.links:
        a, b = place.scale.x(link.span.start), place.scale.x(link.span.end)
        if b - a < 0.2:
            continue
        told = f"{link.sort}: {link.what} at {link.who}, {short_seconds(link.span.seconds)}"
        yield Group((Rect(a, y + 2, b - a, 12, CHAIN[link.sort]),), told)
    x = place.scale.left
    for sort, s in chain.by_sort().items():
        if not s:
            continue
        text = f"{sort} {short_seconds(s)} ({s / chain.seconds:.0%})"
        yield Rect(x, y + 21, 9, 9, CHAIN[sort])
        yield Text(x + 14, y + 29, text, 10.5, "muted")
        x += 34 + len(text) * 5.8


# ---- the table -----------------------------------------------------------------------------------

_COLUMNS: Final[tuple[tuple[str, float, Anchor], ...]] = (
    ("worker", 24.0, "start"), ("", 176.0, "start"), ("busy", 470.0, "end"),
    ("idle", 560.0, "end"), ("longest idle", 665.0, "end"), ("runs", 735.0, "end"),
    ("waited", 820.0, "end"), ("received", 920.0, "end"), ("sent", 1015.0, "end"),
    ("transfers", 1120.0, "end"), ("computed meanwhile", 1256.0, "end"),
)  # fmt: skip
_BAR: Final = 220.0


def _table(told: Figures, y: float) -> Iterator[Shape]:
    if not told.workers:
        return
    yield Line(((LEFT, y), (WIDTH - RIGHT, y)), "line")
    for name, x, anchor in _COLUMNS:
        yield Text(x, y + _LINE, name, 10.5, "muted", anchor)
    for i, w in enumerate(told.workers, 2):
        at = y + _LINE * i
        cells = (
            w.name, "", f"{w.busy:.1%}", short_seconds(w.idle_s),
            short_seconds(w.longest_gap.seconds), f"{w.runs:,}", short_seconds(w.wait_s),
            sizes(w.received) or "–", sizes(w.sent) or "–",
            short_seconds(w.transfer_s) if w.transfer_s else "–",
            f"{w.overlap:.0%}" if w.transfer_s else "–",
        )  # fmt: skip
        yield Rect(176, at - 8, _BAR, 8, "sunken")
        yield Rect(176, at - 8, _BAR * w.busy, 8, "accent")
        for (_, x, anchor), cell in zip(_COLUMNS, cells, strict=True):
            if cell:
                yield Text(x, at, cell, 11, "ink", anchor)


# ---- notes ---------------------------------------------------------------------------------------


def _merged(merged: int, shown: int, whole: int) -> Iterator[str]:
    if merged:
        yield (
            f"{merged:,} bars are too thin to be told apart: their height is how much of each "
            f"{bands.COLUMN:g} pixels they cover (a page shows them all: write .html)"
        )
    if shown < whole:
        yield (
            f"arrows: {shown} of {whole:,} transfers, the largest of each stretch of time; "
            "the strips in and out show all"
        )


def _stragglers(told: Figures) -> Iterator[str]:
    for slow in told.stragglers[:4]:
        yield (
            f"straggler: {slow.worker} takes {slow.times:.1f} times as long as the others for "
            f"{slow.program} ({short_seconds(slow.median_s)}, the others "
            f"{short_seconds(slow.others_s)})"
        )


def _notes(notes: list[str], y: float) -> tuple[list[Shape], float]:
    shapes: list[Shape] = []
    for note in notes:
        for i, line in enumerate(textwrap.wrap(note, 190)):
            y += 15
            shapes.append(Text(LEFT, y, ("· " if i == 0 else "  ") + line, 10.5, "muted"))
    return shapes, y
