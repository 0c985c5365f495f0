"""What the end waited for: the chain goes back without holes, and its links add up."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.runtime.events import Event
from gradloom.viz.timelines.path import Path, critical
from tests.viz.timelines.runs import busy, one_call, run, timeline


def check(path: Path) -> None:
    """The links are side by side in time, and add up to the whole."""
    assert all(a.span.end == pytest.approx(b.span.start) for a, b in pairwise(path.links))
    assert all(x.span.start < x.span.end for x in path.links)
    assert sum(path.by_sort().values()) == pytest.approx(path.seconds)


def test_the_chain_of_one_call_goes_from_its_fetch_to_its_call() -> None:
    path = critical(timeline(one_call()))
    check(path)
    assert path.seconds == 10.0
    assert path.by_sort() == {
        "program": 4.0, "build": 1.0, "transfer": 1.5, "dispatcher": 0.5, "client": 0.0,
        "waiting": 3.0,
    }  # fmt: skip
    assert [(x.sort, x.span.start) for x in path.links] == [
        ("waiting", 0.0), ("dispatcher", 1.0), ("waiting", 1.5), ("build", 3.0), ("program", 4.0),
        ("waiting", 8.0), ("transfer", 8.5),
    ]  # fmt: skip
    assert 0 < path.known < 1


def test_a_run_that_waits_its_turn_has_the_run_before_it_in_the_chain() -> None:
    path = critical(timeline([run(0.0, 3.0, number=0), run(3.0, 5.0, number=1, wait=3.0)]))
    assert [(x.sort, x.span.seconds) for x in path.links] == [("program", 3.0), ("program", 2.0)]


def test_a_log_without_clients_has_a_chain_too() -> None:
    path = critical(timeline([run(0.0, 1.0), run(2.0, 5.0)]))
    check(path)
    assert path.seconds == 5.0


def test_events_that_lead_in_a_circle_end_the_chain() -> None:
    check(critical(timeline([run(1.0, 1.0), run(1.0, 1.0), run(0.0, 1.0)])))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 99), min_size=1, max_size=30))
def test_links_add_up_whatever_is_missing_of_a_log(lost: list[int]) -> None:
    whole = [*busy(2, 60), *(e.shifted(0.05) for e in one_call())]
    kept: list[Event] = [e for i, e in enumerate(whole) if i not in lost]
    check(critical(timeline(kept)))


def test_no_events_have_no_chain() -> None:
    path = critical(timeline([]))
    assert (path.links, path.seconds, path.known) == ((), 0.0, 1.0)
