"""Pictures of characters hold what they were given, whatever that is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradloom.examples.pictures import bars, chart, curve, curves, image, plot, side_by_side

ANY_FLOAT = st.floats(width=32)
FINITE = st.floats(-1e6, 1e6)


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=ANY_FLOAT))
def test_a_pixel_is_two_characters_whatever_its_value(pixels: np.ndarray) -> None:
    lines = image(pixels).split("\n")
    assert [len(line) for line in lines] == [2 * pixels.shape[1]] * len(pixels)
    assert "".join(lines).count("??") == np.isnan(pixels).sum()


def test_brighter_pixels_are_no_lighter() -> None:
    (line,) = image(np.linspace(-0.5, 1.5, 40)[None]).splitlines()
    shades = " ░▒▓█"
    steps = [shades.index(c) for c in line]
    assert steps == sorted(steps)
    assert set(steps) == set(range(5))


@given(st.lists(st.text("ab\n", max_size=12), max_size=4), st.integers(1, 4))
def test_blocks_side_by_side_keep_their_lines(blocks: list[str], gap: int) -> None:
    joined = side_by_side(blocks, gap=gap)
    assert sum(joined.count(c) for c in "ab") == sum(b.count(c) for b in blocks for c in "ab")
    height = max((len(block.splitlines()) for block in blocks), default=0)
    assert len(joined.split("\n")) == max(height, 1)


@given(st.lists(FINITE, max_size=5))
def test_no_bar_is_longer_than_the_width(values: list[float]) -> None:
    names = [str(i) for i in range(len(values))]
    for line in bars(names, values, width=10).splitlines():
        assert line.count("█") + line.count("░") <= 10


@given(st.lists(st.floats(), max_size=100), st.integers(1, 60))
def test_a_curve_fits_its_width(values: list[float], width: int) -> None:
    with np.errstate(all="ignore"):
        assert len(curve(values, width)) <= width


def test_a_curve_goes_on_where_a_loss_was_no_number() -> None:
    assert curve([8.0, math.nan, 1.0]) == "█·▁"
    assert curve([]) == ""
    assert curve([math.nan, 0.0]) == ""


@given(arrays(np.float64, (4, 2), elements=FINITE))
def test_a_chart_shows_its_points_inside_the_page(points: np.ndarray) -> None:
    lines = chart(points, ["north", "b", "c", "d"], width=20, height=5).split("\n")
    assert len(lines) == 5
    assert max(map(len, lines)) <= 20
    assert "•" in "".join(lines)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=20))
def test_the_last_point_of_a_plot_lies_on_top(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points).T
    drawn = plot({".": (x, y), "o": (x[-1:], y[-1:])}, width=10, height=4)
    assert drawn.count("o") == 1
    assert len(drawn.split("\n")) == 4


def test_a_plot_of_nothing_and_of_what_is_not_finite() -> None:
    assert plot({}) == ""
    assert plot({"x": ([math.nan, 1.0], [0.0, math.inf])}) == ""
    assert plot({"x": ([0.0, 1.0], [math.nan, 2.0])}, width=3, height=1) == "x"


def test_names_that_do_not_fit_their_values_are_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        bars(["one"], [1.0, 2.0])


@pytest.mark.parametrize("values", [[], [np.nan, np.inf]])
def test_curves_of_nothing_are_an_empty_picture(values: list[float]) -> None:
    assert curves({"x": values}) == ""


def test_curves_have_the_stated_size() -> None:
    lines = curves({"x": np.sin(np.arange(1000.0)), "o": [0.0]}, height=7, width=30).split("\n")
    assert len(lines) == 7
    assert max(map(len, lines)) == 30
