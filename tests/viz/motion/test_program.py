"""Programs in motion as files of every kind; what is none is refused."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.animation.entry import animate
from gradloom.viz.drawing import Group, Text
from gradloom.viz.motion.draw import drawn
from gradloom.viz.motion.program import animate_program, film_of, write_film
from gradloom.viz.palette import DARK, LIGHT
from tests.viz.motion.programs import HOSTILE, rewritten, times, trained

FIRST = {
    "gif": b"GIF8", "webp": b"RIFF", "apng": b"\x89PNG", "png": b"\x89PNG", "pdf": b"%PDF",
    "svg": b"<svg", "html": b"<!doc",
}  # fmt: skip


@pytest.mark.parametrize("kind", FIRST)
def test_every_kind_is_written(tmp_path: Path, kind: str) -> None:
    path = animate_program(trained(1), tmp_path / f"run.{kind}", fps=4, duration=1)
    assert path.read_bytes().startswith(FIRST[kind])


def test_graphs_histories_and_compiled_functions_move(tmp_path: Path) -> None:
    graph = rewritten()
    f = gl.compile(lambda x: np.sum(np.sin(x) * 1.0))
    f(np.ones(3))
    for thing in (graph, graph.history, list(graph.history), f):
        assert animate(thing, tmp_path / "a.html").exists()


def test_a_gif_has_its_frames_size_and_length(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    heard: list[int] = []
    film = film_of(trained(1))
    path = write_film(film, tmp_path / "a.gif", fps=5, duration=2, told=heard.append)
    assert heard == list(range(1, 11))
    with image.open(path) as made:
        assert made.size == (round(film.width), round(film.height))
        assert made.info["loop"] == 0
        frames = []
        for k in range(made.n_frames):
            made.seek(k)
            frames.append((made.info["duration"], np.asarray(made.convert("RGB"))))
    assert sum(t for t, _ in frames) == 2000
    assert any((a != b).any() for (_, a), (_, b) in pairwise(frames))


def test_a_film_is_drawn_in_both_palettes_at_any_time() -> None:
    for film in (film_of(trained(2)), film_of(rewritten().history)):
        for time in times(film, 7):
            for palette in (LIGHT, DARK):
                drawing = drawn(film, time, palette)
                assert (drawing.width, drawing.height) == (film.width, film.height)
                assert drawing.title == film.title


def test_a_frame_tells_what_runs_and_how_much_memory_lives() -> None:
    film = film_of(trained(2))
    time = film.stops[1] + 0.01
    texts: list[str] = []
    for shape in drawn(film, time, LIGHT).shapes:
        inner = shape.shapes if isinstance(shape, Group) else (shape,)
        texts += [s.text for s in inner if isinstance(s, Text)]
    assert "0: h = np.tanh(h @ w + b)" in texts
    assert "live bytes" in texts
    assert "a cotangent on its way back" in texts


def test_a_title_of_ones_own_and_hostile_ones_are_texts(tmp_path: Path) -> None:
    page = animate(trained(1), tmp_path / "a.html", title=HOSTILE).read_text()
    assert "<img" not in page
    assert film_of(rewritten().history, "mine").title == "mine"


@pytest.mark.parametrize(
    ("thing", "options", "error", "words"),
    [
        (3, {}, gl.ArgumentError, "an? int"),
        ((), {}, gl.ArgumentError, "history is empty"),
        (trained(1), {"rows": 0}, gl.ArgumentError, "rows=0"),
        (trained(1), {"duration": 0}, gl.ArgumentError, "duration=0"),
        (trained(1), {"duration": float("nan")}, gl.ArgumentError, "duration=nan"),
        (trained(1), {"theme": "pink"}, gl.ArgumentError, "pink"),
    ],
    ids=["no program", "no entries", "no rows", "no time", "nan", "no palette"],
)
def test_what_cannot_move_is_refused(
    tmp_path: Path, thing: Any, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        animate_program(thing, tmp_path / "a.gif", **options)
    assert not list(tmp_path.iterdir())


def test_a_kind_or_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gl.NotSupported, match=r"'\.xyz'"):
        animate_program(trained(1), tmp_path / "a.xyz")
    with pytest.raises(gl.FileUnwritable):
        animate_program(trained(1), tmp_path / "none" / "a.html")
