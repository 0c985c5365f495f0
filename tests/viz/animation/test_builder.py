"""Graphs as they are built, and fitted into pictures."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.viz import GraphBuilder, Theme
from gradloom.viz.animation import CurvedEdge, Graph, Node
from gradloom.viz.animation.builder import AdjacencyMatrix

FULL = [[1.0] * 5 for _ in range(5)]


def test_a_ring_begins_at_12_o_clock_and_goes_clockwise() -> None:
    a, b, c, d = GraphBuilder().with_ring_layout(4, (100, 100), 50).build().nodes
    assert [node.label for node in (a, b, c, d)] == ["W0", "W1", "W2", "W3"]
    assert (a.x, a.y) == pytest.approx((100, 50))
    assert (b.x, b.y) == pytest.approx((150, 100))
    assert (c.x, c.y) == pytest.approx((100, 150))
    assert (d.x, d.y) == pytest.approx((50, 100))


def test_every_step_gives_the_builder_and_the_graph_has_them_all() -> None:
    graph = (
        GraphBuilder(Theme.light())
        .with_custom_positions([(0, 0, "a"), (10, 0, "b"), (0, 10, "c")])
        .with_edges_from_matrix([[0, 1, 0], [0, 0, 0.5], [0, 0, 0]], (5, 5))
        .mark_leaders({2})
        .relabel({0: "first"})
        .build()
    )
    assert [(n.label, n.is_leader, n.radius) for n in graph.nodes] == [
        ("first", False, 34), ("b", False, 34), ("c", True, 42),
    ]  # fmt: skip
    assert [(e.key, e.weight) for e in graph.edges] == [((0, 1), 1.0), ((1, 2), 0.5)]
    assert graph.edges[1].style == Theme.light().edge_styles[1]


def test_an_edge_that_stands_below_the_diagonal_alone_is_an_edge() -> None:
    graph = GraphBuilder().with_adjacency_matrix([[0, 0], [0.7, 0]], (0, 0), 10).build()
    assert [(e.key, e.weight) for e in graph.edges] == [((0, 1), 0.7)]


def test_edges_bend_away_from_the_centre() -> None:
    graph = GraphBuilder().with_adjacency_matrix(FULL, (0, 0), 100, curvature=0.35).build()
    for edge in graph.edges:
        middle = (edge.src.x + edge.dst.x) / 2, (edge.src.y + edge.dst.y) / 2
        assert math.hypot(*edge.midpoint()) > math.hypot(*middle)
        assert edge.bezier_point(0) == pytest.approx((edge.src.x, edge.src.y))
        assert edge.bezier_points(8)[-1] == pytest.approx((edge.dst.x, edge.dst.y))
        assert edge.to_descriptor().bezier_fn(0.5) == edge.midpoint()


def test_an_edge_through_the_centre_bends_to_a_side() -> None:
    (edge,) = GraphBuilder().with_adjacency_matrix([[0, 1], [1, 0]], (0, 0), 10).build().edges
    assert math.hypot(*edge.midpoint()) > 1


WRONG: list[tuple[AdjacencyMatrix, str]] = [
    ([[0, 1]], "2 weights for 1 nodes"),
    ([[0, 1], [1]], "row 1 has 1 weights"),
    ([[0, float("nan")], [0, 0]], r"weight \(0, 1\) is nan"),
    ([], "ring of 0 nodes"),
]


@pytest.mark.parametrize(("matrix", "told"), WRONG)
def test_a_wrong_matrix_says_what_is_wrong(matrix: AdjacencyMatrix, told: str) -> None:
    with pytest.raises(gl.ArgumentError, match=told):
        GraphBuilder().with_adjacency_matrix(matrix, (0, 0), 10)


def test_wrong_nodes_say_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="without nodes"):
        GraphBuilder().build()
    with pytest.raises(gl.ArgumentError, match="no node 3 among 2"):
        GraphBuilder().with_ring_layout(2, (0, 0), 1).mark_leaders({3})
    with pytest.raises(gl.ArgumentError, match="1 labels for 2 nodes"):
        GraphBuilder().with_ring_layout(2, (0, 0), 1, labels=["a"])
    with pytest.raises(gl.ArgumentError, match=r"'b'.*inf"):
        GraphBuilder().with_custom_positions([(float("inf"), 0, "b")])


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    place = st.floats(-1e4, 1e4)
    places = draw(st.lists(st.tuples(place, place, st.just("w")), min_size=1, max_size=12))
    n = len(places)
    matrix = [[draw(st.sampled_from([0.0, 0.0, 0.5])) for _ in range(n)] for _ in range(n)]
    builder = GraphBuilder().with_custom_positions(places)
    return builder.with_edges_from_matrix(matrix, (0, 0)).build()


@given(graphs(), st.integers(60, 900), st.integers(60, 900))
def test_a_fitted_graph_is_inside_with_all_of_its_edges(
    graph: Graph, width: int, height: int
) -> None:
    fitted = graph.fitted(10, 20, width, height)
    points = [p for e in fitted.edges for p in e.bezier_points(12)]
    for x, y in [*points, *((n.x, n.y) for n in fitted.nodes)]:
        assert 9 <= x <= 11 + width
        assert 19 <= y <= 21 + height
    assert [n.label for n in fitted.nodes] == [n.label for n in graph.nodes]


def test_fitting_leaves_the_graph_as_it_was() -> None:
    a, b = Node(0, 0, 0, "a"), Node(1, 9, 9, "b")
    graph = Graph([a, b], [CurvedEdge(a, b, 1.0, Theme().edge_styles[0], 5, 5)])
    graph.fitted(100, 100, 50, 50)
    assert (a.x, b.x, a.radius) == (0, 9, 34)
