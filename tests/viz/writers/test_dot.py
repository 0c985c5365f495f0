"""DOT text is well formed whatever the names."""

import shutil
import subprocess

import pytest

from gradloom.viz.scene import Box, Scene, scene
from gradloom.viz.writers.dot import dot
from tests.viz.pictured import hostile_scene, looped, small


def test_every_box_and_edge_has_its_line() -> None:
    drawn = scene(small())
    lines = dot(drawn).splitlines()
    assert lines[0] == 'digraph "loss" {'
    assert lines[-1] == "}"
    assert sum(" -> " in line for line in lines) == len(drawn.edges)
    assert sum("label=" in line for line in lines) == len(drawn.boxes)
    assert any('label="power\\nf32[batch,2]\\nwith 2.0"' in line for line in lines)


def test_quotes_backslashes_and_line_breaks_are_escaped() -> None:
    text = dot(hostile_scene())
    assert text.splitlines()[0] == r'digraph "a\"];<b>&\n\\N{}" {'
    assert [line.split()[0] for line in text.splitlines()] == [
        "digraph", "node", "p0", "r0", "p0", "}",
    ]  # fmt: skip


@pytest.mark.skipif(shutil.which("dot") is None, reason="no dot here (Graphviz): not read back")
def test_graphviz_reads_hostile_names() -> None:
    text = dot(hostile_scene())
    done = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    nodes = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("node")]
    assert sorted(nodes) == ["p0", "r0"]


def test_a_frame_is_a_cluster_around_its_boxes() -> None:
    lines = dot(scene(looped())).splitlines()
    start = lines.index('  subgraph "cluster_n2" {')
    end = lines.index("  }", start)
    inside = [line.split()[0] for line in lines[start + 2 : end]]
    assert inside == ['"n2.0.p0"', '"n2.0.p1"', '"n2.0.0"', '"n2.0.1"', '"n2.0.r0"', '"n2.0.r1"']


def test_an_id_that_is_a_word_of_the_language_is_quoted() -> None:
    text = dot(Scene("s", (Box("Node", "t", (), "op"),), ()))
    assert '  "Node" [label="t"' in text
