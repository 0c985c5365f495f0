"""Our own SVG is well-formed XML with a box and a curve for everything."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.ir.graph import Graph
from gradloom.viz.drawn import drawn
from gradloom.viz.scene import Box, Scene, scene
from gradloom.viz.writers.svg import svg
from tests.viz.pictured import ALL, HOSTILE, hostile_scene, small

SPACE = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_it_is_xml_with_a_box_and_a_curve_for_everything(make: Callable[[], Graph]) -> None:
    shown = scene(make())
    root = ElementTree.fromstring(svg(drawn(shown)))
    assert root.tag == f"{SPACE}svg"
    assert len(root.findall(f"{SPACE}g")) == len(shown.boxes)
    assert len(root.findall(f"{SPACE}path")) == len(shown.edges)


def test_texts_are_escaped_and_read_back_as_they_were() -> None:
    root = ElementTree.fromstring(svg(drawn(hostile_scene())))
    texts = [element.text for element in root.iter(f"{SPACE}text")]
    assert texts == [HOSTILE, HOSTILE, HOSTILE, None]
    assert [element.text for element in root.iter(f"{SPACE}title")] == [HOSTILE, HOSTILE]


@given(st.text(max_size=20))
@settings(max_examples=50)
def test_any_text_gives_xml(text: str) -> None:
    ElementTree.fromstring(svg(drawn(Scene(text, (Box("p0", text, (text,), "input", text),), ()))))


def test_pointing_at_a_box_tells_the_line() -> None:
    root = ElementTree.fromstring(svg(drawn(scene(small()))))
    tips = [element.text or "" for element in root.iter(f"{SPACE}title")]
    assert any("np.tanh(x @ w) ** 2" in tip for tip in tips)
