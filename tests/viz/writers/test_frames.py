"""A moving picture has the frames that it was given, lasts as long, loops, does not flicker."""

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.viz.writers.frames import KINDS, _durations, write_frames

Image = pytest.importorskip("PIL.Image", reason="no Pillow here: no frames to look at")
COUNT, FPS = 12, 20


def frame(i: int, size: tuple[int, int] = (65, 41)) -> Any:
    """A square that moves over paper with a smooth shade."""
    made = Image.linear_gradient("L").resize(size).convert("RGB")
    made.paste((210, 40, 40), (4 * i, 10, 4 * i + 12, 22))
    return made


FRAMES: list[Callable[[], Any]] = [partial(frame, i) for i in range(COUNT)]


@pytest.mark.parametrize("kind", ["gif", "webp", "apng", "png"])
def test_frames_time_size_and_loop(tmp_path: Path, kind: str) -> None:
    told: list[int] = []
    path = write_frames(FRAMES, tmp_path / f"a.{kind}", FPS, told.append)
    assert told == list(range(1, COUNT + 1))
    with Image.open(path) as found:
        assert (found.n_frames, found.size) == (COUNT, (65, 41))
        assert found.info["loop"] == 0
        total = 0.0
        for i in range(COUNT):
            found.seek(i)
            found.load()
            total += found.info["duration"]
        assert total == pytest.approx(1000 * COUNT / FPS)


def test_a_gif_has_one_set_of_colours_so_that_what_stands_still_does_not_flicker(
    tmp_path: Path,
) -> None:
    data = write_frames(FRAMES, tmp_path / "a.gif", FPS).read_bytes()
    corners = set()
    with Image.open(io.BytesIO(data)) as found:
        for i in range(COUNT):
            found.seek(i)
            corners.add(found.convert("RGB").getpixel((60, 35)))
    assert len(corners) == 1


@pytest.mark.parametrize("kind", ["gif", "apng"])
def test_a_frame_shows_what_was_drawn(tmp_path: Path, kind: str) -> None:
    with Image.open(write_frames(FRAMES, tmp_path / f"a.{kind}", FPS)) as found:
        for i in (0, 5, COUNT - 1):
            found.seek(i)
            pixel = found.convert("RGB").getpixel((4 * i + 6, 16))
            assert all(abs(a - b) <= 12 for a, b in zip(pixel, (210, 40, 40), strict=True))


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_video_holds_all_frames_also_of_odd_sizes(tmp_path: Path, kind: str) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="no ffmpeg here: no videos are written")
    path = write_frames(FRAMES, tmp_path / f"a.{kind}", FPS)
    count, seconds = ffmpeg.count_frames_and_secs(str(path))
    assert count == COUNT
    assert seconds == pytest.approx(COUNT / FPS, abs=1 / FPS)


@given(st.integers(1, 500), st.floats(0.5, 1000), st.sampled_from([1, 10]))
def test_durations_add_up_without_an_error_that_grows(count: int, fps: float, unit: int) -> None:
    times = _durations(count, fps, unit)
    assert len(times) == count
    assert all(t >= unit and t % unit == 0 for t in times)
    if fps <= 1000 / unit:
        assert abs(sum(times) - 1000 * count / fps) <= unit * (1 + count * (fps > 500 / unit))


@pytest.mark.parametrize("fps", [0, -1, 1001, float("nan"), float("inf")])
def test_a_rate_that_makes_no_sense_is_refused(tmp_path: Path, fps: float) -> None:
    with pytest.raises(gl.ArgumentError, match="frames per second"):
        write_frames(FRAMES, tmp_path / "a.gif", fps)


def test_no_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(gl.ArgumentError, match="without frames"):
        write_frames([], tmp_path / "a.gif", FPS)


def test_a_kind_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(gl.NotSupported, match=r"\.avi") as raised:
        write_frames(FRAMES, tmp_path / "a.avi", FPS)
    assert all(kind in raised.value.hint for kind in KINDS)


@pytest.mark.parametrize("kind", ["gif", "webp", "apng"])
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, kind: str) -> None:
    with pytest.raises(gl.FileUnwritable):
        write_frames(FRAMES[:2], tmp_path / "no" / f"a.{kind}", FPS)


def test_one_frame_is_a_picture(tmp_path: Path) -> None:
    with Image.open(write_frames(FRAMES[:1], tmp_path / "a.gif", FPS)) as found:
        assert getattr(found, "n_frames", 1) == 1


def test_a_frame_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Any:
        raise ValueError("no frame")

    with pytest.raises(ValueError, match="no frame"):
        write_frames([FRAMES[0], broken], tmp_path / "a.gif", FPS)
    assert list(tmp_path.iterdir()) == []
