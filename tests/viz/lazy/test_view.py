"""Pictures of lazy DAGs: what is in them, how boxes look, and the files they go to."""

from __future__ import annotations

import operator
import shutil
import subprocess
import xml.dom.minidom
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder
from gradloom.viz.layout import layout
from gradloom.viz.lazy.looks import attributes_of, hex_of
from gradloom.viz.lazy.scene import styled


def _graphs() -> tuple[GraphBuilder, Any]:
    other = GraphBuilder(alias="features")
    f = other.add(np.ones, alias="load")((3, 4))
    G = GraphBuilder(alias="model")
    a = G.add(np.ones, alias="query", shape="cylinder", color="tomato", rank=1, persist=True)(5)
    c = G.add(lambda a, f: a.sum() + f.sum(), alias="join", shape="ellipse", fontsize=20)(a, f)
    G.add(operator.neg, alias="apart", rank=1)(a)
    return G, c


def _titles(G: GraphBuilder, **options: Any) -> list[str]:
    options = {"summary": True, "verbose": False, **options}
    scene = styled(G, attributes=attributes_of({}), **options).scene
    return [box.title.strip() for box in scene.boxes]


def test_a_summary_has_a_box_per_call_and_one_per_other_graph() -> None:
    G, _ = _graphs()
    assert _titles(G) == ["query", "features", "join", "apart"]
    assert _titles(G, verbose=True)[::2] == ["query_0", "join_0"]


def test_the_whole_has_values_too() -> None:
    G, _ = _graphs()
    assert _titles(G, summary=False).count("data") == 5
    scene = styled(G, False, False, attributes_of({})).scene
    assert len(scene.edges) == 8


def test_sizes_and_times_stand_in_the_boxes_once_they_are_known() -> None:
    G, c = _graphs()
    before = str(G.view())
    assert "(5, )" not in before
    assert "kept" in before
    c.get()
    after = str(G.view())
    assert "(5, )" in after
    assert "40 B" in after


def test_what_nodes_depend_on_is_outlined() -> None:
    G, c = _graphs()
    picture = styled(G, True, False, attributes_of({}), [c])
    outlined = [b.title.strip() for b in picture.scene.boxes if picture.styles[b.id].outlined]
    assert outlined == ["query", "features", "join"]
    assert "join" in str(G.view_dependency("join"))


@pytest.mark.parametrize("kind", ["svg", "png", "pdf", "dot", "txt"])
def test_every_kind_of_file_is_written(tmp_path: Path, kind: str) -> None:
    G, _ = _graphs()
    path = G.save_view(tmp_path / f"p.{kind}")
    assert path.stat().st_size > 100
    other = G.save_view(dirpath=str(tmp_path), filename="q", fileformat=kind, summary=False)
    assert other == tmp_path / f"q.{kind}"
    assert other.stat().st_size > 100


def test_wrong_looks_are_refused_by_name(tmp_path: Path) -> None:
    G = GraphBuilder()
    G.add(int, color="no such colour")()
    with pytest.raises(gl.ArgumentError, match="no such colour"):
        G.save_view(tmp_path / "p.svg")
    H = GraphBuilder()
    H.add(int, shape="heart")()
    with pytest.raises(gl.ArgumentError, match="heart"):
        H.save_view(tmp_path / "p.svg")
    with pytest.raises(gl.NotSupported, match="bmp"):
        H.save_view(fileformat="bmp")
    with pytest.raises(gl.ArgumentError, match="op_colour"):
        H.view(graph_attributes={"op_colour": 1})
    assert not list(tmp_path.iterdir())


def test_attributes_hold_for_all_further_pictures() -> None:
    G, _ = _graphs()
    assert G.default_graph_attributes["graph_ranksep"] == 0.415
    G.update_graph_attributes({"op_node_color": "gold", "graph_ranksep": 1.5})
    assert hex_of("gold") in G.view().source
    assert "ranksep=1.5" in G.view().source
    assert "ranksep=2" in G.view(gap=2).source


def test_hostile_names_and_values_do_no_harm(tmp_path: Path) -> None:
    class Odd:
        @property
        def shape(self) -> Any:
            raise RuntimeError("no")

        def __len__(self) -> int:
            raise RuntimeError("no")

    G = GraphBuilder(alias='</svg><script>"\n')
    G.add(Odd, alias='a"];\n<b>&', persist=True)().get()
    text = G.save_view(tmp_path / "p.svg", summary=False).read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "<b>" not in text


def test_an_empty_graph_has_a_picture(tmp_path: Path) -> None:
    assert GraphBuilder().save_view(tmp_path / "empty.svg").exists()


