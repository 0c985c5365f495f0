"""Events become lanes, bars, marks and arrows, and nothing is left out unsaid."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.runtime.events import Event
from gradloom.viz.timelines.arranging import MOST_ROWS
from gradloom.viz.timelines.spans import Span
from tests.viz.timelines.runs import busy, moved, one_call, run, timeline


def test_each_process_has_its_lanes_and_a_worker_that_did_nothing_is_there() -> None:
    made = timeline(one_call())
    lanes = {
        o.name: [made.lanes[i].what for i in o.lanes] for o in made.owners
    }  # fmt: skip
    assert lanes == {
        "client-3": ["fetches", "receives"], "dispatcher": ["messages"],
        "worker-0": ["programs", "sends"], "worker-1": [],
    }  # fmt: skip


def test_a_program_is_one_bar_of_its_true_length_with_the_shares_of_its_ops() -> None:
    made = timeline([run(1.0, 3.0, number=5, detail="")])
    (bar,) = made.bars
    assert bar.span == Span(1.0, 3.0)
    assert bar.parts == (("matmul", 0.75), ("tanh", 0.25))
    assert made.kinds == ("matmul", "tanh")


def test_a_program_of_which_only_the_name_is_known_counts_as_its_dearest_op() -> None:
    (bar,) = timeline([run(0, 1, ops=())]).bars
    assert bar.parts == (("matmul", 1.0),)
    (bar,) = timeline([run(0, 1, ops=(), command="")]).bars
    assert bar.dearest == "unknown"


@pytest.mark.parametrize("share", [math.nan, -1.0, 0.0, math.inf, 7.0])
def test_shares_that_are_none_are_left_out(share: float) -> None:
    (bar,) = timeline([run(0, 1, ops=(("add", 0.5), ("odd", share)))]).bars
    assert bar.parts == (("add", 1.0),)


def test_the_window_begins_with_what_is_done_not_with_who_comes() -> None:
    made = timeline(one_call())
    assert made.window == Span(0.0, 10.0)
    assert made.whole == Span(-5.0, 10.0)
    assert any("2 events lie before" in note for note in made.notes)


def test_a_window_is_what_one_asks_for() -> None:
    made = timeline(one_call(), start=5.0, end=9.0)
    assert made.window == Span(5.0, 9.0)
    assert {b.event.kind for b in made.bars} == {"fetch", "run", "send"}
    with pytest.raises(gl.ArgumentError, match=r"begin at 9 s and end at 5 s"):
        timeline(one_call(), start=9.0, end=5.0)
    with pytest.raises(gl.ArgumentError, match="begin at nan"):
        timeline(one_call(), start=math.nan)


def test_workers_are_chosen_by_name() -> None:
    made = timeline(one_call(), workers=["worker-1"])
    assert [o.name for o in made.owners] == ["client-3", "dispatcher", "worker-1"]
    with pytest.raises(gl.ArgumentError, match="no worker 'nobody'") as raised:
        timeline(one_call(), workers=["nobody"])
    assert "worker-0, worker-1" in raised.value.hint


def test_workers_are_in_the_order_of_their_numbers() -> None:
    made = timeline([run(0, 1, f"worker-{i}") for i in (10, 9, 1, 0)])
    assert [o.name for o in made.owners] == ["worker-0", "worker-1", "worker-9", "worker-10"]


def test_the_ends_of_a_transfer_are_matched_by_their_flow_whatever_their_order() -> None:
    pairs = [moved(n, "worker-0", "worker-1", n, n + 0.5, n + 1) for n in range(20)]
    made = timeline([e for pair in pairs[::-1] for e in pair])
    assert len(made.arrows) == 20
    for n, arrow in enumerate(made.arrows):
        assert (arrow.left, arrow.arrived, arrow.bytes) == (n, n + 0.5, n + 1)
        assert arrow.is_whole
        assert not arrow.is_backward


def test_one_end_of_a_transfer_is_no_arrow_and_told() -> None:
    send, receive = moved(1, "worker-0", "worker-1", 0.0, 1.0, 5)
    for alone in (send, receive):
        made = timeline([alone])
        assert [x.is_whole for x in made.arrows] == [False]
        assert any("1 transfers are known from one end" in note for note in made.notes)


def test_a_transfer_that_arrives_before_it_leaves_is_told() -> None:
    made = timeline(moved(1, "worker-0", "worker-1", 1.0, 0.5, 5))
    assert [x.is_backward for x in made.arrows] == [True]
    assert any("1 transfers arrive before they leave" in note for note in made.notes)


def test_dropped_events_are_told() -> None:
    made = timeline([run(0, 1), Event("dropped", "worker", "worker-0", 0.5, 0.5, number=42)])
    assert made.dropped == 42
    assert any("42 events were dropped" in note for note in made.notes)


def test_coming_and_going_are_marks_of_those_who_do() -> None:
    events = one_call()
    lost = Event("lost", "dispatcher", "dispatcher", 9.0, 9.0, peer="worker-0", detail="silent")
    made = timeline([*events, lost])
    (mark,) = [m for m in made.marks if m.sign == "lost"]
    assert made.owners[mark.owner].name == "worker-0"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(0, 9)), min_size=1, max_size=40))
def test_bars_of_a_row_do_not_overlap_while_there_are_rows(
    spans: list[tuple[float, float]],
) -> None:
    made = timeline([run(a, a + long) for a, long in spans])
    (lane,) = made.lanes
    assert len(made.bars) == len(spans)
    for row in range(min(lane.rows, MOST_ROWS - 1)):
        mine = sorted(b.span for b in made.bars if b.row == row)
        assert all(a.end <= b.start for a, b in itertools.pairwise(mine))


def test_every_event_of_a_busy_run_is_a_bar_or_a_mark() -> None:
    events = busy(4, 1000)
    made = timeline(events)
    shown = {id(b.event) for b in made.bars} | {id(m.event) for m in made.marks}
    assert len(shown) == made.events == len(events)


def test_no_events_are_an_empty_timeline() -> None:
    made = timeline([])
    assert (made.owners, made.bars, made.window) == ((), (), Span(0.0, 0.0))
