"""A font is found on any system, and where there is none, texts are written in signs that the
built-in one has.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.viz import fonts
from gradloom.viz.drawing import Drawing, Text
from gradloom.viz.writers.pdf import _face, pdf
from gradloom.viz.writers.raster import image

KINDS = pytest.mark.parametrize(
    ("bold", "mono"), [(False, False), (True, False), (False, True), (True, True)]
)
CACHES = (fonts.font_file, fonts.font, fonts._files, _face)


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What was found is forgotten before and after the test."""
    for cache in CACHES:
        cache.cache_clear()
    yield
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture
def no_fonts(forgotten: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without fonts."""
    monkeypatch.setattr(fonts, "_folders", lambda: iter(()))


@KINDS
def test_a_font_has_the_size_that_was_asked_for(bold: bool, mono: bool) -> None:
    small, large = (fonts.font(size, bold, mono).getbbox("Mg")[3] for size in (10, 40))
    assert 2.5 < large / small < 6


def test_a_monospaced_font_has_letters_of_one_width() -> None:
    if fonts.font_file(mono=True) is None:
        pytest.skip("no monospaced font here that is known by name")
    face = fonts.font(20, mono=True)
    assert len({face.getlength(c) for c in "iMw.1"}) == 1


@KINDS
def test_without_fonts_pictures_are_drawn_all_the_same(
    no_fonts: None, bold: bool, mono: bool
) -> None:
    assert fonts.font_file(bold, mono) is None
    drawing = Drawing(200, 40, (Text(4, 24, "∇ loss → 3 µs", bold=bold, mono=mono),))
    assert len(image(drawing).getcolors(100_000)) > 2
    assert pdf(drawing).startswith(b"%PDF")


def test_without_fonts_signs_are_written_in_letters(no_fonts: None) -> None:
    assert fonts.writable("∇f → θ² ≤ ∞") == "grad f -> theta2 <= inf"
    assert fonts.writable("日本") == "??"


@given(st.text())
def test_what_is_writable_can_be_drawn_in_one_line(text: str) -> None:
    said = fonts.writable(text)
    assert said.isprintable() or not said
    assert "\n" not in said


def test_a_file_that_only_looks_like_a_font_is_passed_over(
    forgotten: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"no font at all")
    monkeypatch.setattr(fonts, "_folders", lambda: iter((tmp_path,)))
    assert fonts.font(12).getlength("abc") > 0
    assert pdf(Drawing(50, 20, (Text(2, 15, "abc"),))).startswith(b"%PDF")


def test_fonts_of_ones_own_are_found(
    forgotten: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / "fonts" / "truetype"
    deep.mkdir(parents=True)
    (deep / "NotoSans-Regular.otf").touch()
    monkeypatch.setattr(fonts, "_folders", lambda: iter((tmp_path,)))
    assert fonts.font_file() == deep / "NotoSans-Regular.otf"


@pytest.mark.parametrize(
    ("platform", "part"), [("linux", "fonts"), ("darwin", "Library"), ("win32", "Fonts")]
)
def test_each_system_keeps_its_fonts_somewhere(
    platform: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert any(part in folder.as_posix() for folder in fonts._folders())
