"""Curves as lines, and the heads of arrows."""

import math

from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.drawing import Curve, flat, head

PLACES = st.tuples(st.floats(-100, 100), st.floats(-100, 100))


@given(st.lists(PLACES, min_size=4, max_size=4), st.integers(1, 32))
def test_a_curve_as_lines_begins_and_ends_where_it_does_and_stays_in_its_hull(
    points: list[tuple[float, float]], steps: int
) -> None:
    lines = flat(Curve(tuple(points)), steps)
    assert len(lines) == steps + 1
    assert math.dist(lines[0], points[0]) < 1e-9
    assert math.dist(lines[-1], points[-1]) < 1e-9
    for axis in (0, 1):
        low, high = min(p[axis] for p in points), max(p[axis] for p in points)
        assert all(low - 1e-9 <= p[axis] <= high + 1e-9 for p in lines)


def test_a_curve_of_two_pieces_goes_through_the_joint() -> None:
    points = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (4.0, 3.0), (5.0, 5.0))
    lines = flat(Curve(points), 8)
    assert len(lines) == 17
    assert lines[8] == (2.0, 2.0)


@given(PLACES, PLACES)
def test_an_arrows_head_points_to_its_end(a: tuple[float, float], b: tuple[float, float]) -> None:
    tip, left, right = head((a, b), 7)
    assert tip == b
    assert math.isclose(math.dist(tip, left), math.dist(tip, right), rel_tol=1e-6, abs_tol=1e-6)
    if math.dist(a, b) > 1:
        base = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2)
        assert math.isclose(math.dist(tip, base), 7, rel_tol=1e-6)
        assert math.dist(a, base) < math.dist(a, b) + 7
