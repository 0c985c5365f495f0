"""A gradient flow as a file: the ending says which picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gradloom.ir.errors import ArgumentError, NotSupported
from gradloom.viz.flow.board import board
from gradloom.viz.flow.draw import drawn_step
from gradloom.viz.flow.heatmap import heatmap
from gradloom.viz.flow.layers import MOST_LAYERS, layers_of
from gradloom.viz.flow.moment import scale_of
from gradloom.viz.palette import LIGHT, palette
from gradloom.viz.writers.files import ending, write_drawing, write_file
from gradloom.viz.writers.frames import KINDS, write_frames
from gradloom.viz.writers.raster import CSS_DPI, image

if TYPE_CHECKING:
    from gradloom.viz.flow.flow import GradientFlow

Told = Callable[[int], None]
_STILL: Final = ("svg", "pdf")
_STEPS_PER_S: Final = 6.0
"""Measured steps per second of a moving picture: what one can follow."""
_MOST_S: Final = 12.0
_REST_S: Final = 1.5
"""How long the last step stands before the picture begins anew."""
_DOTS_S: Final = 1.0
"""A dot takes so long for the way between two others."""


def write(
    flow: GradientFlow, path: Path, *, theme: str = "light", fps: float = 12.0,
    duration: float | None = None, layers: int = MOST_LAYERS, step: int | None = None,
    dpi: float = CSS_DPI, live: bool = False, told: Told = lambda done: None,
) -> Path:  # fmt: skip
    """Write the flow; `layers` is the most rows that lines of the program have.

    `step` asks for a still picture of the program at that step in place of all steps; `live` for a
    page that reloads itself. `duration` is that of a moving picture in seconds, without the rest at
    its end; `told` is called with the number of frames that are done.
    """
    if not len(flow.steps):
        raise ArgumentError(f"{flow.title}: no step was measured, so there is nothing to draw")
    kind = ending(path)
    if kind == "html":
        from gradloom.viz.flow.page import flow_page

        write_file(path, flow_page(flow, layers, theme, live).encode())
        return path
    still = kind in _STILL or (kind == "png" and step is None) or step is not None
    if still and (kind in _STILL or kind == "png"):
        return _still(flow, path, theme, layers, step, dpi)
    if kind not in KINDS or kind == "png":
        raise NotSupported(
            f"a picture of kind {path.suffix!r}",
            hint="name the file .html, .svg, .png, .pdf, .gif, .webp, .apng, .mp4 or .webm",
        )
    return _moving(flow, path, theme, layers, fps, duration, told)


def _still(
    flow: GradientFlow, path: Path, theme: str, most: int, step: int | None, dpi: float
) -> Path:
    shown = layers_of(flow, most)
    colours = LIGHT if theme == "auto" else palette(theme)
    if step is None:
        drawing = heatmap(flow, shown, scale_of(shown), colours)
    else:
        at = float(_row_of(flow, step))
        drawing = drawn_step(flow, shown, board(shown), scale_of(shown), at, colours, 0.25)
    return write_drawing(drawing, path, theme, dpi)


def _row_of(flow: GradientFlow, step: int) -> int:
    found = [i for i, s in enumerate(flow.steps) if s == step]
    if not found:
        raise ArgumentError(
            f"step {step} was not measured",
            hint=f"measured are {flow.steps[0]} to {flow.steps[-1]}, {len(flow.steps)} in all",
        )
    return found[0]


def _moving(
    flow: GradientFlow, path: Path, theme: str, most: int, fps: float, duration: float | None,
    told: Told,
) -> Path:  # fmt: skip
    shown = layers_of(flow, most)
    place, scale, colours = board(shown), scale_of(shown), palette(theme)
    length = duration if duration is not None else run_seconds(len(flow.steps))
    running = max(1, round(length * fps)) if len(flow.steps) > 1 else 1
    total = running + round(_REST_S * fps)
    whole = max(1, round(total / fps / _DOTS_S))  # so that the dots end where they began

    def frame(k: int) -> Any:
        at = (len(flow.steps) - 1) * min(k / max(running - 1, 1), 1.0)
        phase = k * whole / total % 1
        return image(drawn_step(flow, shown, place, scale, at, colours, phase), colours)

    frames = [partial(frame, k) for k in range(total)]
    return write_frames(frames, path, fps, told)


def run_seconds(steps: int) -> float:
    """How long a moving picture of so many measured steps lasts, without the rest at its end."""
    return min(max(steps, 2) / _STEPS_PER_S, _MOST_S)
