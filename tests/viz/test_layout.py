"""A layout keeps boxes apart, and lets every edge go down."""

import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.ir.graph import Graph
from gradloom.viz.layout import Layout, layout
from gradloom.viz.scene import Box, Edge, Scene, scene
from tests.viz.pictured import ALL, wide


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
    return placed


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_the_boxes_of_a_graph_are_apart_and_edges_go_down(make: Callable[[], Graph]) -> None:
    check(scene(make()))


def test_many_boxes_in_a_layer_stand_beside_each_other() -> None:
    placed = check(scene(wide(40)))
    rows = {p.y for p in placed.boxes.values() if p.box.title == "sin"}
    assert len(rows) == 1


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_any_scene_is_laid_out_by_the_rules(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.randrange(0, 25)
    boxes = tuple(
        Box(str(i), "t" * rng.randrange(1, 30), ("l",) * rng.randrange(4), "op")
        for i in range(count)
    )
    edges = {(rng.randrange(i), i) for i in range(1, count) for _ in range(rng.randrange(3))}
    check(Scene("any", boxes, tuple(Edge(str(a), str(b)) for a, b in sorted(edges))))


def test_a_graph_without_nodes_has_a_layout() -> None:
    assert layout(Scene("empty", (), ())).width > 0
