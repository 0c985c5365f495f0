"""`gl.viz.animate`: what it takes, the files that it writes, and what it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gradloom as gl
from gradloom.viz import AllReduceStrategy, GossipStrategy, ParameterServerStrategy, RenderConfig
from gradloom.viz.animation import GraphBuilder, ring
from gradloom.viz.animation.films import film_of
from gradloom.viz.animation.writing import kinds

SMALL: dict[str, Any] = {"width": 240, "height": 180, "fps": 8, "duration": 1.0}
BEGINS = {
    "gif": b"GIF89a", "webp": b"RIFF", "apng": b"\x89PNG", "png": b"\x89PNG", "svg": b"<svg",
    "pdf": b"%PDF", "html": b"<!doctype html>", "mp4": b"\0\0\0", "webm": b"\x1aE\xdf\xa3",
}  # fmt: skip


@pytest.mark.parametrize("thing", ["ring", AllReduceStrategy()], ids=["schedule", "strategy"])
@pytest.mark.parametrize("kind", kinds())
def test_the_ending_says_which_kind_is_written(thing: Any, kind: str, tmp_path: Path) -> None:
    if kind in ("mp4", "webm"):
        pytest.importorskip("imageio_ffmpeg")
    if kind == "pdf":
        pytest.importorskip("reportlab")
    made = gl.viz.animate(thing, tmp_path / "new" / f"a.{kind}", **SMALL)
    assert made == tmp_path / "new" / f"a.{kind}"
    assert made.read_bytes().startswith(BEGINS[kind])
    if kind in ("gif", "webp", "apng"):
        with Image.open(made) as image:
            assert (image.size, image.n_frames) == ((240, 180), 8)
    if kind == "png":
        with Image.open(made) as image:
            assert (image.size, getattr(image, "n_frames", 1)) == ((240, 180), 1)


def test_without_a_path_it_is_a_page(tmp_path: Path) -> None:
    assert gl.viz.animate("ring", **SMALL).read_bytes().startswith(b"<!doctype html>")


def test_a_still_shows_the_second_that_is_asked_for(tmp_path: Path) -> None:
    drawn = [gl.viz.animate("ring", tmp_path / f"{i}.png", at=at, **SMALL).read_bytes()
             for i, at in enumerate((0.0, 0.5, 0.5))]  # fmt: skip
    assert drawn[0] != drawn[1] == drawn[2]
    with pytest.raises(gl.ArgumentError, match=r"a still at 3 s of 1 s"):
        gl.viz.animate("ring", tmp_path / "a.png", at=3, **SMALL)


def test_told_hears_of_every_frame(tmp_path: Path) -> None:
    heard: list[int] = []
    gl.viz.animate("tree", tmp_path / "a.gif", told=heard.append, **SMALL)
    assert heard == list(range(1, 9))


def test_a_strategy_brings_its_nodes_or_takes_a_graph() -> None:
    assert len(film_of(GossipStrategy(7)).stage.spots) == 7
    assert len(film_of(AllReduceStrategy(), workers=3).stage.spots) == 3
    server = film_of(ParameterServerStrategy(2)).stage.spots
    assert [s.label for s in server if s.leader] == ["PS"]
    graph = GraphBuilder().with_ring_layout(2, (0, 0), 1, labels=["x", "y"]).build()
    assert [s.label for s in film_of(AllReduceStrategy(), graph=graph).stage.spots] == ["x", "y"]


def test_workers_seed_gradients_and_theme_are_taken() -> None:
    assert len(film_of("ring", workers=9).stage.spots) == 9
    assert film_of("gossip", seed=1).moment(0.4) != film_of("gossip", seed=2).moment(0.4)
    film = film_of(ring(2), gradients=np.array([[3.0, 4.0], [0.0, 0.0]]), theme="light")
    assert film.theme == gl.viz.Theme.light()
    tips = " ".join(d.tip for d in film.moment(0.4).dots)
    assert "norm 3" in tips or "norm 4" in tips
    assert film_of("ring", config=RenderConfig(100, 100)).stage.width == 100


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    ("rinng", {}, "no schedule 'rinng'"),
    (3.5, {}, "nothing moves in a float"),
    ("ring", {"colour": 1}, "option 'colour'"),
    ("ring", {"theme": "pink"}, "no theme 'pink'"),
    ("ring", {"workers": 65}, "65 workers"),
    ("ring", {"width": 1}, "a width of 1 pixels"),
    ("ring", {"config": RenderConfig(), "fps": 3}, "config and fps"),
    (AllReduceStrategy(), {"graph": 3}, "the graph is a int"),
    ([], {}, "nothing moves in these events"),
]


@pytest.mark.parametrize(("thing", "options", "told"), WRONG, ids=[told for *_, told in WRONG])
def test_what_cannot_be_shown_says_so(
    thing: Any, options: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(gl.GradloomError, match=told) as raised:
        gl.viz.animate(thing, tmp_path / "a.gif", **options)
    assert raised.value.hint
    assert not (tmp_path / "a.gif").exists()


def test_another_ending_and_a_folder_that_takes_nothing_say_so(tmp_path: Path) -> None:
    with pytest.raises(gl.NotSupported, match=r"kind '\.bmp'"):
        gl.viz.animate("ring", tmp_path / "a.bmp")
    (tmp_path / "file").write_text("")
    for kind in ("gif", "html", "svg"):
        with pytest.raises(gl.ir.errors.FileUnwritable):
            gl.viz.animate("ring", tmp_path / "file" / f"a.{kind}", **SMALL)
