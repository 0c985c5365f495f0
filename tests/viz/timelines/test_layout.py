"""Bands lie below each other, and the axis has round times inside the window."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.timelines.layout import GUTTER, RIGHT, WIDTH, Scale, layout, ticks
from gradloom.viz.timelines.spans import Span
from tests.viz.timelines.runs import busy, one_call, timeline

TIMES = st.floats(-1e6, 1e6)


@given(TIMES, st.floats(1e-6, 1e6), st.integers(2, 12))
def test_ticks_are_inside_the_window_in_even_steps(at: float, long: float, most: int) -> None:
    window = Span(at, at + long)
    found = ticks(window, most)
    assert len(found) <= most + 1
    assert all(window.start - long * 1e-3 <= t <= window.end + long * 1e-3 for t in found)
    steps = [b - a for a, b in pairwise(found)]
    assert all(step == pytest.approx(steps[0], rel=1e-3) for step in steps)


def test_a_window_without_length_has_one_tick() -> None:
    assert ticks(Span(3.0, 3.0)) == [3.0]
    assert Scale(Span(3.0, 3.0)).x(3.0) == GUTTER


@given(TIMES, TIMES, TIMES)
def test_every_time_stands_inside_the_picture(a: float, b: float, t: float) -> None:
    x = Scale(Span(min(a, b), max(a, b))).x(t)
    assert GUTTER <= x <= WIDTH - RIGHT


def test_bands_and_their_strips_do_not_overlap() -> None:
    for events in (one_call(), busy(16, 400)):
        place = layout(timeline(events))
        assert all(a.y + a.height == pytest.approx(b.y) for a, b in pairwise(place.bands))
        for band in place.bands:
            assert all(a.y + a.height <= b.y for a, b in pairwise(band.strips))
            assert (
                not band.strips
                or band.strips[-1].y + band.strips[-1].height <= band.y + band.height
            )
