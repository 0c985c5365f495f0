"""Pixels stand where the shapes do, in as many as were asked for."""

import io
from itertools import pairwise
from typing import Any

import pytest

import gradloom as gl
from gradloom.viz.drawing import Disc, Drawing, Line, Rect, Text
from gradloom.viz.palette import DARK, LIGHT, Palette, Rgb
from gradloom.viz.writers.raster import MOST_PIXELS, image, png
from tests.viz.writers.drawings import EVERYTHING

Image = pytest.importorskip("PIL.Image", reason="no Pillow here: no pixels to look at")


def rgb(role: str, theme: Palette = LIGHT) -> Rgb:
    return theme.rgba(role)[:3]


def opened(data: bytes) -> Any:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_shapes_have_their_colours_and_the_rest_is_paper(theme: Palette) -> None:
    picture = image(EVERYTHING, theme)
    assert picture.mode == "RGB"
    for place, role in {
        (30, 20): "hue0", (130, 20): "hue1", (170, 14): "hue2", (80, 20): "paper", (3, 3): "paper",
        (30, 11): "ink",
    }.items():  # fmt: skip
        assert picture.getpixel(place) == rgb(role, theme), role


@pytest.mark.parametrize(("dpi", "size"), [(96, (200, 120)), (192, (400, 240)), (48, (100, 60))])
def test_dots_per_inch_give_the_size_and_stand_in_the_file(
    dpi: float, size: tuple[int, int]
) -> None:
    found = opened(png(EVERYTHING, dpi=dpi))
    assert found.size == size
    assert found.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)


def test_a_dashed_line_has_gaps() -> None:
    picture = image(Drawing(100, 20, (Line(((0, 10), (100, 10)), "ink", 4, (10, 10)),)))
    row = [picture.getpixel((x, 10)) == rgb("ink") for x in range(100)]
    changes = sum(a != b for a, b in pairwise(row))
    assert 0.4 <= sum(row) / len(row) <= 0.6
    assert changes >= 8


def test_a_turned_text_is_high_and_another_wide() -> None:
    def extent(turned: bool) -> tuple[int, int]:
        text = Text(60, 60, "gradient", 14, anchor="middle", turned=turned)
        picture = image(Drawing(120, 120, (text,)))
        paper = Image.new("RGB", picture.size, rgb("paper"))
        from PIL import ImageChops

        left, top, right, bottom = ImageChops.difference(picture, paper).getbbox()
        return right - left, bottom - top

    (width, height), (turned_width, turned_height) = extent(False), extent(True)
    assert width > 3 * height
    assert turned_height > 3 * turned_width
    assert abs(width - turned_height) <= 3


@pytest.mark.parametrize(("anchor", "side"), [("start", 1), ("end", -1)])
def test_a_text_stands_on_the_side_of_its_anchor(anchor: Any, side: int) -> None:
    picture = image(Drawing(200, 30, (Text(100, 20, "word", 14, anchor=anchor),)))
    inked = [x for x in range(200) for y in range(30) if picture.getpixel((x, y)) != rgb("paper")]
    assert inked
    assert all((x - 100) * side >= -2 for x in inked)


def test_edges_are_smooth() -> None:
    picture = image(Drawing(40, 40, (Disc(20, 20, 15, "ink"),)))
    assert len(picture.getcolors()) > 3


def test_a_paint_that_shines_through_is_mixed_with_the_paper() -> None:
    picture = image(Drawing(10, 10, (Rect(0, 0, 10, 10, "#00000080"),)))
    assert all(
        abs(a - b / 2) <= 2 for a, b in zip(picture.getpixel((5, 5)), rgb("paper"), strict=True)
    )


def test_a_picture_too_large_is_refused_before_it_is_made() -> None:
    side = int(MOST_PIXELS**0.5)
    with pytest.raises(gl.ArgumentError, match="too large"):
        image(Drawing(side, side, ()))


def test_no_size_still_is_a_pixel() -> None:
    assert image(Drawing(0, 0, ())).size == (1, 1)
