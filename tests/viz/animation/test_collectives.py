"""Schedules as data: after each every worker holds the sum, the bytes are those of the formula, and
nothing is sent before it is there.
"""

import math
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.viz import Network, Schedule, Transfer
from gradloom.viz.animation import gossip, hierarchical, parameter_server, replay, ring, tree
from gradloom.viz.animation.collectives import PLANS
from gradloom.viz.animation.replays import drawn_gradients, normed
from gradloom.viz.animation.schedule import shard_sizes

EXACT = ["ring", "tree", "hierarchical", "parameter-server"]
workers = st.integers(1, 20)
networks = st.builds(
    Network,
    st.floats(1e3, 1e12),
    st.floats(0, 1e-2),
    st.dictionaries(
        st.tuples(st.integers(0, 19), st.integers(0, 19)),
        st.tuples(st.floats(1e3, 1e12), st.floats(0, 1.0)),
        max_size=6,
    ),
)


@st.composite
def schedules(draw: st.DrawFn, names: tuple[str, ...] = tuple(PLANS)) -> Schedule:
    n = draw(workers)
    late = draw(st.dictionaries(st.integers(0, n - 1), st.floats(0.1, 50), max_size=3))
    return PLANS[draw(st.sampled_from(names))](
        n, draw(st.integers(0, 10**9)), network=draw(networks), stragglers=late,
        seed=draw(st.integers(0, 5)),
    )  # fmt: skip


@given(schedules(tuple(EXACT)), st.integers(0, 9))
def test_every_worker_holds_the_sum_in_the_end(schedule: Schedule, seed: int) -> None:
    gradients = drawn_gradients(schedule, seed)
    held = replay(schedule, gradients).held
    np.testing.assert_allclose(held, np.tile(gradients.sum(0), (len(held), 1)), atol=1e-9)


@given(schedules(("gossip",)), st.integers(0, 9))
def test_gossip_keeps_the_mean_and_draws_nearer(schedule: Schedule, seed: int) -> None:
    gradients = drawn_gradients(schedule, seed)
    held = replay(schedule, gradients).held
    np.testing.assert_allclose(held.mean(0), gradients.mean(0), atol=1e-9)
    assert held.var(0).sum() <= gradients.var(0).sum() + 1e-9


@pytest.mark.parametrize("n", [1, 2, 3, 7, 16, 64])
@pytest.mark.parametrize("size", [0, 1, 1000, 25 * 2**20])
def test_the_bytes_are_those_of_the_formula(n: int, size: int) -> None:
    for plan in (ring, tree, hierarchical):
        assert plan(n, size).bytes == 2 * (n - 1) * size
    assert parameter_server(n, size).bytes == 2 * n * size


@pytest.mark.parametrize("n", [2, 3, 8, 64])
def test_a_step_of_a_ring_moves_an_nth_from_each_worker_to_the_next(n: int) -> None:
    schedule = ring(n, 1000 * n)
    steps = defaultdict(list)
    for t in schedule.transfers:
        steps[t.step].append(t)
    assert sorted(steps) == list(range(2 * (n - 1)))
    for step, transfers in steps.items():
        assert {t.bytes for t in transfers} == {1000}
        assert Counter(t.src for t in transfers) == Counter(range(n))
        assert all(t.dst == (t.src + 1) % n for t in transfers)
        assert len({t.shard for t in transfers}) == n
        assert {t.phase for t in transfers} == {"reduce-scatter" if step < n - 1 else "all-gather"}


@given(schedules())
def test_a_node_sends_one_transfer_at_a_time_and_receives_one(schedule: Schedule) -> None:
    for end in ("src", "dst"):
        lanes = defaultdict(list)
        for t in schedule.transfers:
            lanes[getattr(t, end)].append((t.start, t.end))
        for lane in lanes.values():
            lane.sort()
            assert all(a[1] <= b[0] for a, b in pairwise(lane))


@given(schedules())
def test_what_nodes_do_has_no_gaps_and_agrees_with_the_transfers(schedule: Schedule) -> None:
    for node in range(len(schedule.nodes)):
        spans = [s for s in schedule.spans if s.node == node]
        assert all(a.end == b.start for a, b in pairwise(spans))
        if spans:
            assert (spans[0].start, spans[-1].end) == (0.0, schedule.duration)
        for span in spans:
            now = span.start
            out = any(t.src == node and t.start <= now < t.end for t in schedule.transfers)
            into = any(t.dst == node and t.start <= now < t.end for t in schedule.transfers)
            assert (out or into) == (span.state in ("send", "receive", "exchange"))


def test_time_is_latency_and_bytes_by_bandwidth_link_by_link() -> None:
    net = Network(1000.0, 0.5, {(1, 0): (100.0, 2.0)})
    (a, b) = sorted(
        gossip(2, 1000, rounds=1, network=net, compute=[0, 0]).transfers, key=lambda t: t.src
    )
    assert (a.seconds, b.seconds) == (12.0, 12.0)
    schedule = ring(3, 300, network=Network(100.0, 0.0), compute=[0.0, 0.0, 0.0])
    assert schedule.duration == pytest.approx(4 * 1.0)