def test_calls_too_many_for_a_box_each_are_one_box_by_function_and_distance() -> None:
    G, H = GraphBuilder(alias="many"), GraphBuilder(alias="other")
    number = H.add(int)(3)
    loaded = [G.add(pow, alias="load")(number, k) for k in range(1500)]
    halves = [G.add(operator.neg, alias="halve")(x) for x in loaded]
    total = G.add(sum)(halves)
    other = G.add(len, alias="count")(loaded)
    G.run(total)
    picture = styled(G, False, False, attributes_of({}), [other])
    titles = [box.title for box in picture.scene.boxes]
    assert titles == ["other", "load × 1,500", "halve × 1,500", "count × 1", "sum × 1"]
    assert sum(box.count for box in picture.scene.boxes[1:]) == len(G)
    assert [edge.count for edge in picture.scene.edges] == [1500] * 4
    assert any("1,500 made:" in line for line in picture.scene.boxes[1].lines)
    outlined = [box.title for box in picture.scene.boxes if picture.styles[box.id].outlined]
    assert outlined == ["load × 1,500", "count × 1"]
    assert "load × 1,500" in str(G.view())


def test_a_long_chain_is_drawn_in_stretches(tmp_path: Path) -> None:
    G = GraphBuilder()
    node = G.add(int)()
    for k in range(5000):
        node = G.add(operator.neg if k % 2 else abs)(node)
    boxes = styled(G, True, False, attributes_of({})).scene.boxes
    assert len(boxes) == 99
    assert boxes[1].title in ("neg × 26, abs × 25", "abs × 26, neg × 25")
    assert G.save_view(tmp_path / "chain.svg").stat().st_size > 10_000


def _tops(G: GraphBuilder) -> dict[str, float]:
    placed = layout(styled(G, True, False, attributes_of({})).scene)
    return {box.box.title: box.y for box in placed.boxes.values()}


def test_calls_of_one_rank_stand_side_by_side_where_none_needs_another() -> None:
    G = GraphBuilder()
    a = G.add(int, alias="a", rank="row")(1)
    b = G.add(int, alias="b")(2)
    c = G.add(operator.neg, alias="c", rank="row")(b)
    d = G.add(operator.add, alias="d", rank=2)(a, c)
    G.add(operator.neg, alias="e", rank=2)(d)  # it needs d, and stands below
    tops = _tops(G)
    assert tops["a"] == tops["c"]
    assert tops["b"] < tops["c"] < tops["d"] < tops["e"]


def test_where_a_call_was_made_how_often_and_what_failed_stand_in_its_box() -> None:
    left = [1]

    def flaky() -> int:
        if left.pop():
            left.extend([0])
            raise OSError("not yet")
        return 3

    G = GraphBuilder()
    G.run(G.add(flaky, retry=1)(), executor="threads")
    bad = G.add(operator.truediv)(1, 0)
    with pytest.raises(ZeroDivisionError):
        G.run(bad, executor="threads")
    text = str(G.view())
    assert "a thread, 2 tries" in text
    assert "failed: ZeroDivisionError: division by zero" in text


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed")
def test_graphviz_reads_the_source() -> None:
    G, _ = _graphs()
    made = subprocess.run(
        ["dot", "-Tplain"], input=G.view().source.encode(), capture_output=True, check=True
    )
    assert b"join" in made.stdout
    assert made.stderr == b""


def test_the_two_orders_of_options_are_one() -> None:
    G, _ = _graphs()
    own = G.view(False, True, {"op_node_color": "gold"}, 2.0).source
    theirs = G.view(False, {"op_node_color": "gold"}, True, 2.0).source
    assert own == theirs
    assert "query_0" in own
    assert "ranksep=2" in own


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"op_node_fontsize": "x"}, "op_node_fontsize is 'x'"),
        ({"op_node_fontsize": 0}, "positive number"),
        ({"graph_ranksep": float("nan")}, "positive number"),
        ({"op_node_shape": 3}, "no shape 3"),
        ({"op_node_color": "nocolor"}, "is no colour"),
        ({"persist_record_shape": "yes"}, "True or False"),
        ({3: 4}, "no graph attribute 3"),
    ],
)
def test_wrong_attributes_are_refused_and_change_nothing(
    attributes: dict[Any, Any], text: str
) -> None:
    G = GraphBuilder()
    with pytest.raises(gl.ArgumentError, match=text):
        G.update_graph_attributes(attributes)
    with pytest.raises(gl.ArgumentError, match=text):
        G.view(graph_attributes=attributes)
    assert G.graph_attributes == G.default_graph_attributes


