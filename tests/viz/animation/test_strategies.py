"""Strategies: what is busy when, and that no dot ever jumps, least of all where the film begins
anew.
"""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.viz import (
    AggregationStrategy,
    AllReduceStrategy,
    EdgeDescriptor,
    GossipStrategy,
    ParameterServerStrategy,
    Particle,
)
from gradloom.viz.animation.classic import everyone

MADE: dict[str, Callable[[], AggregationStrategy]] = {
    "allreduce": AllReduceStrategy, "gossip": GossipStrategy, "server": ParameterServerStrategy,
}  # fmt: skip
TOTAL = 240


def edges() -> list[EdgeDescriptor]:
    return everyone(5, AllReduceStrategy()).edge_descriptors()


@pytest.mark.parametrize("name", MADE)
def test_ours_are_strategies(name: str) -> None:
    strategy = MADE[name]()
    assert isinstance(strategy, AggregationStrategy)
    assert strategy.title
    assert strategy.subtitle


@pytest.mark.parametrize("name", MADE)
def test_the_frame_after_the_last_is_the_first(name: str) -> None:
    strategy = MADE[name]()
    for frame in (0, 7):
        again = frame + TOTAL
        assert strategy.get_particles(edges(), frame, TOTAL) == strategy.get_particles(
            edges(), again, TOTAL
        )
        assert strategy.get_phase_text(frame, TOTAL) == strategy.get_phase_text(again, TOTAL)


def moved(before: list[Particle], after: list[Particle]) -> float:
    """The farthest that any dot that can be seen is from the nearest one of its edge before."""
    ends = [e.bezier_fn(t) for e in edges() for t in (0, 1)]
    seen = [a for a in after if min(math.dist((a.x, a.y), end) for end in ends) > 34]
    return max(
        min(math.dist((a.x, a.y), (b.x, b.y)) for b in before if b.color == a.color) for a in seen
    )


@pytest.mark.parametrize("strategy", [AllReduceStrategy(), ParameterServerStrategy()])
def test_no_dot_jumps_not_even_where_the_film_begins_anew(strategy: AggregationStrategy) -> None:
    shown = [strategy.get_particles(edges(), i, TOTAL) for i in range(TOTAL)]
    steps = [moved(shown[i - 1], shown[i]) for i in range(TOTAL)]  # the first is the seam
    # An edge is some 500 pixels long and is passed in 0.45 of the frames, 1.5 times as fast midway.
    assert max(steps) < 2.5 * 500 / (0.45 * TOTAL)
    assert max(steps) > 0


def test_gossips_dots_begin_and_end_inside_nodes() -> None:
    strategy = GossipStrategy()
    ends = [e.bezier_fn(t) for e in edges() for t in (0, 1)]
    for frame in (0, TOTAL // 5 - 1, TOTAL // 5, TOTAL - 1):
        for p in strategy.get_particles(edges(), frame, TOTAL):
            assert min(math.dist((p.x, p.y), end) for end in ends) < 34


def test_the_phases_are_these() -> None:
    for strategy, texts in (
        (AllReduceStrategy(), ["ReduceScatter", "Synchronize", "AllGather"]),
        (ParameterServerStrategy(), ["Push ∇L → PS", "Aggregate", "Pull θ ← PS"]),
    ):
        shown = [strategy.get_phase_text(i, 100) for i in (0, 44, 45, 54, 55, 99)]
        assert shown == [f"Phase: {t}" for t in texts for _ in (0, 1)]


def test_all_reduce_sends_both_ways_as_many_dots_as_the_weight_says() -> None:
    for edge in edges():
        dots = AllReduceStrategy().get_particles([edge], 3, 100)
        assert len(dots) == 2 * max(2, int(edge.weight * 4))
        assert {(d.color, d.shape) for d in dots} == {(edge.style.color, edge.style.shape)}


def test_dots_rest_while_the_server_aggregates() -> None:
    strategy = ParameterServerStrategy()
    assert strategy.get_particles(edges(), 46, 100) == strategy.get_particles(edges(), 53, 100)
    assert strategy.get_particles(edges(), 20, 100) != strategy.get_particles(edges(), 21, 100)


def test_only_the_servers_edges_are_busy() -> None:
    strategy = ParameterServerStrategy(2)
    assert strategy.get_edge_alpha(2, 4, 0, 10) == strategy.get_edge_alpha(0, 2, 0, 10) == 1.0
    assert strategy.get_edge_alpha(0, 1, 0, 10) < 0.2
    shown = strategy.get_particles(edges(), 0, 10)
    assert {d.color for d in shown} == {e.style.color for e in edges() if 2 in e.key}


@given(st.integers(1, 20), st.integers(0, 6), st.integers(0, 99), st.data())
def test_gossip_stays_on_edges_that_are_there(
    n: int, rounds: int, seed: int, data: st.DataObject
) -> None:
    node = st.integers(0, n - 1)
    pairs = data.draw(st.lists(st.tuples(node, node).filter(lambda e: e[0] != e[1]), max_size=30))
    strategy = GossipStrategy(n, rounds, seed, pairs)
    there = {(min(e), max(e)) for e in pairs}
    for frame in range(0, 60, 7):
        for a in range(n):
            for b in range(a + 1, n):
                if strategy.get_edge_alpha(a, b, frame, 60) == 1.0:
                    assert (a, b) in there


def test_gossip_is_the_same_for_the_same_seed() -> None:
    def busy(seed: int) -> list[float]:
        strategy = GossipStrategy(seed=seed)
        pairs = [(a, b) for a in range(5) for b in range(a)]
        return [strategy.get_edge_alpha(a, b, i, 5) for i in range(5) for a, b in pairs]

    assert busy(42) == busy(42) != busy(7)


@pytest.mark.parametrize(("n", "rounds"), [(1, 5), (2, 5), (5, 0), (5, 1)])
def test_gossip_of_few_nodes_or_rounds_is_no_error(n: int, rounds: int) -> None:
    strategy = GossipStrategy(n, rounds)
    assert strategy.get_phase_text(0, 10)
    assert (strategy.get_particles(edges(), 3, 10) == []) == (rounds == 0 or n == 1)


def test_gossip_of_no_nodes_says_so() -> None:
    with pytest.raises(gl.ArgumentError, match="0 nodes"):
        GossipStrategy(0)


def test_a_graph_gives_gossip_its_edges_unless_it_has_its_own() -> None:
    open_one, own = GossipStrategy(3), GossipStrategy(3, edges=[(0, 1)])
    assert open_one.on([(1, 2)]).get_edge_alpha(1, 2, 0, 5) == 1.0
    assert own.on([(1, 2)]) is own
