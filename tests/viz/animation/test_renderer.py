"""Frames and GIFs of strategies: as many and as large as asked for, without a seam, legends in the
colours of what they name, at any size.
"""

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

import gradloom as gl
from gradloom.viz import (
    AllReduceStrategy,
    EdgeDescriptor,
    GIFRenderer,
    GossipStrategy,
    GraphBuilder,
    Particle,
    ParticleShape,
    RenderConfig,
    Theme,
)
from gradloom.viz.animation import Graph
from gradloom.viz.animation.classic import SCENES, classic, everyone
from gradloom.viz.animation.painter import Painter
from gradloom.viz.animation.shapes import parts

SMALL = RenderConfig(400, 300, scale=1, fps=10, duration=1.0)


def five() -> Graph:
    return everyone(5, AllReduceStrategy())


class Blinking:
    """A strategy of somebody else's."""

    title = "Blinking"
    subtitle = "<not markup>"

    def get_phase_text(self, frame: int, total_frames: int) -> str:
        return f"{frame} of {total_frames}"

    def get_edge_alpha(self, src: int, dst: int, frame: int, total_frames: int) -> float:
        return float(frame % 2)

    def get_particles(
        self, edges: list[EdgeDescriptor], frame: int, total_frames: int
    ) -> list[Particle]:
        return [Particle(*e.bezier_fn(0.5), (255, 0, 255), ParticleShape.STAR4) for e in edges]


def test_a_frame_is_as_large_as_asked_for() -> None:
    for scale in (1, 2, 3):
        config = RenderConfig(320, 240, scale=scale, duration=1)
        frame = GIFRenderer(five(), AllReduceStrategy(), config).render_frame(3)
        assert (frame.mode, frame.size) == ("RGBA", (config.rw, config.rh))


@pytest.mark.parametrize("scene", SCENES)
def test_the_frame_after_the_last_is_the_first_to_the_pixel(scene: str) -> None:
    film = classic(scene, SMALL)
    painter = Painter(film.stage, film.theme)
    first, again, other = (painter.paint(film.frame(i)) for i in (0, 10, 4))
    assert ImageChops.difference(first, again).getbbox() is None
    assert ImageChops.difference(first, other).getbbox() is not None


def test_a_gif_has_the_frames_the_size_and_the_length_that_were_asked_for(tmp_path: Path) -> None:
    config = RenderConfig(200, 150, fps=18, duration=2.0)
    path = tmp_path / "new" / "folder" / "a.gif"
    made = GIFRenderer(five(), AllReduceStrategy(), config).render_gif(path, verbose=False)
    assert made == path
    with Image.open(path) as gif:
        assert (gif.n_frames, gif.size, gif.info["loop"]) == (36, (200, 150), 0)
        length = 0
        for i in range(gif.n_frames):
            gif.seek(i)
            length += gif.info["duration"]
    assert length == 2000


def test_a_gif_shows_what_was_painted_and_no_colour_flickers(tmp_path: Path) -> None:
    film = classic("allreduce", SMALL)
    painter = Painter(film.stage, film.theme)
    path = GIFRenderer(five(), AllReduceStrategy(), SMALL).render_gif(tmp_path / "a.gif")
    place = parts(film.stage, film.theme)
    legend = (int(place.legend_x), int(place.plot[1]), 400, 240)
    legends = set()
    with Image.open(path) as gif:
        for i in range(10):
            gif.seek(i)
            shown = np.asarray(gif.convert("RGB"), float)
            painted = np.asarray(painter.paint(film.frame(i)), float)
            assert np.abs(shown - painted).mean() < 1.5
            legends.add(gif.convert("RGB").crop(legend).tobytes())
    assert len(legends) == 1


@pytest.mark.parametrize("theme", [Theme.dark(), Theme.light()], ids=["dark", "light"])
def test_the_legend_has_the_colours_of_the_edges(theme: Theme) -> None:
    film = classic("gossip", theme=theme)
    place = parts(film.stage, theme)
    image = Painter(film.stage, theme).paint(film.frame(0))
    for i, key in enumerate(film.stage.keys):
        y = place.legend_top + i * place.legend_row - theme.font_legend_size / 2 * 0.36
        found = image.getpixel((int(place.legend_x + 8), int(y)))
        assert max(abs(a - b) for a, b in zip(found, key.color or (), strict=True)) <= 3


SIZES = [(800, 600, 2), (800, 600, 1), (320, 240, 1), (1920, 1080, 1), (300, 900, 2), (64, 64, 1)]


