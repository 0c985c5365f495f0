"""Pictures in files are whole or not there; notebooks and browsers get what they can show."""

import io
import os
import shutil
import webbrowser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

import gradloom as gl
from gradloom.viz import picture
from gradloom.viz.scene import scene
from gradloom.viz.writers.json import read_scene
from gradloom.viz.writers.text import scene_text
from tests.viz.pictured import HOSTILE, backward, hostile, looped, small, unrolled

NEEDS_DOT = pytest.mark.skipif(
    shutil.which("dot") is None,
    reason="no dot here (Graphviz): graphs are drawn by our own layout alone",
)
FIRST = {"png": b"\x89PNG\r\n", "pdf": b"%PDF", "svg": b"<", "dot": b"digraph"}


@pytest.mark.parametrize("kind", ["svg", "dot"])
def test_a_picture_is_written_and_its_path_given(tmp_path: Path, kind: str) -> None:
    path = gl.viz.graph(small(), tmp_path / f"loss.{kind}")
    assert path == tmp_path / f"loss.{kind}"
    assert path.read_bytes().startswith(FIRST[kind])
    assert os.listdir(tmp_path) == [path.name]


@NEEDS_DOT
@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_graphviz_draws_on_request(tmp_path: Path, kind: str) -> None:
    for make in (small, looped):
        path = gl.viz.graph(make(), tmp_path / f"loss.{kind}", engine="graphviz")
        data = path.read_bytes()
        assert data.startswith(FIRST[kind])
        assert len(data) > 1_000


def test_without_graphviz_one_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(gl.NotSupported, match="Graphviz's program dot is not installed"):
        gl.viz.graph(small(), tmp_path / "a.svg", engine="graphviz")
    with pytest.raises(gl.ArgumentError, match="no engine 'neato'"):
        gl.viz.graph(small(), tmp_path / "a.svg", engine="neato")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_our_own_layout_draws(tmp_path: Path, kind: str, theme: str) -> None:
    data = gl.viz.graph(small(), tmp_path / f"loss.{kind}", theme=theme).read_bytes()
    assert data.startswith(FIRST[kind])
    assert len(data) > 1_000


@NEEDS_DOT
def test_dot_draws_hostile_names(tmp_path: Path) -> None:
    path = gl.viz.graph(hostile(), tmp_path / "bad.svg", engine="graphviz")
    root = ElementTree.parse(path).getroot()
    shown = "".join(root.itertext())
    assert HOSTILE.splitlines()[0] in shown


def test_an_svg_that_follows_the_reader_is_that_of_notebooks(tmp_path: Path) -> None:
    written = gl.viz.graph(small(), tmp_path / "a.svg", theme="auto").read_text()
    assert written == picture.graph_svg(small())


def test_a_kind_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gl.NotSupported, match=r"\.bmp"):
        gl.viz.graph(small(), tmp_path / "a.bmp")


def test_a_picture_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "a.dot"
    target.mkdir()  # a folder cannot be replaced by a file
    with pytest.raises(OSError, match=r"a\.dot"):
        gl.viz.graph(small(), target)
    assert os.listdir(tmp_path) == ["a.dot"]


def test_a_picture_is_of_the_groups_that_one_opens(tmp_path: Path) -> None:
    def boxes(**options: Any) -> list[str]:
        path = gl.viz.graph(backward(), tmp_path / "g.json", **options)
        return [box.id for box in read_scene(path.read_text()).boxes if box.id[0] in "gn"]

    assert boxes(opened=[]) == ["g1", "g2"]
    assert boxes(opened=["g2"]) == ["g1", "n7", "n8", "n9"]
    assert boxes(most=4) == ["g1", "g2"]
    assert len(boxes()) == 10


def test_a_picture_as_text_is_the_tree(tmp_path: Path) -> None:
    path = gl.viz.graph(small(), tmp_path / "g.txt")
    assert path.read_text(encoding="utf-8") == scene_text(scene(small()))


def test_a_notebook_gets_text_and_a_picture_of_any_graph() -> None:
    bundle = small()._repr_mimebundle_()
    assert bundle["text/plain"] == small().text(locations=True)
    assert ElementTree.fromstring(bundle["image/svg+xml"]).tag.endswith("svg")
    large = unrolled(25_000)._repr_mimebundle_()
    assert len(large["text/plain"]) < 1_000
    assert len(large["image/svg+xml"]) < 10_000


def test_to_dot_needs_no_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert small().to_dot().startswith('digraph "loss" {')


def test_show_opens_a_picture_or_says_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "browser.sh"
    script.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {tmp_path}/opened\n')
    script.chmod(0o755)
    browser = webbrowser.GenericBrowser(str(script))
    monkeypatch.setattr(webbrowser, "_tryorder", ["ours"])
    monkeypatch.setattr(webbrowser, "_browsers", {"ours": [None, browser]})
    small().show()
    opened = (tmp_path / "opened").read_text()
    assert opened.startswith("file://")
    assert Path(opened.removeprefix("file://")).read_bytes().startswith(b"<")
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    with pytest.raises(gl.NotSupported, match="no browser") as raised:
        small().show()
    assert ".svg" in raised.value.hint


@pytest.mark.parametrize("width", [100, 30])
def test_rich_prints_a_graph_as_its_tree(width: int) -> None:
    console = Console(width=width, file=io.StringIO(), record=True, force_terminal=True)
    console.print(backward())
    printed = console.export_text()
    assert printed == scene_text(scene(backward()), width)
