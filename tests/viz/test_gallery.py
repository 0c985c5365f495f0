"""The gallery's pictures are there, told in words, small, and made by the page's own programs."""

import os
import runpy
from pathlib import Path

import pytest

from tests.tree.files import ROOT

FOLDER = ROOT / "docs" / "gallery"
SCRIPT = runpy.run_path(str(ROOT / "docs" / "gallery.py"), run_name="script")
PICTURES: dict[str, str] = SCRIPT["pictures"]()


def test_every_picture_of_the_page_is_there_and_no_other() -> None:
    assert sorted(os.listdir(FOLDER)) == sorted(PICTURES)


def test_the_pictures_are_small() -> None:
    assert sum(p.stat().st_size for p in FOLDER.iterdir()) < 3_000_000


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_told_in_words_and_written_by_a_program(name: str) -> None:
    assert len(PICTURES[name].split()) >= 8
    stem = Path(name).stem
    code = "\n".join(text for _, text in SCRIPT["programs"]())
    assert f'"{name}"' in code or f'"{stem}.html"' in code


def test_svgs_follow_the_readers_theme_and_have_a_title() -> None:
    for path in FOLDER.glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert "prefers-color-scheme" in text, path.name
        assert "<title>" in text, path.name


@pytest.mark.slow
@pytest.mark.framework
def test_the_command_makes_them_all(tmp_path: Path) -> None:
    SCRIPT["main"](tmp_path)
    made = set(os.listdir(tmp_path))
    assert {n for n in PICTURES if not n.endswith(".png")} <= made <= set(PICTURES)
