"""The size and pace of an animation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, final

from gradloom.ir.errors import ArgumentError

_SMALLEST, _LARGEST = 64, 8192
"""Pixels along an axis: less shows nothing, and video encoders take no more."""
_MOST_FRAMES: Final = 20_000


@final
@dataclass(frozen=True, slots=True)
class RenderConfig:
    """Pixels, frames a second, and seconds. `scale` is how much larger `render_frame` draws;
    `particle_size` is in its pixels. `fit` moves and scales the graph so that it fills the picture.

    >>> RenderConfig().total_frames, RenderConfig(duration=0).total_frames
    (108, 1)
    """

    width: int = 800
    height: int = 600
    scale: int = 2
    fps: int = 18
    duration: float = 6.0
    particle_size: float = 10
    fit: bool = True

    def __post_init__(self) -> None:
        for name, pixels in (("width", self.width), ("height", self.height)):
            if not _SMALLEST <= pixels <= _LARGEST:
                raise ArgumentError(
                    f"a {name} of {pixels} pixels", hint=f"choose {_SMALLEST} to {_LARGEST}"
                )
        if not 1 <= self.scale <= 8:
            raise ArgumentError(f"a scale of {self.scale}", hint="choose 1 to 8")
        if not 0 < self.fps <= 100:
            raise ArgumentError(f"{self.fps} frames per second", hint="choose 1 to 100")
        if not (math.isfinite(self.duration) and self.duration >= 0):
            raise ArgumentError(f"a duration of {self.duration} s", hint="choose 0 or more seconds")
        if self.fps * self.duration > _MOST_FRAMES:
            raise ArgumentError(
                f"{self.fps * self.duration:.0f} frames, and {_MOST_FRAMES} are the most",
                hint="choose fewer frames per second, or seconds",
            )
        if not 0 < self.particle_size <= 200:
            raise ArgumentError(f"dots of {self.particle_size} pixels", hint="choose 1 to 200")

    @property
    def rw(self) -> int:
        """Pixels across of what `render_frame` draws."""
        return self.width * self.scale

    @property
    def rh(self) -> int:
        """Pixels down of what `render_frame` draws."""
        return self.height * self.scale

    @property
    def total_frames(self) -> int:
        """How many frames there are: at least one."""
        return max(1, int(self.fps * self.duration))

    @property
    def frame_ms(self) -> int:
        """Milliseconds of a frame, in whole ones."""
        return int(1000 / self.fps)
