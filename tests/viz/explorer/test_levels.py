"""Rows and order of closed groups."""

import pytest

from gradloom.ir.graph import Graph
from gradloom.viz.explorer.levels import levels, wires
from gradloom.viz.groups import Group, grouped
from tests.viz.explorer.explored import history, long, looped


def told(graph: Graph) -> tuple[Group, dict[str, dict[str, tuple[int, float]]]]:
    tree = grouped(graph)
    ids = [group.id for group in tree.walk()] + list(tree.leaves())
    found = levels(tree, wires(graph), {id: (id, "line") for id in ids})
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


def test_wires_are_the_values_of_the_graph_and_of_its_regions() -> None:
    found = wires(looped())
    assert ("p0", "n0") in found
    assert ("n0", "r0") in found
    assert any(a.startswith("n0.0.p") and b.startswith("n0.0.") for a, b in found)
    assert len(set(found)) == len(found)
