"""Frames of a strategy on a graph, and the GIF of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation.config import RenderConfig
from gradloom.viz.animation.graph import Graph
from gradloom.viz.animation.painter import Painter
from gradloom.viz.animation.progress import progress
from gradloom.viz.animation.sketch import StrategyFilm
from gradloom.viz.animation.strategies import AggregationStrategy
from gradloom.viz.animation.theme import Theme
from gradloom.viz.animation.writing import write_film
from gradloom.viz.writers.files import ending


@final
class GIFRenderer:
    """Draws a strategy on a graph. `gl.viz.animate` writes more kinds of files.

    >>> from gradloom.viz import AllReduceStrategy, GraphBuilder, RenderConfig
    >>> graph = GraphBuilder().with_ring_layout(3, (400, 300), 200).build()
    >>> GIFRenderer(graph, AllReduceStrategy(), RenderConfig(200, 150)).render_frame(0).size
    (400, 300)
    """

    def __init__(
        self,
        graph: Graph,
        strategy: AggregationStrategy,
        config: RenderConfig | None = None,
        theme: Theme | None = None,
    ) -> None:
        self._film = StrategyFilm(graph, strategy, config, theme)
        self._painters: dict[int, Painter] = {}

    def render_frame(self, frame: int) -> Any:
        """A frame as a Pillow image (RGBA), `config.scale` times as large as the GIF's; the frame
        after the last is the first.
        """
        return self._painter(self._film.config.scale).paint(self._film.frame(frame)).convert("RGBA")

    def render_gif(self, output: str | os.PathLike[str], *, verbose: bool = True) -> Path:
        """Write the GIF, and the folders that it is in; says on stderr how far it is if `verbose`
        and that is a terminal.
        """
        path = Path(output)
        if ending(path) != "gif":
            raise ArgumentError(
                f"render_gif writes .gif, not {path.suffix!r}", hint="gl.viz.animate writes others"
            )
        with progress(path.name, self._film.config.total_frames, verbose) as told:
            return write_film(self._film, path, told=told)

    def _painter(self, scale: int) -> Painter:
        if scale not in self._painters:
            self._painters[scale] = Painter(self._film.stage, self._film.theme, scale)
        return self._painters[scale]
