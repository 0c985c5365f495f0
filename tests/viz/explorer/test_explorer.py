"""gl.viz.explore as a user calls it."""

from pathlib import Path

import pytest

import gradloom as gl
from tests.viz.explorer.explored import W, X, long, loss, slopes
from tests.viz.pictured import HOSTILE, hostile


def test_a_page_is_one_file_that_asks_for_nothing(tmp_path: Path) -> None:
    page = gl.viz.explore(slopes(), tmp_path / "a.html", inputs=(W, X), measure=True)
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert "http://www.w3.org/2000/svg" in text  # a name, which nothing is fetched from
    assert "src=" not in text.replace("img-src", "").replace("script-src", "")
    assert "default-src 'none'" in text


def test_measuring_without_arrays_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(gl.ArgumentError, match="none were given"):
        gl.viz.explore(gl.trace(loss, W, X), tmp_path / "a.html", measure=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(gl.GradloomError, match="cannot be written"):
        gl.viz.explore(gl.trace(loss, W, X), tmp_path / "no" / "a.html")


def test_a_theme_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gl.ArgumentError, match="no palette 'blue'"):
        gl.viz.explore(gl.trace(loss, W, X), tmp_path / "a.html", theme="blue")


def test_hostile_names_stay_in_the_data(tmp_path: Path) -> None:
    text = gl.viz.explore(hostile(), tmp_path / "a.html", title="<script>x</script>").read_text()
    assert HOSTILE not in text
    assert "<script>x" not in text


def test_backends_and_gradients_are_told(tmp_path: Path) -> None:
    page = gl.viz.explore(
        loss, tmp_path / "a.html", inputs=(W, X), backends=["numpy"], gradients=True
    )
    assert '"backends":["numpy"]' in page.read_text()


@pytest.mark.slow
def test_fifty_thousand_nodes_have_a_page(tmp_path: Path) -> None:
    graph = long(50_000)
    page = gl.viz.explore(graph, tmp_path / "a.html")
    assert len(graph.nodes) > 49_000
    assert page.stat().st_size < 12_000_000