@pytest.mark.parametrize(("width", "height", "scale"), SIZES)
@pytest.mark.parametrize("workers", [1, 2, 5, 24])
def test_everything_is_on_the_canvas_at_any_size(
    width: int, height: int, scale: int, workers: int
) -> None:
    film = classic("allreduce", RenderConfig(width, height, scale=scale), workers=workers)
    for spot in film.stage.spots:
        assert spot.radius <= spot.x <= width - spot.radius
        assert spot.radius <= spot.y <= height - spot.radius
    for frame in (0, 13, 60):
        for dot in film.frame(frame).dots:
            assert -10 <= dot.x <= width + 10
            assert -10 <= dot.y <= height + 10
    place = parts(film.stage, film.theme)
    assert place.rows * place.legend_row + place.legend_top <= height or not place.rows


def test_nodes_do_not_touch() -> None:
    for workers in (2, 12, 40, 64):
        spots = classic("allreduce", workers=workers).stage.spots
        for a, b in itertools.combinations(spots, 2):
            assert np.hypot(a.x - b.x, a.y - b.y) > a.radius + b.radius


def test_weights_touch_neither_nodes_nor_each_other() -> None:
    film = classic("allreduce")
    places = [w.label_at for w in film.stage.wires]
    assert None not in places
    for a, b in itertools.combinations([p for p in places if p], 2):
        assert abs(a[0] - b[0]) >= 30 or abs(a[1] - b[1]) >= 14


def test_a_strategy_of_ones_own_is_drawn() -> None:
    renderer = GIFRenderer(five(), Blinking(), SMALL)
    colours = renderer.render_frame(0).convert("RGB").getcolors(1 << 20)
    assert (255, 0, 255) in {c for _, c in colours} or any(
        r > 230 and b > 230 and g < 40 for _, (r, g, b) in colours
    )
    assert renderer.render_frame(0).tobytes() != renderer.render_frame(1).tobytes()


def test_no_duration_is_one_frame(tmp_path: Path) -> None:
    config = RenderConfig(200, 150, duration=0)
    renderer = GIFRenderer(five(), GossipStrategy(2), config)
    with Image.open(renderer.render_gif(tmp_path / "still.gif")) as gif:
        assert getattr(gif, "n_frames", 1) == 1


def test_the_same_seed_draws_the_same_pixels() -> None:
    def drawn(seed: int) -> bytes:
        return bytes(
            GIFRenderer(five(), GossipStrategy(seed=seed), SMALL).render_frame(2).tobytes()
        )

    assert drawn(1) == drawn(1) != drawn(2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 3), ("height", 100_000), ("fps", 0), ("fps", -5), ("duration", -1.0),
        ("scale", 0), ("duration", float("nan")), ("duration", float("inf")), ("duration", 1e9),
        ("particle_size", 0),
    ],
)  # fmt: skip
def test_sizes_that_no_picture_has_say_so(field: str, value: float) -> None:
    with pytest.raises(gl.ArgumentError, match=r"\d|nan|inf") as raised:
        RenderConfig(**{field: value})  # type: ignore[arg-type]
    assert raised.value.hint


def test_the_figures_of_a_size_are_these() -> None:
    config = RenderConfig()
    assert (config.rw, config.rh, config.total_frames, config.frame_ms) == (1600, 1200, 108, 55)


def test_what_is_no_graph_no_strategy_or_no_gif_says_so(tmp_path: Path) -> None:
    with pytest.raises(gl.ArgumentError, match="without nodes"):
        GIFRenderer(Graph(), AllReduceStrategy())
    with pytest.raises(gl.ArgumentError, match="int is no strategy"):
        GIFRenderer(five(), 3)  # type: ignore[arg-type]
    with pytest.raises(gl.ArgumentError, match=r"not '\.mp4'"):
        GIFRenderer(five(), AllReduceStrategy(), SMALL).render_gif(tmp_path / "a.mp4")
    (tmp_path / "file").write_text("")
    with pytest.raises(gl.ir.errors.FileUnwritable, match="file"):
        GIFRenderer(five(), AllReduceStrategy(), SMALL).render_gif(tmp_path / "file" / "a.gif")


def test_a_place_that_is_no_number_is_left_out() -> None:
    class Lost(Blinking):
        def get_particles(
            self, edges: list[EdgeDescriptor], frame: int, total_frames: int
        ) -> list[Particle]:
            return [Particle(float("nan"), 5, (255, 0, 0), ParticleShape.CIRCLE)]

    assert GIFRenderer(five(), Lost(), SMALL).render_frame(0).size == (400, 300)


def test_positions_of_ones_own_stay_where_they_are_without_fit() -> None:
    graph = GraphBuilder().with_custom_positions([(100, 150, "a"), (300, 150, "b")]).build()
    config = RenderConfig(400, 300, scale=1, fit=False)
    frame = GIFRenderer(graph, AllReduceStrategy(), config).render_frame(0)
    assert frame.getpixel((85, 150))[:3] == Theme().node_fill


def test_the_default_scene_is_a_third_as_large_as_griphograms(tmp_path: Path) -> None:
    path = GIFRenderer(five(), AllReduceStrategy()).render_gif(tmp_path / "a.gif")
    assert path.stat().st_size < 4_870_000 / 3  # bench/animation.py
