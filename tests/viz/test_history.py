"""What a pass changed is what it changed; a history is drawn step by step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.graph import Graph
from gradloom.viz.explorer.subject import subject
from gradloom.viz.history import change, history_scene
from gradloom.viz.layout import layout
from gradloom.viz.scene import Scene
from gradloom.viz.uses import nodes_by_id
from tests.viz.pictured import ALL, small, unrolled
from tests.viz.programs import PROGRAMS

EVERY = {**ALL, **PROGRAMS}


def wasteful(x: Any) -> Any:
    """A program in which passes find something to do."""
    y = np.sin(x) + np.sin(x) * 1.0
    return np.sum(np.tanh(y) ** 2)


def history() -> Any:
    """The steps of a pipeline over it."""
    return gl.optimize(gl.trace(wasteful, np.ones(3)), "simplify,cse,dce").history


def scene_of(about: Any, most: int = 300) -> Scene:
    """The scene of a history."""
    found = subject(about)
    return history_scene(found.name, found.steps, most)


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_every_node_is_kept_replaced_added_or_removed(make: Callable[[], Graph]) -> None:
    before = make()
    after = gl.optimize(before)
    found = change(before, after)
    old = [a for a, _ in found.kept + found.replaced] + list(found.removed)
    new = [b for _, b in found.kept + found.replaced] + list(found.added)
    assert sorted(old) == sorted(nodes_by_id(before))
    assert sorted(new) == sorted(nodes_by_id(after))


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_a_graph_is_no_change_of_itself(make: Callable[[], Graph]) -> None:
    graph = make()
    assert not change(graph, graph)
    assert str(change(graph, graph)) == "no change"


def test_what_passes_do_is_told() -> None:
    trace, simplify, cse, dce = (entry.graph for entry in history())
    first = change(trace, simplify)
    assert str(first) == "1 replaced, 1 removed"
    ((power, square),) = first.replaced
    ops = nodes_by_id(trace)[power].op.name, nodes_by_id(simplify)[square].op.name
    assert ops == ("power", "square")
    assert str(change(simplify, cse)) == "1 removed"
    assert not change(cse, dce)
    assert str(change(dce, trace)) == "1 replaced, 2 added"


def test_steps_stand_beside_one_another_and_say_what_they_left() -> None:
    shown = scene_of(history())
    steps = [frame for frame in shown.frames if frame.frame == ""]
    assert [frame.title for frame in steps] == [
        "trace: 7 ops",
        "simplify: 6 ops",
        "cse, dce: 5 ops",
    ]
    placed = layout(shown).frames
    tops = {placed[f.id].y - placed[f.id].height / 2 for f in steps}
    assert len(tops) == 1
    marks = {(box.id.split("/")[0], box.title): box.mark for box in shown.boxes if box.mark}
    assert marks == {
        ("s0", "multiply"): "-",
        ("s0", "power"): "~",
        ("s1", "sin"): "-",
        ("s1", "square"): "~",
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_history_of_any_program_is_few_boxes(name: str) -> None:
    shown = scene_of(gl.optimize(PROGRAMS[name]()).history)
    layout(shown)
    steps = sum(frame.frame == "" for frame in shown.frames)
    assert 1 <= steps <= 8
    assert len(shown.boxes) <= 300


def test_a_change_inside_a_closed_group_marks_it() -> None:
    before, after = unrolled(100), unrolled(101)
    shown = scene_of([before, after], most=20)
    assert [box.mark for box in shown.boxes if box.group] == ["", "~"]


def test_a_compiled_function_and_a_history_have_pictures(tmp_path: Path) -> None:
    compiled = gl.compile(wasteful)
    compiled(np.ones(3))
    for about in (compiled, history(), history()[::3]):
        for kind in ("svg", "png", "pdf", "txt", "json", "dot"):
            path = gl.viz.graph(about, tmp_path / f"h.{kind}")
            assert path.stat().st_size > 100
    assert "removed next" in gl.viz.graph(history(), tmp_path / "h.svg").read_text()
    assert "- s0/n" in gl.viz.graph(history(), tmp_path / "h.txt").read_text(encoding="utf-8")


def test_what_has_no_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gl.ArgumentError, match="no program yet"):
        gl.viz.graph(gl.compile(wasteful), tmp_path / "h.svg")
    with pytest.raises(gl.ArgumentError, match="entries that are not all graphs"):
        gl.viz.graph([], tmp_path / "h.svg")
    with pytest.raises(gl.ArgumentError, match="in one graph"):
        gl.viz.graph([small()], tmp_path / "h.svg", opened=["g1"])
    with pytest.raises(gl.ArgumentError, match="nothing has no history"):
        history_scene("nothing", ())
    assert list(tmp_path.iterdir()) == []
