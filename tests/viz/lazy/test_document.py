"""The page about lazy DAGs holds pictures and docstrings, and nothing that it must fetch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gradloom as gl


def _told(x: float) -> float:
    """Half of it, <b>exactly</b>."""
    return x / 2


def test_a_page_has_the_picture_and_the_docstring_of_every_call(tmp_path: Path) -> None:
    G = gl.dag.GraphBuilder(alias='</title><script>alert("x")</script>')
    G.add(np.exp)(G.add(_told)(3.0)).get()
    H = gl.dag.GraphBuilder(alias="second")
    H.add(lambda: 1, alias="one")()
    path = gl.dag.document(G, H, path=tmp_path / "page.html")
    text = path.read_text(encoding="utf-8")
    assert text.count("<svg") == 2
    assert "Half of it, &lt;b&gt;exactly" in text
    assert "_told(x: float) -&gt; float" in text or "_told(x: &#x27;float" in text
    assert "It has no docstring." in text
    assert "alert(" in text
    assert "<script>alert" not in text
    assert "http://" not in text.replace("http://www.w3.org/", "")


def test_what_is_no_graph_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(gl.ArgumentError, match="wants a graph"):
        gl.dag.document(path=tmp_path / "a.html")
    with pytest.raises(gl.CallError, match="int is no graph"):
        gl.dag.document(3, path=tmp_path / "a.html")  # type: ignore[arg-type]
    with pytest.raises(gl.FileError):
        gl.dag.document(gl.dag.GraphBuilder(), path=tmp_path / "no" / "a.html")
    assert not list(tmp_path.iterdir())


def test_the_path_has_three_ways_to_be_given_of_which_one_is_used(tmp_path: Path) -> None:
    G = gl.dag.GraphBuilder()
    for name, options in (("a", {"path": tmp_path / "a"}), ("b", {"filename": tmp_path / "b"})):
        assert gl.dag.document(G, pixel_offset=-1, **options) == tmp_path / name
    assert gl.dag.document(G, tmp_path / "c") == tmp_path / "c"
    with pytest.raises(gl.ArgumentError, match="one path"):
        gl.dag.document(G, tmp_path / "d", path=tmp_path / "e")
    with pytest.raises(gl.CallError, match=r"document\(\*graphs\)"):
        gl.dag.document([G], path=tmp_path / "f")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]
