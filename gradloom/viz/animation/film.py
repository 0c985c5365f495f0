"""What an animation shows, as data: a stage that stands, and moments that pass over it.

Places are pixels of the picture at its own size. Painters, the page and the tests read these; they
compute nothing of what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, final

from gradloom.viz.animation.config import RenderConfig
from gradloom.viz.animation.particles import Color, ParticleShape
from gradloom.viz.animation.theme import Theme
from gradloom.viz.drawing import Point

State = Literal["", "compute", "straggle", "wait", "send", "receive", "exchange", "done"]
"""What a node does: "" where nothing is known of it."""


@final
@dataclass(frozen=True, slots=True)
class Spot:
    """A node on the stage; its label stands in it, or outside at `label_at` where it is small."""

    x: float
    y: float
    radius: float
    label: str
    leader: bool = False
    label_at: Point | None = None


@final
@dataclass(frozen=True, slots=True)
class Wire:
    """An edge on the stage: a quadratic Bézier curve between two spots, by their numbers."""

    src: int
    dst: int
    start: Point
    control: Point
    end: Point
    label: str = ""
    color: Color | None = None
    label_at: Point | None = None

    def at(self, t: float) -> Point:
        """The point at a share of the way."""
        u = 1 - t
        x, y = (
            u * u * a + 2 * u * t * b + t * t * c
            for a, b, c in zip(self.start, self.control, self.end, strict=True)
        )
        return x, y


@final
@dataclass(frozen=True, slots=True)
class Key:
    """A line of the legend: a dot's look, or a node's state, and what it means."""

    text: str
    color: Color | None = None
    shape: ParticleShape | None = None
    state: State = ""


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """What stands through the whole film."""

    width: int
    height: int
    title: str
    subtitle: str
    spots: tuple[Spot, ...]
    wires: tuple[Wire, ...]
    keys: tuple[Key, ...]
    description: str = ""


@final
@dataclass(frozen=True, slots=True)
class Dot:
    """A dot at a moment; `size` is its radius, `tip` what is told when one points at it."""

    x: float
    y: float
    color: Color
    shape: ParticleShape
    size: float
    tip: str = ""


@final
@dataclass(frozen=True, slots=True)
class Moment:
    """What passes: which share of the film is over, what happens in words, how bright each wire is
    (0 to 1), what each node does, and the dots.
    """

    share: float
    phase: str
    note: str
    alphas: tuple[float, ...]
    states: tuple[State, ...]
    dots: tuple[Dot, ...]


class Film(Protocol):
    """A stage, and the moment at each share of the duration."""

    @property
    def stage(self) -> Stage:
        """What stands."""

    @property
    def config(self) -> RenderConfig:
        """Size, frames a second, and seconds."""

    @property
    def theme(self) -> Theme:
        """Colours and fonts."""

    def moment(self, share: float) -> Moment:
        """What passes at a share of the duration; at 1 the same as at 0."""
