"""The bands of a timeline as shapes: bars, marks, queues, and arrows between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from gradloom.runtime.logs import seconds as short_seconds
from gradloom.runtime.logs import sizes
from gradloom.viz.drawing import Curve, Disc, Group, Line, Point, Polygon, Rect, Shape, Text
from gradloom.viz.palette import HUES, Paint
from gradloom.viz.timelines.density import Column, Cover, cover, split, stretches, touched
from gradloom.viz.timelines.layout import Band, Layout, Scale, Strip
from gradloom.viz.timelines.scene import BUILDING, Arrow, Bar, Mark, Timeline, about
from gradloom.viz.timelines.spans import Span, clipped, depth, gaps

THINNEST: Final = 1.5
"""Pixels of a bar that is drawn by itself; thinner ones are merged."""
_CROWDED: Final = 2_000
_THINNEST_CROWDED: Final = 4.0
"""The same in a lane that has more bars than pixels to show them."""
COLUMN: Final = 2.0
"""Pixels of a column of merged bars."""
MOST_ARROWS: Final = 60
"""More arrows than this hide each other."""
_WIDEST_ARROW: Final = 2.6
_LARGEST_MARK: Final = 5.0
_LETTER: Final = 5.3
"""Pixels of a small letter, on average."""


def paints(timeline: Timeline) -> dict[str, Paint]:
    """A colour for each kind of work: hues for those that took longest, one for all others."""
    kinds = [kind for kind in timeline.kinds if kind != BUILDING]
    hues: dict[str, Paint] = {kind: f"hue{min(i, HUES - 1)}" for i, kind in enumerate(kinds)}
    return {**hues, BUILDING: "warn"}


def bars_of(
    timeline: Timeline, place: Layout, colours: Mapping[str, Paint]
) -> tuple[list[Shape], int]:
    """The bars of all bands, and how many of them are merged."""
    shapes: list[Shape] = []
    merged = 0
    lanes: dict[int, list[Bar]] = {}
    for bar in timeline.bars:
        lanes.setdefault(bar.lane, []).append(bar)
    for number, bars in sorted(lanes.items()):
        lane = timeline.lanes[number]
        strip = place.bands[lane.owner].find(lane.what)
        if strip is None:
            continue
        paint = colours if lane.what == "programs" else {}
        thinnest = THINNEST if len(bars) <= _CROWDED else _THINNEST_CROWDED
        wide, thin = split(bars, place.scale, thinnest)
        merged += len(thin)
        shapes += _merged(thin, strip, place.scale, paint, _plain(lane.what))
        height = strip.height / min(lane.rows, max(1, int(strip.height // 3)))
        for bar in wide:
            shapes.append(_bar(bar, strip, height, place.scale, paint, _plain(lane.what)))
        names = place.bands[lane.owner].find("names")
        if lane.what == "programs" and names is not None:
            shapes += _names(wide, names, place.scale)
    return shapes, merged


def _plain(what: str) -> Paint:
    """The colour of what is not coloured by its kind of work."""
    return {"fetches": "line", "messages": "edge"}.get(what, "muted")


def _bar(
    bar: Bar, strip: Strip, height: float, scale: Scale, colours: Mapping[str, Paint], plain: Paint
) -> Group:
    """A bar of its true length; its height is divided by the shares of its kinds of ops."""
    x, right = scale.x(bar.event.start), scale.x(bar.event.end)
    y = min(strip.y + bar.row * height, strip.y + strip.height - height)
    rects: list[Shape] = []
    at = y
    for kind, share in bar.parts:
        rects.append(Rect(x, at, right - x, height * share, colours.get(kind, plain)))
        at += height * share
    if bar.event.kind == "error":
        rects.append(Rect(x, y, right - x, height, "", "bad", 1.5))
    elif right - x > 4:  # so that neighbours can be told apart
        rects.append(Line(((right, y), (right, y + height)), "paper", 0.8))
    return Group(tuple(rects), tip(bar))


def tip(bar: Bar) -> str:
    """What is told of a bar when one points at it."""
    event = bar.event
    kinds = ", ".join(f"{kind} {share:.0%}" for kind, share in bar.parts)
    lines = [
        about(event),
        f"{short_seconds(event.end - event.start)} from {event.start:.6f} s",
        f"waited {short_seconds(event.wait)}" if event.wait else "",
        f"estimated: {kinds}" if len(bar.parts) > 1 else "",
        sizes(event.bytes),
        event.detail,
    ]
    return "\n".join(filter(None, lines))


def _names(bars: Iterable[Bar], strip: Strip, scale: Scale) -> Iterator[Shape]:
    """The programs' names, each above its bar where there is room for it."""
    free = 0.0
    for bar in bars:
        x = scale.x(bar.event.start)
        room = int((scale.x(bar.event.end) - x) / _LETTER)
        if room < 7 or x < free:
            continue
        text = "build" if bar.event.kind == "build" else bar.event.command or "program"
        shown = text if len(text) <= room else text[: room - 1].rstrip(" ,:") + "…"
        free = x + (len(shown) + 1) * _LETTER
        yield Text(x, strip.y + strip.height - 2, shown, 9.5, "muted")


