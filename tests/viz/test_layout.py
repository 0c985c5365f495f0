"""A layout keeps boxes apart, and lets every edge go down."""

import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.graph import Graph
from gradloom.viz.layers import ABREAST
from gradloom.viz.layout import Layout, Placed, PlacedFrame, Route, fitted, layout
from gradloom.viz.scene import Box, Edge, Frame, Scene, scene
from tests.viz.pictured import ALL
from tests.viz.programs import PROGRAMS


def check(drawn: Scene) -> Layout:
    """The layout of a scene; fails where it breaks a rule."""
    placed = layout(drawn)
    assert placed.boxes.keys() == {box.id for box in drawn.boxes}
    for edge in drawn.edges:
        above, below = placed.boxes[edge.source], placed.boxes[edge.target]
        assert above.y + above.height / 2 < below.y - below.height / 2
    for a, b in itertools.combinations(placed.boxes.values(), 2):
        apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2
        apart_y = abs(a.y - b.y) >= (a.height + b.height) / 2
        assert apart_x or apart_y, (a, b)
    for box in placed.boxes.values():
        assert box.x - box.width / 2 >= 0
        assert box.x + box.width / 2 <= placed.width
        assert box.y - box.height / 2 >= 0
        assert box.y + box.height / 2 <= placed.height
    for inner in placed.frames.values():
        outer = placed.frames.get(inner.frame.frame)
        if outer is not None:
            assert within(inner, outer)
    for route in placed.routes:
        check_route(route, placed)
    for box in placed.boxes.values():
        if box.box.frame:
            assert within(box, placed.frames[box.box.frame])
    return placed


def within(inner: Placed | PlacedFrame, outer: PlacedFrame) -> bool:
    """Whether one stands inside the other."""
    across = abs(inner.x - outer.x) <= (outer.width - inner.width) / 2 + 1e-6
    return across and abs(inner.y - outer.y) <= (outer.height - inner.height) / 2 + 1e-6


def check_route(route: Route, placed: Layout) -> None:
    """An edge goes down from its source to its target, and where it goes straight, under no box."""
    source, target = placed.boxes[route.edge.source], placed.boxes[route.edge.target]
    assert route.points[0] == (source.x, source.y + source.height / 2)
    x, y = route.points[-1]
    assert y == target.y - target.height / 2
    assert abs(x - target.x) < target.width / 2
    for (x0, y0), (x1, y1) in itertools.pairwise(route.points):
        assert y0 <= y1 + 1e-6
        if x0 == x1:
            assert not [p for p in placed.boxes.values() if crosses(x0, y0, y1, p)]


def crosses(x: float, top: float, bottom: float, p: Placed) -> bool:
    """Whether a line straight down runs under a box."""
    return (
        abs(x - p.x) < p.width / 2
        and top < p.y + p.height / 2 - 1e-6
        and bottom > p.y - p.height / 2 + 1e-6
    )


EVERY = {**ALL, **PROGRAMS}


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_the_boxes_of_a_graph_are_apart_and_edges_go_down(make: Callable[[], Graph]) -> None:
    check(scene(make()))


def test_many_boxes_stand_in_rows_that_fit_a_page() -> None:
    boxes = tuple(Box(str(i), "sin", ("f64[3]",), "op") for i in range(42))
    edges = [Edge("0", str(i)) for i in range(1, 41)] + [Edge(str(i), "41") for i in range(1, 41)]
    placed = check(Scene("wide", boxes, tuple(edges)))
    rows = Counter(p.y for p in placed.boxes.values())
    assert max(rows.values()) == ABREAST
    assert len(rows) == 2 + -(-40 // ABREAST)


@given(st.integers(0, 10_000))
@settings(max_examples=40)
def test_any_scene_is_laid_out_by_the_rules(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.randrange(0, 25)
    frames, inside = frames_of(rng, count)
    boxes = tuple(
        Box(str(i), "t" * rng.randrange(1, 30), ("l",) * rng.randrange(4), "op", frame=inside[i])
        for i in range(count)
    )
    edges = {(rng.randrange(i), i) for i in range(1, count) for _ in range(rng.randrange(3))}
    check(Scene("any", boxes, tuple(Edge(str(a), str(b)) for a, b in sorted(edges)), frames))


def frames_of(rng: random.Random, count: int) -> tuple[tuple[Frame, ...], list[str]]:
    """Frames around stretches of boxes, and in one another; the frame of each box."""
    frames: list[Frame] = []
    inside = [""] * count

    def frame(start: int, end: int, around: str) -> None:
        id = f"f{len(frames)}"
        frames.append(Frame(id, "frame" * rng.randrange(1, 9), "function", around))
        inside[start:end] = [id] * (end - start)
        if end - start > 2:
            a, b = sorted(rng.sample(range(start, end + 1), 2))
            frame(a, b, id)

    for _ in range(rng.randrange(3)):
        start = rng.randrange(count + 1)
        if all(not inside[i] for i in range(start, min(start + 6, count))):
            frame(start, min(start + 6, count), "")
    return tuple(frames), inside


def test_a_graph_without_nodes_has_a_layout() -> None:
    assert layout(Scene("empty", (), ())).width > 0
    assert layout(Scene("empty", (), (), (Frame("f", "nothing", "function"),))).frames["f"].width


def test_a_long_text_is_shortened_by_what_it_takes_on_the_screen() -> None:
    assert fitted("x" * 1_000) == "x" * 39 + "\u2026"
    assert fitted("\u6f22" * 30) == "\u6f22" * 19 + " \u2026"  # each is two characters wide


def test_a_scene_that_cannot_be_laid_out_is_refused() -> None:
    a, b = Box("a", "a", (), "op"), Box("b", "b", (), "op")
    for scene_, words in (
        (Scene("s", (a, b), (Edge("b", "a"),)), "an edge goes back from 'b' to 'a'"),
        (Scene("s", (a,), (Edge("a", "c"),)), "ends at 'c'"),
        (Scene("s", (a, a), ()), "two boxes of the scene have one id"),
        (Scene("s", (replace(a, frame="f"),), ()), "stands in 'f'"),
    ):
        with pytest.raises(gl.ArgumentError, match=words):
            layout(scene_)


def test_rank_and_order_say_where_a_box_stands_in_its_frame() -> None:
    placed = layout(scene(PROGRAMS["mlp"]()))
    for a, b in itertools.permutations(placed.boxes.values(), 2):
        if a.box.frame == b.box.frame:
            assert (a.rank < b.rank) <= (a.y < b.y)
            assert (a.rank == b.rank and a.order < b.order) <= (a.x < b.x)