def test_a_slow_link_slows_the_whole_ring() -> None:
    fast = ring(4, 4000, network=Network(1000.0, 0.0), compute=[0.0] * 4)
    slow = ring(4, 4000, network=Network(1000.0, 0.0, {(2, 3): (100.0, 0.0)}), compute=[0.0] * 4)
    assert fast.duration == pytest.approx(6 * 1.0)
    # After the first step, worker 2 has what it needs before its slow link is free again.
    assert slow.duration >= 6 * 10.0 - 1e-9


def test_a_server_takes_the_gradients_in_the_order_in_which_they_are_ready() -> None:
    schedule = parameter_server(3, 100, compute=[3.0, 1.0, 2.0], network=Network(100.0, 0.0))
    pushes = [t for t in schedule.transfers if t.phase == "push"]
    assert [(t.src, t.start) for t in pushes] == [(2, 1.0), (3, 2.0), (1, 3.0)]
    assert all(t.start >= 4.0 for t in schedule.transfers if t.phase == "pull")


def test_a_straggler_is_seen_and_the_others_wait() -> None:
    schedule = ring(4, stragglers={2: 5.0})
    late = {s.node for s in schedule.spans if s.state == "straggle"}
    assert late == {2}
    assert any(s.state == "wait" and s.node == 3 for s in schedule.spans)


def test_gossip_stays_on_the_edges_it_is_given() -> None:
    edges = [(0, 1), (1, 2), (4, 2)]
    schedule = gossip(5, 10, rounds=20, edges=edges)
    assert {tuple(sorted((t.src, t.dst))) for t in schedule.transfers} <= {(0, 1), (1, 2), (2, 4)}
    assert schedule.pairs == ((0, 1), (1, 2), (2, 4))


def test_groups_meet_through_their_leaders_alone() -> None:
    schedule = hierarchical(10, group=4)
    assert schedule.leaders == {0, 4, 8}
    for t in schedule.transfers:
        same = schedule.groups[t.src] == schedule.groups[t.dst]
        assert same or {t.src, t.dst} <= schedule.leaders


def test_norms_are_those_of_what_is_moved() -> None:
    gradients = np.arange(8.0).reshape(2, 4)
    schedule = normed(ring(2), gradients)
    first = [t for t in schedule.transfers if t.step == 0]
    for t in first:
        part = gradients[t.src, :2] if t.shard == 0 else gradients[t.src, 2:]
        assert t.norm == pytest.approx(np.linalg.norm(part))
    last = [t for t in schedule.transfers if t.step == 1]
    sums = gradients.sum(0)
    assert [t.norm for t in last] == pytest.approx(
        [np.linalg.norm(sums[:2] if t.shard == 0 else sums[2:]) for t in last]
    )


def test_the_same_seed_gives_the_same_schedule() -> None:
    for plan in PLANS.values():
        assert plan(6, seed=3) == plan(6, seed=3)
        assert plan(6, seed=3) != plan(6, seed=4)


WRONG: list[tuple[Any, str]] = [
    (lambda: ring(0), "0 workers"),
    (lambda: ring(65), "65 workers"),
    (lambda: tree(3, chunks=0), "0 chunks"),
    (lambda: hierarchical(4, group=9), "groups of 9 among 4"),
    (lambda: gossip(3, rounds=-1), "-1 rounds"),
    (lambda: gossip(3, edges=[(0, 3)]), "worker 0 to 3"),
    (lambda: gossip(3, edges=[(1, 1)]), "worker 1 to 1"),
    (lambda: ring(3, -1), "-1 bytes"),
    (lambda: ring(3, compute=[1.0]), "1 times for 3"),
    (lambda: ring(2, compute=[1.0, math.nan]), "nan"),
    (lambda: ring(2, stragglers={5: 2.0}), "worker 5"),
    (lambda: Network(0.0), "0.0 bytes/s"),
    (lambda: Network(links={(0, 1): (1.0, math.inf)}), "latency of inf"),
    (lambda: Schedule("s", ("a",), (Transfer(0, 1, 1, 0.0, 1.0),)), "node 0 to 1"),
    (lambda: Schedule("s", ("a",), (Transfer(0, 0, 1, 2.0, 1.0),)), "from 2.0 s to 1.0 s"),
    (lambda: Schedule("s", ("a",), (Transfer(0, 0, 1, 0.0, math.nan),)), "to nan s"),
]


@pytest.mark.parametrize(("make", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_cannot_be_planned_says_so(make: Any, told: str) -> None:
    with pytest.raises(gl.ArgumentError, match=told) as raised:
        make()
    assert raised.value.hint


def test_gradients_of_another_shape_say_so() -> None:
    with pytest.raises(gl.ShapeError, match="3 nodes"):
        replay(ring(3), np.ones((2, 4)))


@given(st.integers(0, 10**12), st.integers(1, 64))
def test_shards_are_as_even_as_they_can_be(size: int, shards: int) -> None:
    sizes = shard_sizes(size, shards)
    assert sum(sizes) == size
    assert max(sizes) - min(sizes) <= 1