def _merged(
    bars: Sequence[Bar], strip: Strip, scale: Scale, colours: Mapping[str, Paint], plain: Paint
) -> Iterator[Shape]:
    """Thin bars as heights: how much of each column they cover, by kind of work."""
    if not bars:
        return
    found = cover(bars, scale, COLUMN)
    kinds = sorted(found, key=lambda kind: -sum(found[kind]))
    by_paint: Cover = {}
    for kind in kinds:
        mine = by_paint.setdefault(colours.get(kind, plain), [0.0] * len(found[kind]))
        for i, share in enumerate(found[kind]):
            mine[i] += share
    seen = touched(bars, scale, COLUMN) | {
        i for x in by_paint.values() for i, share in enumerate(x) if share
    }
    for stretch in stretches(seen):
        yield from _heap(stretch, by_paint, strip, scale)


def _heap(stretch: range, by_paint: Cover, strip: Strip, scale: Scale) -> Iterator[Shape]:
    least = min(2.0, strip.height) / strip.height
    base = dict.fromkeys(stretch, 0.0)
    whole = {i: sum(x[i] for x in by_paint.values()) for i in stretch}
    for n, (paint, shares) in enumerate(by_paint.items()):
        top = {}
        for i in stretch:
            grown = max(1.0, least / whole[i]) if whole[i] else 0.0
            top[i] = base[i] + (shares[i] * grown if grown else least if n == 0 else 0.0)
        if any(top[i] > base[i] for i in stretch):
            yield Polygon(_outline(stretch, base, top, strip, scale), paint)
        base = top


def _outline(
    stretch: range,
    base: Mapping[Column, float],
    top: Mapping[Column, float],
    strip: Strip,
    scale: Scale,
) -> tuple[Point, ...]:
    def points(heights: Mapping[Column, float], columns: Iterable[Column]) -> Iterator[Point]:
        for i in columns:
            y = strip.y + strip.height * (1 - min(heights[i], 1.0))
            a, b = scale.left + i * COLUMN, scale.left + (i + 1) * COLUMN
            yield from ((a, y), (b, y)) if columns is stretch else ((b, y), (a, y))

    return (*points(top, stretch), *points(base, stretch[::-1]))


# ---- queues, gaps --------------------------------------------------------------------------------


def queues(timeline: Timeline, place: Layout) -> Iterator[Shape]:
    """How many runs stood in each worker's queue, as heights, with the most that ever did."""
    for band in place.bands:
        strip = band.find("queue")
        if strip is None:
            continue
        waits = [span for who, span in timeline.waits if who == band.owner]
        steps = depth(clipped(waits, timeline.window))
        most = max((n for _, n in steps), default=0)
        if not most:
            continue
        points: list[Point] = [(place.scale.x(steps[0][0]), strip.y + strip.height)]
        for at, count in steps:
            x = place.scale.x(at)
            points += [(x, points[-1][1]), (x, strip.y + strip.height * (1 - count / most))]
        runs = "run" if most == 1 else "runs"
        yield Group((Polygon(tuple(points), "line"),), f"at most {most} {runs} in the queue")


def idle(timeline: Timeline, place: Layout) -> Iterator[Shape]:
    """Each worker's longest time without a program, where it is long enough to be written in."""
    for band in place.bands:
        strip = band.find("programs")
        if strip is None:
            continue
        spans = [
            b.span
            for b in timeline.bars
            if timeline.lanes[b.lane].owner == band.owner
            and timeline.lanes[b.lane].what == "programs"
        ]
        free = gaps(spans, timeline.window)
        gap = max(free, key=lambda x: x.seconds, default=Span(0.0, 0.0))
        a, b = place.scale.x(gap.start), place.scale.x(gap.end)
        text = f"idle {short_seconds(gap.seconds)}"
        room = len(text) * _LETTER + 10
        if b - a < room + 16:
            continue
        middle, y = (a + b) / 2, strip.middle
        yield Line(((a + 3, y), (middle - room / 2, y)), "line", 1.0, (3.0, 3.0))
        yield Line(((middle + room / 2, y), (b - 3, y)), "line", 1.0, (3.0, 3.0))
        yield Text(middle, y + 3.5, text, 10.0, "muted", "middle")


# ---- marks ---------------------------------------------------------------------------------------


