"""A scene as text: a line for everything, in its place in the tree, in the width of a terminal."""

from collections.abc import Callable

import pytest
from rich.cells import cell_len

from gradloom.ir.graph import Graph
from gradloom.viz.boxes import Box, Scene
from gradloom.viz.scene import scene
from gradloom.viz.writers.text import ASCII, scene_text
from tests.viz.pictured import ALL, backward, hostile_scene
from tests.viz.programs import PROGRAMS

EVERY = {**ALL, **PROGRAMS}


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_there_is_a_line_for_everything_and_none_is_too_wide(make: Callable[[], Graph]) -> None:
    shown = scene(make())
    for width in (100, 40):
        lines = scene_text(shown, width).splitlines()
        assert len(lines) == 1 + len(shown.boxes) + len(shown.frames)
        assert max(cell_len(line) for line in lines) <= width


def test_a_line_says_what_a_node_takes_and_where_it_stands() -> None:
    lines = scene_text(scene(backward())).splitlines()
    assert lines[0] == "value_and_grad_loss"
    at = next(i for i, line in enumerate(lines) if "g2 backward of loss" in line)
    assert lines[at].startswith("\u251c\u2500 g2 backward of loss")
    words = " ".join(lines[at + 1].split())
    assert words == "\u2502 \u251c\u2500 n7 multiply f64[5,2] \u2190 n5, n3"
    assert lines[-1].startswith("\u2514\u2500 r1 result 1")


def test_a_closed_group_has_its_sums() -> None:
    text = scene_text(scene(backward(), ()))
    assert "\u25b8 g1 loss" in text
    assert "7 ops, " in text


def test_plain_ascii_is_ascii() -> None:
    assert scene_text(scene(backward()), signs=ASCII).isascii()


def test_hostile_texts_stay_on_their_line_and_send_nothing_to_the_terminal() -> None:
    hostile = Scene("\x1b[2J", (Box("a", "x\x1b]0;t\x07\n", ("\r",), "op"),), ())
    text = scene_text(hostile)
    assert len(text.splitlines()) == 2
    assert "\x1b" not in text
    assert "\x07" not in text
    assert len(scene_text(hostile_scene()).splitlines()) == 3


def test_a_scene_of_nothing_is_its_title() -> None:
    assert scene_text(Scene("", (), ())) == "graph\n"
    assert scene_text(Scene("main", (), ())) == "main\n"
