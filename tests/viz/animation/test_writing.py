"""Films as files: frames are drawn one by one, and a video beside JAX warns of nothing."""

from pathlib import Path

import pytest
from PIL import Image

import gradloom as gl
from gradloom.viz.animation.films import film_of
from gradloom.viz.animation.writing import frames


def test_there_are_as_many_frames_as_asked_for_and_each_is_as_large() -> None:
    drawn = frames(film_of("ring", width=200, height=150, fps=5, duration=2.0))
    assert len(drawn) == 10
    assert {frame().size for frame in drawn[:3]} == {(200, 150)}
    assert drawn[2]().tobytes() == drawn[2]().tobytes()


def test_what_stands_still_takes_no_more_room_in_a_gif(tmp_path: Path) -> None:
    one, many = (
        gl.viz.animate(gl.viz.GossipStrategy(5, 0), tmp_path / f"{n}.gif", fps=10, duration=n / 10)
        for n in (1, 30)
    )
    with Image.open(many) as gif:
        assert gif.size == (800, 600)
    # Of a frame only the bar and its head differ: some kilobytes, not another picture.
    assert many.stat().st_size < one.stat().st_size + 29 * 3000


@pytest.mark.framework
def test_a_video_is_written_where_jax_runs(tmp_path: Path) -> None:
    jax = pytest.importorskip("jax")
    pytest.importorskip("imageio_ffmpeg")
    assert float(jax.numpy.ones(3).sum()) == 3  # from now on JAX warns of forks
    options = {"width": 160, "height": 120, "fps": 5, "duration": 0.4}
    made = gl.viz.animate("ring", tmp_path / "ring.mp4", **options)
    assert made.stat().st_size > 500