def test_attributes_are_all_told_and_numbers_may_be_text() -> None:
    G = GraphBuilder()
    G.update_graph_attributes({"op_node_fontsize": "14", "op_node_shape": "record"})
    assert G.graph_attributes["op_node_fontsize"] == 14
    assert G.graph_attributes["op_node_shape"] == "box"
    assert len(G.graph_attributes) == 12
    attributes: Any = 3
    with pytest.raises(gl.CallError, match="a dict is due"):
        G.view(graph_attributes=attributes)


def test_a_picture_goes_to_one_place(tmp_path: Path) -> None:
    G, _ = _graphs()
    folder = str(tmp_path)
    with pytest.raises(gl.ArgumentError, match="both were given"):
        G.save_view(tmp_path / "p.svg", dirpath=folder)
    wrong: Any = True
    with pytest.raises(gl.CallError, match="path is True"):
        G.save_view(wrong)
    assert G.save_view(dirpath=folder, filename="p.svg", fileformat="svg").name == "p.svg"
    with pytest.raises(gl.FileUnwritable):
        G.save_view(tmp_path / "absent" / "p.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["p.svg"]


def test_pictures_of_the_same_program_are_the_same() -> None:
    texts = []
    for _ in range(2):
        G = GraphBuilder(alias="g")
        G.add(abs, alias="last")(G.add(max)(1, 2))
        texts += [str(G.view(summary=False)), G.view(summary=False).source]
    assert texts[:2] == texts[2:]
    assert "last_0 last" in texts[0]


def test_dark_boxes_have_light_text_for_graphviz_too() -> None:
    G = GraphBuilder()
    G.add(int, color="#222", fontsize=20)()
    source = G.view().source
    assert 'fillcolor="#222222", fontcolor="#ffffff"' in source
    assert 'label="int"' in source
    assert "penwidth=1.75" in G.view_dependency("int").source


def test_a_box_with_depth_has_a_lid_and_a_side() -> None:
    G = GraphBuilder()
    G.add(int, shape="box3d")()
    flat = GraphBuilder()
    flat.add(int, shape="rect")()
    assert G.view().svg().count("<polygon") == flat.view().svg().count("<polygon") + 2


class Table:
    """As Spark's: it counts its rows by a job."""

    columns: ClassVar[list[str]] = ["a", "b"]
    rdd: ClassVar[object] = None
    jobs: ClassVar[list[str]] = []

    def count(self) -> int:
        self.jobs.append("count")
        return 7

    def persist(self) -> None:
        self.jobs.append("persist")


def test_a_table_counts_its_rows_only_where_it_keeps_them() -> None:
    Table.jobs.clear()
    G = GraphBuilder()
    G.add(Table)()
    failing = G.add(lambda table: 1 / 0)(G.add(Table)())
    with pytest.raises(ZeroDivisionError) as caught:
        failing.get()
    assert "Table (?, 2)" in caught.value.__notes__[0]
    G.remove()
    G.run()
    assert "(?, 2)" in str(G.view())
    assert Table.jobs == []
    G.add(Table, persist=True)()
    G.run()
    assert Table.jobs == ["persist"]
    assert "(7, 2)" in str(G.view())


class Hostile:
    """A callable that tells nothing of itself but errors."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __call__(self, x: int) -> float:
        return 1 / x


def test_callables_that_raise_when_they_are_looked_at_are_drawn_and_named(tmp_path: Path) -> None:
    G = GraphBuilder()
    good, bad = G.add(Hostile())(1), G.add(Hostile())(0)
    assert good.get() == 1.0
    with pytest.raises(ZeroDivisionError) as caught:
        bad.get()
    assert "in Hostile_1" in caught.value.__notes__[0]
    assert "Hostile" in G.view(summary=False).source
    page = gl.dag.document(G, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "tells nothing of itself" in page


NAMES = ["x" * 10_000, 'a"; b\n\0c', "\u202eright to left", "\U0001f642", "<&'>", "]]>", "--><!--"]


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed")
def test_names_of_any_kind_are_read_by_graphviz_and_by_readers_of_svg(tmp_path: Path) -> None:
    G = GraphBuilder()
    for name in NAMES:
        G.add(int, alias=name, output_alias=name, color="gold", rank=1)()
    shown = G.view(summary=False, verbose=True)
    made = subprocess.run(["dot", "-Tplain"], input=shown.source.encode(), capture_output=True)
    assert (made.returncode, made.stderr) == (0, b"")
    xml.dom.minidom.parse(str(shown.save(tmp_path / "p.svg")))
    assert shown.save(tmp_path / "p.png").stat().st_size > 100
