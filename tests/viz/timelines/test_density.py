"""Merged bars cover as much as the bars did."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.viz.timelines.density import cover, split, stretches, touched
from gradloom.viz.timelines.layout import Scale
from gradloom.viz.timelines.spans import Span
from tests.viz.timelines.runs import run, timeline

SCALE = Scale(Span(0.0, 100.0), 10.0, 60.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.01, 3.0), min_size=1, max_size=60))
def test_columns_hold_the_seconds_of_bars_that_do_not_overlap(takes: list[float]) -> None:
    at, events = 0.0, []
    for long in takes:
        if at + long < 100:
            events.append(run(at, at + long))
        at += 2 * long
    bars = timeline(events).bars
    found = cover(bars, SCALE, 2.0)
    a_column_s = 100.0 / 25
    seconds = sum(sum(x) for x in found.values()) * a_column_s
    assert seconds == pytest.approx(sum(b.span.seconds for b in bars))
    assert all(sum(x[i] for x in found.values()) <= 1 + 1e-9 for i in range(25))


def test_bars_that_overlap_cover_a_column_once() -> None:
    bars = timeline([run(0.0, 4.0)] * 5).bars
    found = cover(bars, SCALE, 2.0)
    assert sum(x[0] for x in found.values()) == pytest.approx(1.0)


def test_bars_are_parted_by_their_width() -> None:
    wide, thin = split(timeline([run(0.0, 10.0), run(20.0, 21.0)]).bars, SCALE, 1.5)
    assert [b.event.start for b in wide] == [0.0]
    assert [b.event.start for b in thin] == [20.0]


def test_what_takes_no_time_is_seen_all_the_same() -> None:
    bars = timeline([run(50.0, 50.0), run(100.0, 100.0)]).bars
    assert touched(bars, SCALE, 2.0) == {12, 24}


@given(st.sets(st.integers(0, 50)))
def test_stretches_are_the_columns_without_holes(columns: set[int]) -> None:
    found = stretches(columns)
    assert {c for r in found for c in r} == columns
    assert all(a.stop < b.start for a, b in itertools.pairwise(found))
