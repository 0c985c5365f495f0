"""What a group weighs is what its nodes weigh."""

import pytest

from gradloom.ir.graph import Graph
from gradloom.viz.groups import grouped
from gradloom.viz.uses import ends_by_id, nodes_by_id
from gradloom.viz.weights import Weight, cost_words, count_words, is_input, weights
from tests.viz.pictured import backward, looped


def weighed(graph: Graph) -> dict[str, Weight]:
    """The weight of every group of a graph."""
    return weights(grouped(graph), nodes_by_id(graph), ends_by_id(graph))


def test_the_whole_weighs_what_the_graph_costs() -> None:
    for graph in (backward(), looped()):
        whole, cost = weighed(graph)["g0"], graph.cost()
        assert (whole.flops, whole.bytes) == (cost.flops, cost.bytes)


def test_a_loop_weighs_all_of_its_turns() -> None:
    loop = weighed(looped())["n2"]
    assert loop.flops == 4 * sum(node.flops for node in one_turn())
    assert loop.count == 2


def one_turn() -> list[Weight]:
    """The weight of each node of the loop's body."""
    body = next(node for node in looped().nodes if node.regions).regions[0]
    found = []
    for node in body.nodes:
        weight = Weight()
        weight.add_node(node)
        found.append(weight)
    return found


def test_a_group_tells_its_commonest_ops() -> None:
    told = weighed(backward())["g1"]
    assert told.told.startswith("2 multiply, 1 matmul")
    assert told.kind == "group"
    assert weighed(backward())["g2"].kind == "derivative"


@pytest.mark.parametrize(
    ("id", "input"), [("p0", True), ("n1.0.p2", True), ("n1", False), ("n1.0.r0", False)]
)
def test_a_parameter_is_told_by_its_id(id: str, input: bool) -> None:
    assert is_input(id) is input


def test_words_for_counts_and_costs() -> None:
    assert [count_words(n, "box") for n in (0, 1, 2)] == ["0 boxes", "1 box", "2 boxes"]
    assert cost_words(1_234, 0) == ["1.23 kFLOP"]
    assert cost_words(0, 5) == ["5 B"]
