"""`gl.viz.roofline` takes what people have, and writes every kind; labels cover nothing."""

import itertools
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.drawing import Disc, Group, Text
from gradloom.viz.labels import overlap, text_width
from gradloom.viz.rooflines.drawn import WIDTH, drawn
from gradloom.viz.rooflines.entry import KINDS, scene_of
from gradloom.viz.rooflines.machine import Machine
from gradloom.viz.rooflines.told import bound, text
from tests.viz.pictured import hostile, wide

M = Machine({"float32": 100e9, "float64": 50e9}, 10e9, 80e9)
W, X = np.ones((64, 32)), np.ones((16, 64))


def loss(w: np.ndarray, x: np.ndarray) -> np.floating:
    return np.sum(np.tanh(x @ w) ** 2)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written(tmp_path: Path, kind: str) -> None:
    path = gl.viz.roofline(gl.grad(loss), W, X, path=tmp_path / f"r.{kind}", machine=M)
    assert path.stat().st_size > 300


def test_graphs_compiled_functions_and_specs_are_taken(tmp_path: Path) -> None:
    graph, compiled = gl.trace(loss, W, X), gl.compile(loss)
    assert scene_of(graph, (W, X), M).measured
    assert scene_of(compiled, (W, X), M).measured
    assert not scene_of(graph, (), M).measured
    assert not scene_of(loss, (gl.spec("f64[64, 32]"), gl.spec("f64[n, 64]")), M).measured


def test_json_holds_the_points_and_the_machine(tmp_path: Path) -> None:
    data = json.loads(gl.viz.roofline(loss, W, X, path=tmp_path / "r.json", machine=M).read_text())
    assert data["machine"]["memory"] == 10e9
    assert {p["op"] for p in data["points"]} >= {"matmul", "tanh"}


def test_text_says_what_holds_each_op_back() -> None:
    scene = scene_of(gl.grad(loss), (W, X), M)
    told = text(scene)
    assert "matmul, test_entry.py" in told
    assert {bound(p, scene) for p in scene.points} <= {"memory", "compute"}
    assert all(bound(p, scene) == "memory" for p in scene.points if p.op == "add")


def test_labels_cover_neither_each_other_nor_a_point() -> None:
    picture = drawn(scene_of(gl.value_and_grad(loss), (W, X), M))
    discs = [s.shapes[0] for s in picture.shapes if isinstance(s, Group)]
    labels = [s for s in picture.shapes if isinstance(s, Text) and "test_entry.py" in s.text]
    areas = []
    for t in labels:
        width = text_width(t.text, t.size)
        left = {"start": t.x, "middle": t.x - width / 2, "end": t.x - width}[t.anchor]
        areas.append((left, t.y - t.size * 0.8, left + width, t.y + t.size * 0.25))
    assert len(areas) >= 3
    assert not any(overlap(a, b) for a, b in itertools.combinations(areas, 2))
    for disc in discs:
        assert isinstance(disc, Disc)
        round_it = (disc.x - 2, disc.y - 2, disc.x + 2, disc.y + 2)
        assert not any(overlap(round_it, a) for a in areas)
    assert all(a[0] >= 0 and a[2] <= WIDTH for a in areas)


def test_hostile_wide_and_empty_graphs_have_pictures(tmp_path: Path) -> None:
    for i, graph in enumerate((hostile(), wide(300), gl.trace(lambda x: x, np.ones(2)))):
        path = gl.viz.roofline(graph, path=tmp_path / f"{i}.svg", machine=M)
        ElementTree.parse(path)


def test_wrong_arguments_are_told(tmp_path: Path) -> None:
    with pytest.raises(gl.NotSupported, match=r"\.gif"):
        gl.viz.roofline(loss, W, X, path=tmp_path / "r.gif")
    with pytest.raises(gl.FileUnwritable):
        gl.viz.roofline(loss, W, X, path=tmp_path / "no" / "r.svg", machine=M)
    with pytest.raises(gl.ArgumentError):
        gl.viz.roofline(3, path=tmp_path / "r.svg", machine=M)
