"""Arithmetic of stretches of time, against counting moments one by one."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.timelines import spans as s
from gradloom.viz.timelines.spans import Span

ENDS = st.integers(0, 40)
SPANS = st.lists(st.tuples(ENDS, ENDS).map(lambda x: Span(min(x), max(x))), max_size=12)


def moments(spans: list[Span]) -> set[int]:
    """The unit stretches that the spans cover."""
    return {t for a, b in spans for t in range(int(a), int(b))}


@given(SPANS)
def test_a_union_covers_what_its_spans_cover_in_order_and_once(spans: list[Span]) -> None:
    found = s.union(spans)
    assert moments(found) == moments(spans)
    assert s.total(found) == len(moments(spans))
    assert all(a.end < b.start for a, b in itertools.pairwise(found))


@given(SPANS, SPANS)
def test_what_is_common_is_what_both_cover(a: list[Span], b: list[Span]) -> None:
    assert moments(s.common(a, b)) == moments(a) & moments(b)
    assert s.common(a, b) == s.common(b, a)


@given(SPANS, st.tuples(ENDS, ENDS))
def test_gaps_and_spans_fill_the_window(spans: list[Span], ends: tuple[int, int]) -> None:
    window = Span(min(ends), max(ends))
    free = s.gaps(spans, window)
    assert moments(free) == moments([window]) - moments(spans)
    assert s.total(free) + s.total(s.union(s.clipped(spans, window))) == window.seconds


@given(SPANS)
def test_rows_do_not_overlap_and_are_as_many_as_lie_over_each_other(spans: list[Span]) -> None:
    placed = s.rows(spans)
    for row in set(placed):
        mine = sorted(x for x, r in zip(spans, placed, strict=True) if r == row)
        assert all(a.end <= b.start for a, b in itertools.pairwise(mine))
    at_once = max((sum(a <= t < b for a, b in spans) for t in range(40)), default=0)
    assert len(set(placed)) <= max(at_once, 1) + sum(a == b for a, b in spans)


@given(SPANS)
def test_depth_counts_the_spans_of_each_moment_and_ends_with_none(spans: list[Span]) -> None:
    steps = s.depth(spans)
    for t in range(41):
        now = next((n for at, n in reversed(steps) if at <= t), 0)
        assert now == sum(a <= t < b for a, b in spans)
    assert not steps or steps[-1][1] == 0
