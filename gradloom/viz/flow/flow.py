"""The gradients of a training run, measured at every place of the program: arrays, and what is
wrong in them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np

from gradloom.viz.flow.findings import Finding, findings
from gradloom.viz.flow.head import Head, head_of
from gradloom.viz.flow.measures import MEASURES
from gradloom.viz.flow.places import Link, Place
from gradloom.viz.flow.troubles import Thresholds


@final
@dataclass(frozen=True)
class GradientFlow:
    """Measured steps by places; see `gradient_flow`.

    Arrays `[step, place]`: `norms` (the length of the cotangent), `largest` (its largest
    magnitude), `zeros` (the share of its numbers that are zero), `dead` (the share of its units
    that get nothing from any example of the batch), `nans` and `infinities` (counts). `passed`
    `[step, link]` is the length of what came back by each use of a value. `seconds` are those of
    the whole step.
    """

    title: str
    backend: str
    places: tuple[Place, ...]
    links: tuple[Link, ...]
    steps: np.ndarray
    losses: np.ndarray
    seconds: np.ndarray
    norms: np.ndarray
    largest: np.ndarray
    zeros: np.ndarray
    dead: np.ndarray
    nans: np.ndarray
    infinities: np.ndarray
    passed: np.ndarray
    limits: Thresholds = field(default_factory=Thresholds)
    params: Any = None
    """The parameters after the run (None in a flow that was loaded)."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the places: parameters, then values in the order in which they are made."""
        return tuple(p.name for p in self.places)

    @cached_property
    def head(self) -> Head:
        """The places with which the others are compared; see `Thresholds`."""
        return head_of(self)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, the gravest first."""
        return findings(self, self.limits)

    def of(self, name: str) -> np.ndarray:
        """The norms of the place of this name, by step; KeyError where there is none."""
        if name not in self.names:
            raise KeyError(f"no place is called {name!r}; there are {', '.join(self.names)}")
        return np.asarray(self.norms[:, self.names.index(name)])

    def __str__(self) -> str:
        from gradloom.viz.flow.report import report

        return report(self)

    def __repr__(self) -> str:
        return f"<GradientFlow {self.title}: {len(self.steps)} steps, {len(self.places)} places>"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the arrays as .npz, the rest as JSON in it; nothing in it is pickled."""
        from gradloom.viz.flow.files import save

        return save(self, Path(path))

    @staticmethod
    def load(path: str | os.PathLike[str]) -> GradientFlow:
        """What `save` wrote; FileError for any other file."""
        from gradloom.viz.flow.files import load

        return load(Path(path))

    def write(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write a picture; the ending says which: .html is a page to step through, .gif, .webp,
        .apng, .mp4 and .webm move, .svg, .png and .pdf show all steps at once.

        `theme` is "light" or "dark" (for .html and .svg also "auto"); moving ones take `fps`,
        `duration` in seconds, and `told`, called with the number of frames that are done.
        """
        from gradloom.viz.flow.write import write

        return write(self, Path(path), **options)


@final
class Rows:
    """What was measured so far, a row per step."""

    def __init__(self, title: str, backend: str, limits: Thresholds) -> None:
        self.title, self.backend, self.limits = title, backend, limits
        self.places: tuple[Place, ...] = ()
        self.links: tuple[Link, ...] = ()
        self._rows: list[tuple[int, float, float, np.ndarray, np.ndarray]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self, step: int, loss: float, seconds: float, table: np.ndarray, parts: np.ndarray,
        columns: Sequence[int],
    ) -> None:  # fmt: skip
        """One measured step; `columns` are the links' numbers among `parts`, or -1."""
        table = np.asarray(table, np.float64).reshape(len(self.places), len(MEASURES))
        passed = [
            float(parts[column]) if column >= 0 else float(table[link.source, 0])
            for link, column in zip(self.links, columns, strict=True)
        ]
        self._rows.append((step, loss, seconds, table, np.array(passed)))

    def flow(self, params: Any = None) -> GradientFlow:
        """The flow so far."""
        steps, losses, seconds, tables, passed = zip(*self._rows, strict=True) if self._rows else (
            (), (), (), (), ()
        )  # fmt: skip
        shape = len(self._rows), len(self.places), len(MEASURES)
        table = np.array(tables, np.float64).reshape(shape)
        measures: Mapping[str, np.ndarray] = {
            "norms" if name == "norm" else name: table[:, :, k] for k, name in enumerate(MEASURES)
        }
        return GradientFlow(
            title=self.title, backend=self.backend, places=self.places, links=self.links,
            steps=np.array(steps, np.int64), losses=np.array(losses, np.float64),
            seconds=np.array(seconds, np.float64), limits=self.limits, params=params,
            passed=np.array(passed, np.float64).reshape(len(self._rows), len(self.links)),
            **measures,
        )  # fmt: skip
