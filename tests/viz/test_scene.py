"""A scene has a box for everything in a graph that no closed group holds, and an edge for every
use.
"""

from collections.abc import Callable

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.graph import Graph, Value
from gradloom.viz.groups import grouped
from gradloom.viz.scene import scene
from tests.viz.pictured import ALL, backward, looped, small, unrolled
from tests.viz.programs import PROGRAMS

EVERY = {**ALL, **PROGRAMS}


def closed(graph: Graph) -> list[str]:
    """The groups to open so that every outermost node is a box."""
    return [group.id for group in grouped(graph).walk() if group.id[0] == "g"]


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_every_parameter_node_and_result_has_a_box(make: Callable[[], Graph]) -> None:
    graph = make()
    boxes = scene(graph, closed(graph)).boxes
    assert len({box.id for box in boxes}) == len(boxes)
    assert len(boxes) == len(graph.parameters) + len(graph.nodes) + len(graph.results)
    assert [b.title for b in boxes if b.id[0] == "n"] == [node.op.name for node in graph]


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_there_is_one_edge_per_value_that_a_node_takes(make: Callable[[], Graph]) -> None:
    graph = make()
    uses = sum(len({x for x in n.operands if isinstance(x, Value)}) for n in graph)
    results = sum(isinstance(x, Value) for x in graph.results)
    found = scene(graph, closed(graph))
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
    (loop,) = [box for box in scene(looped(), ()).boxes if box.kind == "region"]
    assert loop.title == "scan"
    assert any(line.endswith(": 2 ops") for line in loop.lines)


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("most", [1, 40, 300])
def test_what_a_closed_group_says_is_the_sum_of_what_is_in_it(
    make: Callable[[], Graph], most: int
) -> None:
    graph = make()
    found = scene(graph, most=most)
    tops = [box for box in found.boxes if box.frame == ""]
    frames = [frame for frame in found.frames if frame.frame == ""]
    total = graph.cost()
    ops = [part for part in (*tops, *frames) if part.id[0] in "gn"]
    assert sum(part.flops for part in ops) == total.flops
    assert sum(part.bytes for part in ops) == total.bytes


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_edges_go_forward_between_boxes_that_are_there(make: Callable[[], Graph]) -> None:
    found = scene(make())
    place = {box.id: i for i, box in enumerate(found.boxes)}
    for edge in found.edges:
        assert place[edge.source] < place[edge.target]
        assert edge.count >= 1
        assert edge.bytes > 0


def test_an_edge_between_groups_sums_the_values_that_go_there() -> None:
    found = scene(backward(), ())
    (between,) = [edge for edge in found.edges if edge.source == "g1" and edge.target == "g2"]
    assert (between.count, between.label) == (2, "2 values")
    assert between.bytes == 2 * 5 * 2 * 8


def test_a_closed_group_tells_its_ops_and_an_open_one_stands_around_them() -> None:
    whole = scene(backward(), ())
    (forward, back) = [box for box in whole.boxes if box.group]
    assert (forward.title, forward.kind) == ("loss", "group")
    assert forward.lines[0] == "7 ops"
    assert (back.title, back.kind) == ("backward of loss", "derivative")
    half = scene(backward(), ["g1"])
    assert [frame.id for frame in half.frames] == ["g1"]
    assert [box.frame for box in half.boxes if box.id[0] == "n"] == ["g1"] * 7


def test_the_predicate_of_an_open_cond_goes_to_a_box_of_its_own() -> None:
    found = scene(PROGRAMS["choice"]())
    (head,) = [box for box in found.boxes if box.id == "n2.op"]
    assert (head.title, head.frame) == ("cond", "n2")
    assert [(e.source, e.target) for e in found.edges if e.target == "n2.op"] == [("n1", "n2.op")]


def test_fifty_thousand_nodes_are_few_boxes() -> None:
    found = scene(unrolled(25_000))
    assert len(found.boxes) == 3
    assert found.boxes[1].count == 50_000


def test_a_graph_that_returns_nothing_or_a_literal_or_its_input_has_a_scene() -> None:
    assert scene(Graph((), (), ())).boxes == ()
    given = gl.trace(lambda x: (x, 2.0 * np.ones(())), 1.0)
    assert [box.title for box in scene(given).boxes][-2:] == ["result 0", "result 1"]


def test_an_id_that_no_group_has_is_refused() -> None:
    with pytest.raises(gl.ArgumentError, match="there is no group 'g99' in loss"):
        scene(small(), ["g99"])


def test_the_tip_of_a_node_tells_its_line_its_attributes_and_its_cost() -> None:
    total = next(box for box in scene(small()).boxes if box.title == "sum")
    assert "np.sum(" in total.tip
    assert "axes=(0, 1)" in total.tip
    assert "FLOP" in total.tip
