"""Themes can be read, by colour-blind people too."""

from dataclasses import replace

import pytest

import gradloom as gl
from gradloom.viz import EdgeStyle, ParticleShape, Theme, edge_style_for
from gradloom.viz.palette import contrast

THEMES = {"dark": Theme.dark(), "light": Theme.light()}


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_texts_can_be_read_on_the_paper(theme: Theme) -> None:
    for color in (theme.title_color, theme.text_dim, theme.phase_color, theme.weight_text):
        assert contrast(color, theme.background) >= 4.5
    for fill in (theme.node_fill, theme.node_ps_fill):
        assert contrast(theme.title_color, fill) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_dots_stand_out_from_the_paper_and_differ_by_shape_as_well(theme: Theme) -> None:
    assert {style.shape for style in theme.edge_styles} == set(ParticleShape)
    assert len({style.color for style in theme.edge_styles}) == 10
    assert all(contrast(style.color, theme.background) >= 3 for style in theme.edge_styles)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_no_text_is_smaller_than_11_pixels(theme: Theme) -> None:
    sizes = [getattr(theme, name) for name in Theme.__slots__ if name.endswith("_size")]
    assert min(sizes) / 2 >= 11


def test_dark_is_what_nobody_chose() -> None:
    assert Theme() == Theme.dark() != Theme.light()


def test_styles_come_again() -> None:
    assert edge_style_for(0) == edge_style_for(10) == Theme().edge_styles[0]
    assert Theme().edge_style_for(-1) == Theme().edge_styles[9]
    red = EdgeStyle((255, 0, 0), ParticleShape.CIRCLE)
    assert edge_style_for(7, replace(Theme(), edge_styles=(red,))) == red


def test_a_theme_without_styles_says_so() -> None:
    with pytest.raises(gl.ArgumentError, match="without edge styles"):
        replace(Theme(), edge_styles=()).edge_style_for(0)
