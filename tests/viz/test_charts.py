"""Axes say their numbers where they stand, and legends keep to their width."""

import pytest

from gradloom.viz.charts import Frame, Key, axis_below, axis_left, legend, legend_column, room_left
from gradloom.viz.drawing import Disc, Line, Rect, Text
from gradloom.viz.labels import text_width

FRAME = Frame(80, 20, 500, 200)


def texts(shapes: list) -> list[Text]:
    return [s for s in shapes if isinstance(s, Text)]


def test_ticks_below_stand_under_their_numbers() -> None:
    scale = FRAME.across([0, 100])
    shown = texts(axis_below(FRAME, scale, "step"))
    assert [t.text for t in shown] == ["0", "20", "40", "60", "80", "100", "step"]
    assert [t.x for t in shown[:-1]] == [scale.at(float(t.text)) for t in shown[:-1]]
    assert all(FRAME.bottom < t.y <= FRAME.bottom + 40 for t in shown)


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("most", [3.0, 9e9, 2.5e-5])
def test_numbers_on_the_left_have_room_and_the_title_beside_them(most: float, log: bool) -> None:
    scale = FRAME.upward([most / 1000, most], log=log, zero=not log)
    room = room_left(scale, FRAME.height)
    *numbers, title = texts(axis_left(FRAME, scale, "norm"))
    assert len(numbers) >= 3
    assert title.turned
    for number in numbers:
        assert number.x - text_width(number.text, number.size) >= FRAME.x - room + 16
    assert title.x >= FRAME.x - room + title.size * 0.8


def test_grid_lines_span_the_frame() -> None:
    lines = [
        s
        for s in axis_left(FRAME, FRAME.upward([0, 4]), grid=True)
        if isinstance(s, Line) and s.points[0][0] == FRAME.x
    ]
    assert lines
    assert all(line.points[1][0] == FRAME.right for line in lines)


@pytest.mark.parametrize("width", [60, 250, 2000])
def test_a_legend_breaks_into_rows_that_keep_to_its_width(width: float) -> None:
    keys = [Key(f"series {i}", f"hue{i}", m) for i, m in enumerate(("box", "disc", "line", "dash"))]
    shapes, height = legend(keys, 10, 10, width)
    shown = texts(shapes)
    assert [t.text for t in shown] == [k.label for k in keys]
    if width > 100:
        assert all(t.x + text_width(t.text, t.size) <= 10 + width for t in shown)
    assert height == 18 * len({t.y for t in shown})
    assert len([s for s in shapes if isinstance(s, (Rect, Disc, Line))]) == len(keys)


def test_a_legend_in_a_column_has_a_row_for_each() -> None:
    shapes, height = legend_column([Key("a", "hue0"), Key("b", "hue1")], 0, 0)
    assert height == 36
    assert len({t.y for t in texts(shapes)}) == 2


def test_a_legend_of_nothing_is_nothing() -> None:
    assert legend([], 0, 0, 100) == ([], 0.0)
