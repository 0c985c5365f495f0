"""The scenes of a dozen programs, as they were reviewed.

`pytest tests/viz --update-golden` writes tests/viz/golden anew; the change is reviewed as a diff.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gradloom.ir.graph import Graph
from gradloom.viz.scene import Scene, scene
from gradloom.viz.writers.json import read_scene, scene_json
from tests.viz.programs import PROGRAMS

FOLDER = Path(__file__).parent / "golden"
LINE = re.compile(r"\.py:\d+|(?<=\bline )\d+|(?<=\blines )\d+\u2013\d+")


def without_lines(shown: Scene) -> Scene:
    """The scene without numbers of lines, which change whenever the programs' file does."""

    def cut(text: str) -> str:
        return LINE.sub("*", text)

    return replace(
        shown,
        boxes=tuple(replace(b, title=cut(b.title), tip=cut(b.tip)) for b in shown.boxes),
        frames=tuple(replace(f, title=cut(f.title), tip=cut(f.tip)) for f in shown.frames),
    )


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_scene_is_the_one_that_was_reviewed(name: str, request: pytest.FixtureRequest) -> None:
    make: Callable[[], Graph] = PROGRAMS[name]
    shown = without_lines(scene(make()))
    path = FOLDER / f"{name}.json"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(scene_json(shown), encoding="utf-8")
    assert read_scene(path.read_text(encoding="utf-8")) == shown


def test_every_golden_scene_has_a_program() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(PROGRAMS)
