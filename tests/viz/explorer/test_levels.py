"""Rows and order of closed groups."""

import pytest

from gradloom.ir.graph import Graph
from gradloom.viz.explorer.levels import levels
from gradloom.viz.groups import Group, grouped
from gradloom.viz.uses import flows
from tests.viz.explorer.explored import history, long, looped


def wires(graph: Graph) -> list[tuple[str, str]]:
    """Every use of a value."""
    return [(flow.source, flow.target) for flow in flows(graph)]


def told(graph: Graph) -> tuple[Group, dict[str, dict[str, tuple[int, float]]]]:
    tree = grouped(graph)
    ids = [group.id for group in tree.walk()] + list(tree.leaves())
    found = levels(tree, wires(graph), dict.fromkeys(ids, 80.0))
    return tree, {level.id: {i.id: (i.row, i.x) for i in level.items} for level in found}


@pytest.mark.parametrize("graph", [history(), looped(), long(600)], ids=["loss", "loop", "long"])
def test_every_item_has_its_place_and_sources_stand_above(graph: Graph) -> None:
    tree, placed = told(graph)
    around: dict[str, str] = {}
    for group in tree.walk():
        ids = [x if isinstance(x, str) else x.id for x in group.items]
        assert list(placed[group.id]) == ids
        assert len(set(placed[group.id].values())) == len(ids)
        around |= dict.fromkeys(ids, group.id)
    for source, target in wires(graph):
        if around[source] == around[target]:
            level = placed[around[source]]
            assert level[source][0] < level[target][0]


def test_what_goes_past_a_row_has_a_place_in_it() -> None:
    tree = grouped(history())
    ids = [group.id for group in tree.walk()] + list(tree.leaves())
    for level in levels(tree, wires(history()), dict.fromkeys(ids, 80.0)):
        rows = {item.row for item in level.items}
        for item in level.items:
            assert [row for row, _ in item.past] == sorted(row for row, _ in item.past)
            assert all(item.row < row <= max(rows) for row, _ in item.past)


def test_groups_that_look_the_same_are_placed_the_same() -> None:
    _, placed = told(long(600))
    shapes = {tuple(places.values()) for places in placed.values()}
    assert len(shapes) < len(placed)
