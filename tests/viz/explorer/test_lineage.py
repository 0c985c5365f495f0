"""Which nodes a step kept."""

from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.specialize import copied
from gradloom.viz.explorer.lineage import kept, lineages
from tests.viz.explorer.explored import history, long, looped


def test_a_copy_of_a_graph_has_all_its_nodes() -> None:
    for graph in (history(), looped()):
        same = kept(graph, copied(graph))
        assert all(new == old for new, old in same.items())
        assert "n0" in same
    assert "n0.0.0" in kept(looped(), copied(looped()))


def test_what_a_step_drops_and_makes_is_told() -> None:
    graph = history()
    first, last = graph.history[0].graph, graph.history[-1].graph
    same = kept(first, last)
    ops_gone = {first.nodes[int(i[1:])].op.name for i in _ids(first) - set(same.values())}
    ops_new = {last.nodes[int(i[1:])].op.name for i in _ids(last) - set(same)}
    assert "power" in ops_gone
    assert ops_new == {"square"}


def test_a_number_goes_through_the_whole_history() -> None:
    graphs = [entry.graph for entry in history().history]
    numbers = lineages(graphs)
    assert len(numbers) == len(graphs)
    for graph, found in zip(graphs, numbers, strict=True):
        assert len(set(found.values())) == len(found) == len(graph.nodes)
    assert set(numbers[0].values()) & set(numbers[-1].values())


@settings(max_examples=20, deadline=None)
@given(st.integers(3, 60))
def test_matching_is_one_to_one(count: int) -> None:
    graph = long(count)
    other = gl.optimize(graph, "simplify,cse,dce")
    same = kept(graph, other)
    assert len(set(same.values())) == len(same)
    assert set(same) <= _ids(other)
    assert set(same.values()) <= _ids(graph)


def _ids(graph: gl.Graph) -> set[str]:
    return {f"n{i}" for i in range(len(graph.nodes))}
