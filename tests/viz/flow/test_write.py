"""Flows as pictures: every kind is written, moves, and tells what is in it."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.drawing import Drawing, Group, Rect, Text
from gradloom.viz.flow.board import board
from gradloom.viz.flow.draw import drawn_step
from gradloom.viz.flow.heatmap import heatmap, picked
from gradloom.viz.flow.layers import layers_of
from gradloom.viz.flow.moment import scale_of
from gradloom.viz.flow.write import run_seconds
from gradloom.viz.palette import DARK, LIGHT
from tests.viz.flow.programs import HOSTILE, batch, deep, layers, made

ROWS = [[1e-5, 1, 1e-6, 0.7, 1, 1], [1, 1, 0.5, 0, 1, 1], [1, 1, np.nan, 1, 1, 1]]
FLOW = made(ROWS, nans=[[0] * 6, [0] * 6, [0, 0, 1, 0, 0, 0]])
FIRST = {"gif": b"GIF8", "webp": b"RIFF", "apng": b"\x89PNG", "png": b"\x89PNG",
         "pdf": b"%PDF", "svg": b"<svg", "html": b"<!doc"}  # fmt: skip


def texts(shapes: Any) -> list[str]:
    """All texts of shapes."""
    out: list[str] = []
    for shape in shapes:
        if isinstance(shape, Text):
            out.append(shape.text)
        elif isinstance(shape, Group):
            out += texts(shape.shapes)
    return out


def step(at: float, flow: gl.viz.GradientFlow = FLOW) -> Drawing:
    shown = layers_of(flow)
    return drawn_step(flow, shown, board(shown), scale_of(shown), at, LIGHT)


def test_a_step_tells_its_number_loss_norms_and_troubles() -> None:
    told = texts(step(0).shapes)
    assert {"Gradients of made", "step 0 of 2 on numpy", "loss 0"} <= set(told)
    assert {"line 2", "1.0e-06", "▼ vanishing", "w"} <= set(told)
    assert "! non-finite" in texts(step(2).shapes)
    assert "nan" in texts(step(2).shapes)


def test_bars_are_as_long_as_the_norm_says() -> None:
    shown = layers_of(FLOW)
    scale = scale_of(shown)
    groups = [s for s in step(0).shapes if isinstance(s, Group)]
    bars = [r for g in groups for r in g.shapes if isinstance(r, Rect) and r.height == 14.0]
    wanted = [196 * scale.share(x) for x in (1e-6, 0.7, 1, 1)]
    assert [b.width for b in bars] == pytest.approx([max(w, 2) for w in wanted])


def test_a_heatmap_has_a_cell_per_layer_and_step() -> None:
    shown = layers_of(FLOW)
    drawing = heatmap(FLOW, shown, scale_of(shown), DARK)
    cells = [s for s in drawing.shapes if isinstance(s, Group)]
    assert len(cells) == 3 * len(shown.layers)
    paints = [c.shapes[0].fill for c in cells if isinstance(c.shapes[0], Rect)]
    assert paints.count("bad") == 1
    assert paints.count("sunken") == 1


def test_columns_are_never_too_thin() -> None:
    assert picked(120) == list(range(120))
    many = picked(5000)
    assert (len(many), many[0], many[-1]) == (120, 0, 4999)
    assert sorted(set(many)) == many


@pytest.mark.parametrize("kind", FIRST)
def test_every_kind_of_picture_is_written(tmp_path: Path, kind: str) -> None:
    some = {"duration": 0.5, "fps": 8} if kind in ("gif", "webp", "apng") else {}
    path = FLOW.write(tmp_path / f"flow.{kind}", **some)
    assert path.read_bytes().startswith(FIRST[kind])
    assert len(path.read_bytes()) > 1000


def test_a_gif_moves_and_rests_and_tells_how_far_it_is(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    heard: list[int] = []
    path = FLOW.write(
        tmp_path / "flow.gif",
        duration=1,
        fps=8,
        told=heard.append,
    )
    assert heard == list(range(1, 21))
    with image.open(path) as made_gif:
        assert made_gif.size == (900, round(step(0).height))
        times = []
        for k in range(made_gif.n_frames):
            made_gif.seek(k)
            times.append(made_gif.info["duration"])
    assert sum(times) == 2500


def test_the_dots_end_where_they_began() -> None:
    assert run_seconds(1) > 0
    assert run_seconds(10**6) == 12
    first, again = (
        step(1.0),
        drawn_step(
            FLOW,
            layers_of(FLOW),
            board(layers_of(FLOW)),
            scale_of(layers_of(FLOW)),
            1.0,
            LIGHT,
            1.0,
        ),
    )
    assert first == again


def test_one_step_by_itself(tmp_path: Path) -> None:
    svg = FLOW.write(tmp_path / "flow.svg", step=1).read_text()
    assert "step 1 of 2" in svg
    with pytest.raises(gl.ArgumentError, match="step 7 was not measured"):
        FLOW.write(tmp_path / "flow.svg", step=7)


def test_the_same_flow_gives_the_same_bytes(tmp_path: Path) -> None:
    a = FLOW.write(tmp_path / "a.gif", duration=0.3).read_bytes()
    b = FLOW.write(tmp_path / "b.gif", duration=0.3).read_bytes()
    assert a == b


def test_hostile_titles_are_texts(tmp_path: Path) -> None:
    flow = gl.viz.gradient_flow(deep, layers(1), [batch()], steps=1, title=HOSTILE)
    root = ElementTree.parse(flow.write(tmp_path / "flow.svg")).getroot()
    assert f"Gradients of {HOSTILE}" in "".join(root.itertext())
    assert "<img" not in flow.write(tmp_path / "flow.html").read_text()


def test_a_picture_of_no_kind_or_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gl.NotSupported, match=r"'\.xyz'"):
        FLOW.write(tmp_path / "flow.xyz")
    with pytest.raises(gl.FileUnwritable):
        FLOW.write(tmp_path / "none" / "flow.svg")
    with pytest.raises(gl.ArgumentError, match="no step was measured"):
        gl.viz.GradientProbe(deep).flow.write(tmp_path / "flow.svg")
