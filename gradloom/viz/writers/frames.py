"""Frames as a moving picture: GIF, WebP and APNG by Pillow, MP4 and WebM by ffmpeg."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.viz.writers.files import ending, write_file
from gradloom.viz.writers.raster import pillow

KINDS: Final = ("gif", "webp", "apng", "png", "mp4", "webm")
"""Endings of moving pictures; a `.png` of several frames is an APNG."""
_VIDEO: Final = {
    "mp4": ("libx264", ["-pix_fmt", "yuv420p", "-crf", "20", "-movflags", "+faststart"]),
    "webm": ("libvpx-vp9", ["-pix_fmt", "yuv420p", "-crf", "32", "-b:v", "0", "-row-mt", "1"]),
}
_AS_BEFORE: Final = 255
"""The number of the GIF's colour that leaves a pixel as it was; those before it are colours."""
_SAMPLED: Final = 12
"""Frames from which a GIF's colours are chosen."""

Told = Callable[[int], None]


def write_frames(
    frames: Sequence[Callable[[], Any]],
    path: Path,
    fps: float,
    told: Told = lambda done: None,
) -> Path:
    """Write a moving picture that loops without end.

    `frames` are functions, each of which draws one frame as a Pillow image (RGB, all of one size):
    not all of them need be in memory. `told` is called with the number of frames that are done.
    """
    kind = ending(path)
    if kind not in KINDS:
        raise NotSupported(
            f"a moving picture of kind {path.suffix!r}",
            hint=f"name the file {', '.join('.' + k for k in KINDS)}",
        )
    if not frames:
        raise ArgumentError("a moving picture without frames", hint="give a longer duration")
    if not 0 < fps <= 1000:
        raise ArgumentError(f"{fps:g} frames per second", hint="choose between 1 and 60")
    if kind in _VIDEO:
        data = _video(frames, kind, fps, told)
    else:
        data = _animated(frames, kind, fps, told)
    write_file(path, data)
    return path


def _animated(frames: Sequence[Callable[[], Any]], kind: str, fps: float, told: Told) -> bytes:
    drawn = []
    for done, frame in enumerate(_changes(frames) if kind == "gif" else (f() for f in frames), 1):
        drawn.append(frame)
        told(done)
    data = io.BytesIO()
    times = _durations(len(frames), fps, 10 if kind == "gif" else 1)
    if kind == "gif":
        drawn[0].save(
            data, "gif", save_all=True, append_images=drawn[1:], duration=times, loop=0,
            disposal=1, transparency=_AS_BEFORE, optimize=False,
        )  # fmt: skip
    elif kind == "webp":
        drawn[0].save(
            data, "webp", save_all=True, append_images=drawn[1:], duration=times, loop=0,
            quality=80, method=2,
        )  # fmt: skip
    else:
        drawn[0].save(data, "png", save_all=True, append_images=drawn[1:], duration=times, loop=0)
    return data.getvalue()


def _changes(frames: Sequence[Callable[[], Any]]) -> Iterator[Any]:
    """The frames in shared colours; after the first, what is as before is left out, which makes the
    file several times smaller.
    """
    pil, colours = pillow(), _shared_colours(frames)
    before = None
    for frame in frames:
        image = frame().quantize(palette=colours, dither=0)
        now = np.asarray(image)
        if before is not None:
            changed = np.where(now == before, np.uint8(_AS_BEFORE), now)
            image = pil.Image.fromarray(changed, "L")
            image.putpalette(colours.getpalette())
        before = now
        yield image


def _shared_colours(frames: Sequence[Callable[[], Any]]) -> Any:
    """One set of colours for all frames, so that nothing flickers: chosen from frames spread over
    the whole, of which every second row and column is enough.
    """
    step = max(1, len(frames) // _SAMPLED)
    sampled = [frames[i]() for i in range(0, len(frames), step)]
    nearest = pillow().Image.Resampling.NEAREST
    width, height = (max(1, side // 2) for side in sampled[0].size)
    sheet = pillow().Image.new("RGB", (width, height * len(sampled)))
    for i, image in enumerate(sampled):
        sheet.paste(image.resize((width, height), nearest), (0, i * height))
    return sheet.quantize(_AS_BEFORE, method=0, dither=0)


def _durations(count: int, fps: float, unit_ms: int) -> list[int]:
    """Milliseconds of each frame, in whole units, so that no error adds up."""
    ends = [round(i * 1000 / fps / unit_ms) * unit_ms for i in range(count + 1)]
    return [max(unit_ms, b - a) for a, b in pairwise(ends)]


def _video(frames: Sequence[Callable[[], Any]], kind: str, fps: float, told: Told) -> bytes:
    try:
        import imageio_ffmpeg
    except ImportError:
        raise NotSupported(
            f"a .{kind} video needs ffmpeg", hint="pip install 'gradloom[video]', or write .gif"
        ) from None
    codec, more = _VIDEO[kind]
    with tempfile.TemporaryDirectory(prefix="gradloom-") as folder:
        file = Path(folder, f"video.{kind}")
        first = _even(frames[0]())
        writer = imageio_ffmpeg.write_frames(
            str(file), first.size, fps=fps, codec=codec, quality=None, output_params=more,
            macro_block_size=2, ffmpeg_log_level="error",
        )  # fmt: skip
        with warnings.catch_warnings():
            # JAX warns of any fork; this one becomes ffmpeg at once.
            warnings.filterwarnings("ignore", r"os\.fork\(\)", RuntimeWarning)
            writer.send(None)
        try:
            for done, frame in enumerate(frames, 1):
                writer.send((first if done == 1 else _even(frame())).tobytes())
                told(done)
        finally:
            writer.close()
        return file.read_bytes()


def _even(image: Any) -> Any:
    """The image with an even width and height, which these videos want."""
    width, height = image.size
    return image.crop((0, 0, width + width % 2, height + height % 2)).convert("RGB")
