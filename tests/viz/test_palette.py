"""Texts can be read on every paper, in both themes; the hues stay apart, colour-blind or not."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.viz.palette import DARK, HUES, LIGHT, Palette, contrast, over, palette

BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
PAPERS = ["paper", "surface", "sunken"]
BOXES = ["input", "op", "derivative", "constant", "output", "region"]
TINTS = [f"tint{i}" for i in range(HUES)]

# Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", IEEE TVCG 15(6), 2009, the matrices of severity 1.0, for linear RGB.
BLIND = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
# Ottosson, "A perceptual color space for image processing", 2020: linear sRGB to Oklab.
TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def oklab(rgb: tuple[int, ...], seen_by: str = "none") -> np.ndarray:
    """A colour as someone sees it, in a space where distances are those that one feels."""
    c = np.array(rgb) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    seen = np.clip(BLIND[seen_by] @ linear, 0, 1)
    return TO_LAB @ np.cbrt(TO_LMS @ seen)


def rgb(theme: Palette, role: str) -> tuple[int, int, int]:
    return theme.rgba(role)[:3]


@BOTH
@pytest.mark.parametrize("role", ["ink", "muted", "accent", "bad", "warn", "good"])
@pytest.mark.parametrize("paper", PAPERS)
def test_every_kind_of_text_can_be_read_on_every_paper(
    theme: Palette, role: str, paper: str
) -> None:
    assert contrast(rgb(theme, role), rgb(theme, paper)) >= 4.5


@BOTH
@pytest.mark.parametrize("paper", [*BOXES, *TINTS])
def test_ink_can_be_read_in_every_box_and_on_every_tint(theme: Palette, paper: str) -> None:
    assert contrast(rgb(theme, "ink"), rgb(theme, paper)) >= 4.5


@BOTH
@pytest.mark.parametrize("hue", range(HUES))
def test_every_hue_stands_out_from_the_paper(theme: Palette, hue: int) -> None:
    """WCAG 2.2 wants 3 of graphics that are needed to understand."""
    assert contrast(rgb(theme, f"hue{hue}"), rgb(theme, "paper")) >= 3


@BOTH
@pytest.mark.parametrize("seen_by", BLIND)
def test_the_hues_stay_apart_for_everyone(theme: Palette, seen_by: str) -> None:
    """0.02 in Oklab is about the least difference that one sees side by side."""
    seen = [oklab(rgb(theme, f"hue{i}"), seen_by) for i in range(HUES)]
    gaps = {
        (i, j): float(np.linalg.norm(seen[i] - seen[j]))
        for i, j in itertools.combinations(range(HUES), 2)
    }
    assert min(gaps.values()) >= 0.06, min(gaps, key=gaps.__getitem__)
    first = [gap for (i, j), gap in gaps.items() if j < 4]  # what most pictures use
    assert min(first) >= 0.09


@BOTH
@pytest.mark.parametrize("seen_by", BLIND)
def test_amounts_rise_evenly_in_lightness_for_everyone(theme: Palette, seen_by: str) -> None:
    lightness = [oklab(theme.rgba(theme.amount(x))[:3], seen_by)[0] for x in np.linspace(0, 1, 21)]
    steps = np.diff(lightness)
    assert (steps < 0).all() if theme is LIGHT else (steps > 0).all()


@BOTH
@pytest.mark.parametrize("seen_by", BLIND)
def test_the_two_signs_are_told_apart_by_everyone(theme: Palette, seen_by: str) -> None:
    for size in (0.5, 1.0):
        minus, plus = (oklab(rgb(theme, theme.sign(s * size)), seen_by) for s in (-1, 1))
        assert np.linalg.norm(minus - plus) >= 0.07


@BOTH
def test_both_palettes_have_the_same_roles(theme: Palette) -> None:
    assert set(theme.roles) == set(LIGHT.roles)
    assert len(theme.roles) == len(set(theme.roles))


@given(st.floats(allow_nan=True))
def test_any_share_is_a_colour(share: float) -> None:
    for theme in (LIGHT, DARK):
        assert len(theme.rgba(theme.sign(share))) == 4
        if share == share:
            assert len(theme.rgba(theme.amount(share))) == 4


def test_what_is_not_a_number_has_the_colour_of_what_is_bad() -> None:
    assert LIGHT.sign(float("nan")) == LIGHT.roles["bad"]


@given(st.tuples(*[st.integers(0, 255)] * 3), st.tuples(*[st.integers(0, 255)] * 3))
def test_contrast_is_symmetric_and_at_least_one(
    a: tuple[int, int, int], b: tuple[int, int, int]
) -> None:
    assert contrast(a, b) == contrast(b, a) >= 1
    assert contrast(a, a) == 1


def test_paints_may_be_written_out_and_shine_through() -> None:
    assert LIGHT.rgba("#01020380") == (1, 2, 3, 128)
    assert over((0, 0, 0, 128), (255, 255, 255)) == (127, 127, 127)
    assert over((9, 9, 9, 255), (255, 255, 255)) == (9, 9, 9)


@pytest.mark.parametrize("wrong", ["", "blue", "#12345", "#1234567"])
def test_what_is_no_colour_is_told(wrong: str) -> None:
    with pytest.raises(gl.ArgumentError, match="is no colour"):
        LIGHT.rgba(wrong)


def test_a_theme_that_there_is_not_is_told() -> None:
    with pytest.raises(gl.ArgumentError, match="sepia"):
        palette("sepia")