def marks(timeline: Timeline, place: Layout) -> Iterator[Shape]:
    """Moments by their shapes. Calls of one pixel are one tick, puts near each other one disc."""
    largest = max((m.event.bytes for m in timeline.marks if m.sign == "put"), default=0)
    puts: dict[tuple[int, int], list[Mark]] = {}
    ticks: set[tuple[int, int]] = set()
    for mark in timeline.marks:
        band, x = place.bands[mark.owner], place.scale.x(mark.at)
        if mark.sign == "call":
            if (mark.owner, round(x)) not in ticks:
                ticks.add((mark.owner, round(x)))
                strip = band.find("marks") or band.strips[0]
                yield Line(((x, strip.y + 1), (x, strip.y + strip.height - 1)), "edge", 1.0)
        elif mark.sign == "put":
            puts.setdefault((mark.owner, int(x / _LARGEST_MARK)), []).append(mark)
        elif timeline.window.start <= mark.at <= timeline.window.end:
            yield _sign(mark, band, x)
    for (owner, _), together in puts.items():
        strip = place.bands[owner].find("marks") or place.bands[owner].strips[0]
        size = max(m.event.bytes for m in together)
        radius = 1.5 + (_LARGEST_MARK - 1.5) * math.sqrt(size / largest) if largest else 1.5
        x = place.scale.x(together[0].at)
        told = f"{len(together)} values put, {sizes(sum(m.event.bytes for m in together))}"
        yield Group((Disc(x, strip.middle, radius, "accent", "paper", 0.6),), told)


def _sign(mark: Mark, band: Band, x: float) -> Group:
    strip = (
        band.find("programs")
        or band.find("marks")
        or band.find("messages")
        or Strip("marks", band.y, band.height)
    )
    told = mark.event.detail or mark.event.peer
    words = f"{mark.sign}: {told}" if told else mark.sign
    return Group(shape_of(mark.sign, x, strip.middle), f"{words}\nat {mark.at:.6f} s")


def shape_of(sign: str, x: float, y: float, size: float = 5.0) -> tuple[Shape, ...]:
    """The shape of a kind of moment: each has its own, so that colour need not be seen."""
    s = size
    match sign:
        case "join":
            return (Polygon(((x - s, y + s), (x, y - s), (x + s, y + s)), "good", "paper"),)
        case "leave":
            return (Polygon(((x - s, y - s), (x, y + s), (x + s, y - s)), "muted", "paper"),)
        case "lost":
            return tuple(
                Line(((x - s, y - s * d), (x + s, y + s * d)), "bad", 2.4) for d in (1, -1)
            )  # fmt: skip
        case "error":
            corners = ((x, y - s - 1), (x + s + 1, y), (x, y + s + 1), (x - s - 1, y))
            return (Polygon(corners, "bad", "paper"),)
        case "dropped":
            return (Rect(x - s + 1, y - s + 1, 2 * s - 2, 2 * s - 2, "paper", "warn", 1.8),)
        case "put":
            return (Disc(x, y, s - 1, "accent"),)
    return (Line(((x, y - s), (x, y + s)), "edge", 1.2),)


# ---- arrows --------------------------------------------------------------------------------------


def arrows(timeline: Timeline, place: Layout) -> tuple[list[Shape], int, int]:
    """Arrows of transfers, how many they are, and how many transfers have both ends. Of many, the
    largest of each stretch of time has an arrow.
    """
    whole = [x for x in timeline.arrows if x.is_whole]
    chosen = whole
    if len(whole) > MOST_ARROWS:
        largest: dict[int, Arrow] = {}
        for x in whole:
            share = (place.scale.x(x.left) - place.scale.left) / place.scale.width
            at = min(int(share * MOST_ARROWS), MOST_ARROWS - 1)
            if at not in largest or x.bytes > largest[at].bytes:
                largest[at] = x
        chosen = [largest[at] for at in sorted(largest)]
    most = max((x.bytes for x in chosen), default=0) or 1
    return [_arrow(x, most, timeline, place) for x in chosen], len(chosen), len(whole)


def _arrow(arrow: Arrow, most: int, timeline: Timeline, place: Layout) -> Group:
    a, b = timeline.lanes[arrow.source], timeline.lanes[arrow.target]
    start, end = place.bands[a.owner].find("sends"), place.bands[b.owner].find("receives")
    if start is None or end is None:  # an arrow's lanes have their strips
        return Group(())
    x0, x1 = place.scale.x(arrow.left), place.scale.x(arrow.arrived)
    y0, y1 = start.middle, end.middle
    bend = (y1 - y0) * 0.5
    width = 0.6 + (_WIDEST_ARROW - 0.6) * math.sqrt(arrow.bytes / most)
    points = ((x0, y0), (x0, y0 + bend), (x1, y1 - bend), (x1, y1))
    dash = (3.0, 2.0) if arrow.is_backward else ()
    paint = "bad" if arrow.is_backward else "edge"
    names = (timeline.owners[x.owner].name for x in (a, b))
    told = (
        f"{' to '.join(names)}: {sizes(arrow.bytes) or '0 B'} in "
        f"{short_seconds(arrow.arrived - arrow.left)}"
    )
    return Group((Curve(points, paint, width, dash, arrow=True),), told)
