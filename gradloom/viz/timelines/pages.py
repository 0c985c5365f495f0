"""A timeline as a page: one file, in which one can go through every event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final, final

from gradloom.runtime.fields import session_index
from gradloom.viz.timelines import bands
from gradloom.viz.timelines.drawn import CHAIN, summary
from gradloom.viz.timelines.figures import Figures, figures
from gradloom.viz.timelines.path import critical
from gradloom.viz.timelines.scene import Timeline
from gradloom.viz.writers.page import page

SCRIPTS: Final = (
    "timeline_model.js", "timeline_draw.js", "timeline_map.js", "timeline_words.js",
    "timeline_moves.js", "timeline.js",
)  # fmt: skip
_BODY: Final = """\
<header><h1 id="title"></h1><p id="summary" class="muted"></p></header>
<div class="tools" role="toolbar" aria-label="Timeline" id="tools"></div>
<main>
<section id="lanes" aria-label="Lanes">
<canvas id="map" role="img" aria-label="The whole run; the frame is what is shown"></canvas>
<canvas id="axis" aria-hidden="true"></canvas>
<div id="scroll"><canvas id="bars" tabindex="0" role="application" aria-describedby="keys"></canvas>
</div>
<p id="keys" class="muted"></p>
</section>
<aside id="details" aria-label="Details" aria-live="polite"></aside>
</main>
<section id="words" aria-label="Figures"></section>
<div id="tip" role="tooltip" class="hidden"></div>
"""


def html(timeline: Timeline, theme: str = "auto") -> str:
    """The page of a timeline."""
    title = f"{timeline.name or 'events'}: timeline"
    return page(title, _BODY, data(timeline), SCRIPTS, ("timeline.css",), theme)


def data(timeline: Timeline) -> dict[str, Any]:
    """What the page is told: columns of numbers, which name texts by their number in `texts`.
    Times are microseconds since the window begins.
    """
    told = figures(timeline)
    zero = timeline.window.start
    texts, flows = _Numbered(), _Numbered()
    colours = bands.paints(timeline)
    kinds = _Numbered()
    for kind in timeline.kinds:
        kinds[kind]
    return {
        "name": timeline.name,
        "summary": summary(timeline, told),
        "zero": zero,
        "window": _pair(timeline.window.start, timeline.window.end, zero),
        "owners": [{"role": o.role, "name": o.name} for o in timeline.owners],
        "lanes": [{"owner": x.owner, "what": x.what, "rows": x.rows} for x in timeline.lanes],
        "bars": _bars(timeline, zero, texts, flows, kinds),
        "marks": _marks(timeline, zero, texts, flows),
        "arrows": {
            "source": [x.source for x in timeline.arrows],
            "target": [x.target for x in timeline.arrows],
            "left": [_us(x.left - zero) for x in timeline.arrows],
            "arrived": [_us(x.arrived - zero) for x in timeline.arrows],
            "bytes": [x.bytes for x in timeline.arrows],
            "flow": [flows[x.event.flow] for x in timeline.arrows],
        },
        "waits": [[who, *_pair(s.start, s.end, zero)] for who, s in timeline.waits],
        "chain": [
            [x.sort, x.who, x.what, *_pair(x.span.start, x.span.end, zero)]
            for x in critical(timeline).links
        ],
        "kinds": [{"name": k, "paint": colours.get(k, "muted")} for k in kinds.names],
        "sorts": CHAIN,
        "texts": texts.names,
        "figures": _figures(told),
        "notes": list(timeline.notes),
    }


@final
class _Numbered:
    """Texts, each with the number in which it came."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __getitem__(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def names(self) -> list[str]:
        return list(self._numbers)


def _bars(
    timeline: Timeline, zero: float, texts: _Numbered, flows: _Numbered, kinds: _Numbered
) -> dict[str, Any]:
    events = [b.event for b in timeline.bars]
    shares: dict[tuple[tuple[str, float], ...], int] = {}
    parts = [shares.setdefault(b.parts, len(shares)) for b in timeline.bars]
    return {
        **_columns(events, texts, flows),
        "kind": [texts[e.kind] for e in events],
        "lane": [b.lane for b in timeline.bars],
        "row": [b.row for b in timeline.bars],
        "start": [_us(e.start - zero) for e in events],
        "end": [_us(e.end - zero) for e in events],
        "wait": [_us(e.wait) for e in events],
        "parts": parts,
        "shares": [[[kinds[kind], round(s, 4)] for kind, s in each] for each in shares],
    }


def _marks(
    timeline: Timeline, zero: float, texts: _Numbered, flows: _Numbered
) -> dict[str, Any]:  # fmt: skip
    return {
        **_columns([m.event for m in timeline.marks], texts, flows),
        "sign": [texts[m.sign] for m in timeline.marks],
        "owner": [m.owner for m in timeline.marks],
        "at": [_us(m.at - zero) for m in timeline.marks],
    }


def _columns(events: Iterable[Any], texts: _Numbered, flows: _Numbered) -> dict[str, list[int]]:
    events = list(events)
    return {
        "command": [texts[e.command] for e in events],
        "program": [texts[e.program] for e in events],
        "peer": [texts[e.peer] for e in events],
        "detail": [texts[e.detail] for e in events],
        "session": [session_index(e.session) if e.session >= 0 else -1 for e in events],
        "number": [e.number for e in events],
        "value": [e.value for e in events],
        "bytes": [e.bytes for e in events],
        "flow": [flows[e.flow] if e.flow else -1 for e in events],
    }


def _figures(told: Figures) -> dict[str, Any]:
    return {
        "workers": [{**asdict(w), "busy": w.busy, "overlap": w.overlap} for w in told.workers],
        "kinds": [asdict(k) for k in told.kinds],
        "programs": [asdict(p) for p in told.programs],
        "stragglers": [asdict(s) for s in told.stragglers],
    }


def _pair(start: float, end: float, zero: float) -> list[float]:
    return [_us(start - zero), _us(end - zero)]


def _us(seconds: float) -> float:
    """Microseconds, to a tenth; whole ones without a point, which keeps the page small."""
    us = round(seconds * 1e6, 1)
    return int(us) if us == int(us) else us
