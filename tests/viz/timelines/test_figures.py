"""Figures are what adding up by hand gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.runtime.events import Event
from gradloom.viz.timelines.figures import figures
from gradloom.viz.timelines.spans import Span
from tests.viz.timelines.runs import busy, moved, one_call, run, timeline


def test_the_figures_of_one_call_are_those_on_paper() -> None:
    found = figures(timeline(one_call()))
    worker, other = found.workers
    assert (worker.busy_s, worker.idle_s, worker.run_s, worker.build_s) == (5.0, 5.0, 4.0, 1.0)
    assert (worker.busy, worker.wait_s, worker.runs, worker.failed) == (0.5, 2.0, 1, 0)
    assert (worker.sent, worker.received) == (800, 0)
    assert (worker.transfer_s, worker.hidden_s) == (1.5, 0.0)
    assert worker.longest_gap == Span(0.0, 3.0)
    assert (other.busy_s, other.idle_s, other.longest_gap) == (0.0, 10.0, Span(0.0, 10.0))
    assert {k.kind: k.seconds for k in found.kinds} == {"matmul": 3.0, "tanh": 1.0, "building": 1.0}
    (program,) = found.programs
    assert (program.runs, program.seconds, program.wait_s) == (1, 4.0, 2.0)
    assert (found.calls, found.runs, found.errors, found.transfers, found.bytes) == (
        1,
        1,
        0,
        1,
        800,
    )
    assert found.imbalance == 2.0


def test_what_reaches_over_the_window_counts_as_far_as_it_is_inside() -> None:
    (worker, _) = figures(timeline(one_call(), start=6.0, end=9.0)).workers
    assert (worker.run_s, worker.idle_s, worker.transfer_s) == (2.0, 1.0, 0.5)


def test_a_transfer_while_the_worker_computes_is_hidden() -> None:
    events = [run(0.0, 4.0), run(8.0, 9.0, "worker-1")]
    made = timeline([*events, *moved(1, "worker-1", "worker-0", 3.0, 7.0, 10)])
    receiver, sender = figures(made).workers
    assert (receiver.transfer_s, receiver.hidden_s, receiver.overlap) == (4.0, 1.0, 0.25)
    assert (sender.transfer_s, sender.hidden_s) == (4.0, 0.0)


SPAN = st.tuples(st.integers(0, 30), st.integers(0, 9)).map(lambda x: (x[0], x[0] + x[1]))


@settings(max_examples=60, deadline=None)
@given(st.lists(SPAN, min_size=1, max_size=10), st.lists(SPAN, max_size=6))
def test_busy_and_idle_fill_the_window_and_what_is_hidden_was_busy(
    runs: list[tuple[int, int]], flights: list[tuple[int, int]]
) -> None:
    events: list[Event] = [run(a, b) for a, b in runs]
    for n, (a, b) in enumerate(flights):
        events += moved(n, "worker-1", "worker-0", a, b, 1)
    found = figures(timeline(events))
    worker = found.workers[0]
    busy_at = {t for a, b in runs for t in range(a, b)}
    moving_at = {t for a, b in flights for t in range(a, b)}
    assert worker.busy_s == len(busy_at)
    assert worker.busy_s + worker.idle_s == pytest.approx(found.seconds)
    assert worker.transfer_s == pytest.approx(len(moving_at))
    assert worker.hidden_s == pytest.approx(len(busy_at & moving_at))
    assert sum(k.seconds for k in found.kinds) == pytest.approx(worker.run_s)
    assert sum(k.share for k in found.kinds) == pytest.approx(1.0 if worker.run_s else 0.0)


def test_a_worker_that_is_slower_than_the_others_is_told() -> None:
    events = [
        run(i, i + (0.9 if w == 2 else 0.3), f"worker-{w}") for w in range(3) for i in range(6)
    ]
    (slow,) = figures(timeline(events)).stragglers
    assert slow.worker == "worker-2"
    assert slow.times == pytest.approx(3.0)


def test_workers_that_are_as_fast_are_no_stragglers() -> None:
    events = [run(i, i + 0.3 + w / 100, f"worker-{w}") for w in range(3) for i in range(6)]
    assert figures(timeline(events)).stragglers == ()


def test_sums_over_workers_programs_and_kinds_agree() -> None:
    found = figures(timeline(busy(4, 2000)))
    seconds = sum(w.run_s for w in found.workers)
    assert sum(p.seconds for p in found.programs) == pytest.approx(seconds)
    assert sum(k.seconds for k in found.kinds) == pytest.approx(seconds)
    assert sum(w.runs for w in found.workers) == found.runs
    assert sum(w.sent for w in found.workers) == sum(w.received for w in found.workers)


def test_no_events_have_figures_of_zero() -> None:
    found = figures(timeline([]))
    assert (found.seconds, found.workers, found.kinds, found.imbalance) == (0.0, (), (), 1.0)
