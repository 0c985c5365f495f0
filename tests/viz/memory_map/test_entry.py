"""`gl.viz.memory` writes every kind whole, and its text and JSON say what the scene does."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import gradloom as gl
from gradloom.passes.liveness import liveness
from gradloom.viz.memory_map.entry import KINDS, memory_text
from gradloom.viz.memory_map.measured import measured
from tests.viz.memory_map.plans import BUDGET, gradient
from tests.viz.pictured import hostile, looped, small, wide

FIRST = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "html": b"<!doctype html>",
         "json": b"{", "txt": b"Memory of"}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written(tmp_path: Path, kind: str) -> None:
    path = gl.viz.memory(gradient(), tmp_path / f"m.{kind}", BUDGET)
    assert path.read_bytes().startswith(FIRST[kind])


def test_the_svg_names_the_peak_the_budget_and_the_owners(tmp_path: Path) -> None:
    root = ElementTree.parse(gl.viz.memory(gradient(), tmp_path / "m.svg", BUDGET)).getroot()
    texts = [e.text or "" for e in root.iter() if e.tag.endswith("text")]
    assert sum(t.startswith("peak ") and "plans.py" in t for t in texts) == 2
    assert texts.count("budget 40 KiB") == 2
    assert {"as it was", "after the plan"} <= set(texts)
    assert any("np.sin(np.exp(np.sin(x)))" in t for t in texts)
    tips = [e.text or "" for e in root.iter() if e.tag.endswith("title")]
    assert any("computed anew" in t for t in tips)


def test_json_holds_the_scene(tmp_path: Path) -> None:
    graph = gradient()
    data = json.loads(gl.viz.memory(graph, tmp_path / "m.json").read_text())
    assert data["format"] == "gradloom memory 1"
    assert data["panels"][0]["live"] == list(liveness(graph).live)


def test_text_tells_the_plan_and_what_is_alive() -> None:
    told = memory_text(gradient(), BUDGET)
    plan = gl.plan_memory(gradient(), BUDGET)
    assert f"{len(plan.recompute)} values computed anew" in told
    assert "alive at the peak" in told
    assert "before node" in told


def test_a_measured_run_has_seconds_for_each_node_and_a_peak_near_the_plans() -> None:
    graph = gl.trace(gl.grad(lambda x: np.sum(np.sin(np.exp(x)))), gl.spec("f32[100000]"))
    run = measured(graph, [np.ones(100_000, np.float32)])
    assert len(run.seconds) == len(graph.nodes)
    assert all(s >= 0 for s in run.seconds)
    assert 0.5 * liveness(graph).peak <= run.peak_bytes <= 1.5 * liveness(graph).peak


def test_a_measured_run_is_over_time(tmp_path: Path) -> None:
    path = gl.viz.memory(gradient(), tmp_path / "m.svg", BUDGET, inputs=[np.ones(1000, np.float32)])
    text = path.read_text()
    assert "seconds of a measured run" in text
    assert text.count("measured peak") == 2


def test_loops_are_measured_with_their_insides() -> None:
    run = measured(looped(), [np.float64(1.0), np.arange(4.0)])
    assert len(run.seconds) == len(looped().nodes)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_empty_and_wide_graphs_have_pictures(tmp_path: Path, kind: str) -> None:
    nothing = gl.trace(lambda x: x, np.ones(3))
    for i, graph in enumerate((hostile(), nothing, wide(300), looped())):
        assert gl.viz.memory(graph, tmp_path / f"{i}.{kind}").stat().st_size > 20


def test_named_sizes_count_as_told(tmp_path: Path) -> None:
    told = [memory_text(small(), sizes={"batch": n}) for n in (1, 1000)]
    assert told[0] != told[1]


def test_a_kind_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gl.NotSupported, match=r"\.gif"):
        gl.viz.memory(gradient(), tmp_path / "m.gif")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(gl.FileUnwritable, match=r"m\.svg"):
        gl.viz.memory(gradient(), tmp_path / "no" / "m.svg")
