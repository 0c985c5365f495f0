"""A scene written as JSON reads back as it was; other text is refused with a reason."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.graph import Graph
from gradloom.viz.boxes import Box, Edge, Frame, Scene
from gradloom.viz.scene import scene
from gradloom.viz.writers.json import read_scene, scene_json
from tests.viz.pictured import ALL, hostile_scene, small
from tests.viz.programs import PROGRAMS

EVERY = {**ALL, **PROGRAMS}


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_a_scene_reads_back_as_it_was(make: Callable[[], Graph]) -> None:
    shown = scene(make())
    assert read_scene(scene_json(shown)) == shown


def test_hostile_texts_read_back() -> None:
    assert read_scene(scene_json(hostile_scene())) == hostile_scene()


@given(st.text(), st.integers(0), st.booleans())
def test_any_texts_and_numbers_read_back(text: str, number: int, closed: bool) -> None:
    boxes = (Box(text, text, (text, text), "group", text, "f", number, number, number, closed),)
    edges = (Edge(text, text, text, number, number),)
    shown = Scene(text, boxes, edges, (Frame("f", text, "loop", "", text, number),))
    assert read_scene(scene_json(shown)) == shown


def changed(**changes: Any) -> str:
    """A good file with some fields changed."""
    return json.dumps(json.loads(scene_json(scene(small()))) | changes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no format 'gradloom-scene'"),
        ("{}", "no format 'gradloom-scene'"),
        (changed(version=99), "version 99, and 1 is known"),
        (changed(version="1"), "version '1'"),
        (changed(title=3), "title is 3, and not of type str"),
        (changed(boxes={}), "boxes is {}"),
        (changed(boxes=[{"id": "a"}]), r"boxes\[0\] lacks its field 'title'"),
        (changed(edges=[{"source": "a", "target": "b", "x": 1}]), r"edges\[0\] has a field 'x'"),
        (changed(edges=[{"source": "a", "target": 1}]), r"edges\[0\].target is 1"),
        (changed(frames=[{"id": "f", "title": "", "kind": "room"}]), "kind is 'room'"),
        (changed(edges=[{"source": "a", "target": "b", "count": True}]), "count is True"),
    ],
)
def test_any_other_text_is_refused_with_a_reason(text: str, words: str) -> None:
    with pytest.raises(gl.FileError, match=words):
        read_scene(text)
