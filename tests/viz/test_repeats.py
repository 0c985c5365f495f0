"""Repeats are found where they are, once, and cost one pass."""

from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.repeats import Repeat, repeats


def test_a_long_turn_in_which_an_op_comes_often_is_found() -> None:
    turn = [1, 2, 1, 3, 1, 4, 1, 5]
    assert repeats([9, *turn * 3, 8], [1] * 26) == [Repeat(1, 8, 3)]


def test_a_short_sequence_is_no_repeat() -> None:
    assert repeats([1, 2, 1, 2], [1] * 4) == []
    assert repeats([], []) == []
    assert repeats([1] * 7, [1] * 7) == []
    assert repeats([1] * 8, [1] * 8) == [Repeat(0, 1, 8)]


@given(st.lists(st.integers(0, 2), max_size=60))
def test_what_is_found_is_equal_turn_by_turn_and_does_not_overlap(marks: list[int]) -> None:
    at = 0
    for repeat in repeats(marks, [1] * len(marks)):
        assert repeat.start >= at
        assert repeat.count > 1
        turn = marks[repeat.start : repeat.start + repeat.length]
        assert marks[repeat.start : repeat.end] == turn * repeat.count
        at = repeat.end
    assert at <= len(marks)
