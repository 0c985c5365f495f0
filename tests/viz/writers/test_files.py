"""A drawing's file is of the kind that its name says, whole, or not there."""

import os
from pathlib import Path

import pytest

import gradloom as gl
from gradloom.viz.drawing import Drawing
from gradloom.viz.writers.files import ending, write_drawing, write_file
from tests.viz.writers.drawings import EVERYTHING

KINDS = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_in_each_theme(tmp_path: Path, kind: str, theme: str) -> None:
    path = write_drawing(EVERYTHING, tmp_path / f"all.{kind}", theme)
    assert path.read_bytes().startswith(KINDS[kind])
    other = write_drawing(
        EVERYTHING, tmp_path / f"other.{kind}", "light" if theme == "dark" else "dark"
    )
    assert other.read_bytes() != path.read_bytes()


def test_endings_are_read_in_any_letters(tmp_path: Path) -> None:
    assert ending(Path("A.SVG")) == "svg"
    assert write_drawing(EVERYTHING, tmp_path / "A.PNG").read_bytes().startswith(b"\x89PNG")


def test_an_svg_can_follow_the_readers_theme_and_a_png_cannot(tmp_path: Path) -> None:
    assert (
        "prefers-color-scheme" in write_drawing(EVERYTHING, tmp_path / "a.svg", "auto").read_text()
    )
    with pytest.raises(gl.ArgumentError, match="auto"):
        write_drawing(EVERYTHING, tmp_path / "a.png", "auto")


@pytest.mark.parametrize("name", ["a.bmp", "a", "svg", ".svg"])
def test_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(gl.NotSupported, match=r"\.svg, \.png or \.pdf|a picture of kind"):
        write_drawing(EVERYTHING, tmp_path / name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, kind: str) -> None:
    with pytest.raises(gl.FileUnwritable, match=f"a.{kind} cannot be written"):
        write_drawing(EVERYTHING, tmp_path / "no" / f"a.{kind}")


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(gl.FileUnwritable):
        write_drawing(EVERYTHING, tmp_path / "a.svg")


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.svg").mkdir()
    with pytest.raises(gl.FileUnwritable):
        write_file(tmp_path / "a.svg", b"new")
    assert os.listdir(tmp_path) == ["a.svg"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_drawing_is_a_picture(tmp_path: Path, kind: str) -> None:
    path = write_drawing(Drawing(10, 10, ()), tmp_path / f"a.{kind}")
    assert path.read_bytes().startswith(KINDS[kind])
