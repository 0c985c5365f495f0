"""A scene has a box for everything in a graph, and an edge for every use."""

from collections.abc import Callable

import pytest

from gradloom.ir.graph import Graph, Value
from gradloom.viz.scene import scene
from tests.viz.pictured import ALL, backward, looped, small


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_every_parameter_node_and_result_has_a_box(make: Callable[[], Graph]) -> None:
    graph = make()
    boxes = scene(graph).boxes
    assert len({box.id for box in boxes}) == len(boxes)
    assert len(boxes) == len(graph.parameters) + len(graph.nodes) + len(graph.results)
    assert [b.title for b in boxes if b.id[0] == "n"] == [node.op.name for node in graph]


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_there_is_one_edge_per_value_that_a_node_takes(make: Callable[[], Graph]) -> None:
    graph = make()
    uses = sum(len({x for x in n.operands if isinstance(x, Value)}) for n in graph)
    results = sum(isinstance(x, Value) for x in graph.results)
    found = scene(graph)
    assert len(found.edges) == uses + results
    ids = {box.id for box in found.boxes}
    assert {end for edge in found.edges for end in (edge.source, edge.target)} <= ids


def test_a_box_tells_types_literals_and_the_line() -> None:
    power = next(box for box in scene(small()).boxes if box.title == "power")
    assert power.lines == ("f32[batch,2]", "with 2.0")
    assert "pictured.py" in power.tip
    assert "np.tanh(x @ w) ** 2" in power.tip


def test_derivatives_inputs_and_results_are_told_apart() -> None:
    kinds = {box.kind for box in scene(backward()).boxes}
    assert kinds == {"input", "op", "derivative", "output"}
    assert {box.title for box in scene(backward()).boxes if box.kind == "output"} == {
        "result 0",
        "result 1",
    }


def test_a_node_with_a_region_counts_its_ops() -> None:
    (loop,) = [box for box in scene(looped()).boxes if box.kind == "region"]
    assert loop.title == "scan"
    assert any(line.endswith(": 2 ops") for line in loop.lines)
