"""The film of a history: passes rewrite a graph, step by step.

Boxes that go fade out, those that stay glide to their new places, new ones fade in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from gradloom.passes.pipeline import Entry
from gradloom.viz.layout import Placed
from gradloom.viz.motion.film import Caption, Card, Curve, Fade, Film, Key, Wire
from gradloom.viz.motion.scenes import Pictured, pictured

_HEADER: Final = 84.0
_FOOTER: Final = 116.0
_LEAST_WIDTH: Final = 640.0
_HOLD_S: Final = 1.5
_SAME_S: Final = 0.9
"""How long a graph stands after a pass that changed it, or did not."""
_GO_S: Final = 0.45
_GLIDE_S: Final = 0.8
_COME_S: Final = 0.45
_MOVE_S: Final = _GO_S + _GLIDE_S + _COME_S
_NEW: Final = 1.0
"""How bright a new box is when it comes; it is as the others when the next pass begins."""


@final
@dataclass(frozen=True, slots=True)
class Act:
    """A graph of the history: it stands from `start` to `end`, then turns into the next."""

    entry: Entry
    picture: Pictured
    start: float
    end: float
    came: frozenset[str]
    went: frozenset[str]


def rewriting(history: Sequence[Entry], title: str = "") -> Film:
    """The film of a history; after the last graph it turns back into the first, so that it can go
    on without end.
    """
    pictures = pictured([entry.graph for entry in history])
    acts = _acts(history, pictures)
    last = acts[-1].end
    seconds = last + _MOVE_S if len(acts) > 1 else last
    width = max(_LEAST_WIDTH, *(p.layout.width for p in pictures))
    height = max(p.layout.height for p in pictures)
    ids = list(dict.fromkeys(id for p in pictures for id in p.layout.boxes))
    number = {id: k for k, id in enumerate(ids)}
    cards = tuple(_card(id, acts, width, height, seconds) for id in ids)
    pairs = dict.fromkeys(edge for p in pictures for edge in p.edges)
    wires = tuple(_wire(pair, number, acts, seconds) for pair in pairs)
    first, after = len(history[0].graph.nodes), len(history[-1].graph.nodes)
    return Film(
        title or history[0].graph.name, width, height + _HEADER + _FOOTER, seconds, cards, wires,
        (), tuple(_captions(acts)), _counts(acts), tuple(act.start for act in acts),
        f"{len(history) - 1} pass{'' if len(history) == 2 else 'es'}, {first} to {after} nodes",
    )  # fmt: skip


def _acts(history: Sequence[Entry], pictures: Sequence[Pictured]) -> list[Act]:
    acts: list[Act] = []
    time = 0.0
    for k, (entry, picture) in enumerate(zip(history, pictures, strict=True)):
        before = pictures[k - 1] if k else picture
        old, new = set(before.layout.boxes), set(picture.layout.boxes)
        same = before is picture and k > 0
        if k and not same:
            time += _MOVE_S
        end = time + (_SAME_S if same else _HOLD_S)
        acts.append(Act(entry, picture, time, end, frozenset(new - old), frozenset(old - new)))
        time = end
    return acts


def _card(id: str, acts: Sequence[Act], width: float, height: float, seconds: float) -> Card:
    """A box through all acts. One that is not there stands, unseen, where it was or will be."""
    placed = [act.picture.layout.boxes.get(id) for act in acts]
    seen = next(p for p in placed if p is not None)
    keys: list[Key] = []
    for k, act in enumerate(acts):
        place = placed[k]
        if place is None:
            continue
        x, y = _middle(place, act.picture, width, height)
        came = id in act.came
        if k == 0 or placed[k - 1] is None:
            keys += _coming(act, x, y, k)
        keys.append(Key(act.start, x, y, 1, _NEW if came else 0.0))
        keys.append(Key(act.end, x, y, 1, 0))
        if k + 1 < len(acts) and placed[k + 1] is None:
            keys.append(Key(act.end + _GO_S, x, y, 0, 0))
        elif k + 1 < len(acts) and acts[k + 1].picture is not act.picture:
            keys.append(Key(act.end + _GO_S, x, y, 1, 0))
            there = placed[k + 1]
            assert there is not None
            nx, ny = _middle(there, acts[k + 1].picture, width, height)
            keys.append(Key(act.end + _GO_S + _GLIDE_S, nx, ny, 1, 0))
    keys += _returning(keys[-1], placed, acts, width, height, seconds)
    return Card(id, seen.box.title, seen.box.kind, seen.width, seen.height,
                _in_order(keys), seen.box.tip)  # fmt: skip


def _coming(act: Act, x: float, y: float, k: int) -> list[Key]:
    return [Key(act.start - _COME_S, x, y, 0, _NEW)] if k else []


def _returning(
    last: Key, placed: Sequence[Placed | None], acts: Sequence[Act], width: float, height: float,
    seconds: float,
) -> list[Key]:  # fmt: skip
    """How a box gets back to where it is in the first graph."""
    if len(acts) == 1:
        return []
    end, first = acts[-1].end, placed[0]
    there = placed[-1] is not None
    if first is None:
        return [Key(end + _GO_S, last.x, last.y, 0, 0)] if there else []
    x, y = _middle(first, acts[0].picture, width, height)
    if there:
        return [Key(end + _GO_S, last.x, last.y, 1, 0), Key(end + _GO_S + _GLIDE_S, x, y, 1, 0),
                Key(seconds, x, y, 1, 0)]  # fmt: skip
    return [Key(seconds - _COME_S, x, y, 0, 0), Key(seconds, x, y, 1, 0)]


def _in_order(keys: Sequence[Key]) -> tuple[Key, ...]:
    """The keys without those that stand at the time of one before."""
    out: list[Key] = []
    for key in keys:
        if not out or key.time > out[-1].time + 1e-9:
            out.append(key)
    return tuple(out)


def _middle(place: Placed, picture: Pictured, width: float, height: float) -> tuple[float, float]:
    """Where a box stands in the film: each graph in the middle, from the top."""
    return place.x + (width - picture.layout.width) / 2, place.y + _HEADER - 24


def _wire(
    pair: tuple[str, str], number: dict[str, int], acts: Sequence[Act], seconds: float
) -> Wire:
    fades: list[Fade] = []
    there = [pair in act.picture.edges for act in acts]
    for k, act in enumerate(acts):
        now = float(there[k])
        if k:
            fades.append(Fade(act.start - _COME_S, min(float(there[k - 1]), now)))
        fades += [Fade(act.start, now), Fade(act.end, now)]
        after = float(there[(k + 1) % len(acts)])
        fades.append(Fade(act.end + _GO_S, min(now, after)))
    if len(acts) > 1:
        fades += [Fade(seconds - _COME_S, min(float(there[-1]), float(there[0]))),
                  Fade(seconds, float(there[0]))]  # fmt: skip
    kept = [f for i, f in enumerate(fades) if i == 0 or f.time > fades[i - 1].time + 1e-9]
    return Wire(number[pair[0]], number[pair[1]], "bottom", "top", tuple(kept))


def _captions(acts: Sequence[Act]) -> list[Caption]:
    told = []
    for k, act in enumerate(acts):
        count = len(act.entry.graph.nodes)
        if k == 0:
            told.append(Caption(0.0, act.entry.name, f"the graph as it came: {count} nodes"))
            continue
        before = acts[k - 1]
        took = f"{act.entry.seconds * 1e3:.3g} ms"
        start = before.end
        if act.picture is before.picture:
            told.append(Caption(start, act.entry.name, f"{took}, nothing to do"))
            continue
        old = len(before.entry.graph.nodes)
        boxes = f"{len(act.went)} boxes go, {len(act.came)} come"
        told.append(Caption(start, act.entry.name, f"{took}, {old} to {count} nodes: {boxes}"))
    return told


def _counts(acts: Sequence[Act]) -> Curve:
    """How many nodes there are."""
    points = [(0.0, float(len(acts[0].entry.graph.nodes)))]
    for before, act in pairwise(acts):
        points.append((before.end + _GO_S, float(len(act.entry.graph.nodes))))
    if len(acts) > 1:
        points.append((acts[-1].end + _GO_S, points[0][1]))
    return Curve("nodes", tuple(points))
