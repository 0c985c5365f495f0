"""Items that are wanted side by side stand so, unless one depends on another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz.layers import Net, arranged
from gradloom.viz.rows import granted


@st.composite
def _wishes(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]]]:
    """What stands below each of some items, all later ones, and rows."""
    count = draw(st.integers(2, 10))
    items = st.integers(0, count - 1)
    after = [
        draw(st.lists(st.integers(i + 1, count - 1), unique=True, max_size=3))
        if i + 1 < count
        else []
        for i in range(count)
    ]
    rows = draw(st.lists(st.lists(items, unique=True, min_size=2, max_size=4), max_size=4))
    return after, rows


@given(_wishes())
def test_granted_rows_have_one_layer_and_every_way_goes_down(
    wishes: tuple[list[list[int]], list[list[int]]],
) -> None:
    after, rows = wishes
    nets = [Net(i, tuple(targets)) for i, targets in enumerate(after) if targets]
    level = arranged([10.0] * len(after), nets, rows)
    for row in granted(rows, after):
        assert len({level.rank[item] for item in row}) == 1
    for i, targets in enumerate(after):
        assert all(level.rank[i] < level.rank[target] for target in targets)
    plain = arranged([10.0] * len(after), nets)
    assert arranged([10.0] * len(after), nets, ()).rank == plain.rank


def test_two_rows_that_contradict_one_another_are_not_both_granted() -> None:
    after = [[1], [], [3], []]
    assert granted([(0, 3), (1, 2)], after) == [(0, 3)]
