"""The three classic scenes: five workers, every one joined with every other."""

from __future__ import annotations

from typing import Final

from gradloom.viz.animation.builder import GraphBuilder
from gradloom.viz.animation.config import RenderConfig
from gradloom.viz.animation.graph import Graph
from gradloom.viz.animation.schedule import check_workers
from gradloom.viz.animation.sketch import StrategyFilm
from gradloom.viz.animation.strategies import (
    AggregationStrategy,
    AllReduceStrategy,
    GossipStrategy,
    ParameterServerStrategy,
)
from gradloom.viz.animation.theme import Theme

_WEIGHTS: Final = (0.85, 0.42, 0.63, 0.91, 0.74, 0.39, 0.57, 0.93, 0.48, 0.69)
"""Weights of the ten edges: made up, all different, so that dots differ in number."""
SCENES: Final = ("allreduce", "gossip", "parameter_server")


def classic(
    name: str,
    config: RenderConfig | None = None,
    theme: Theme | None = None,
    workers: int = 5,
    seed: int = 42,
) -> StrategyFilm:
    """A classic scene by its name, with so many workers.

    >>> classic("gossip").stage.title
    'Gossip'
    """
    strategy: AggregationStrategy = AllReduceStrategy()
    if name == "gossip":
        strategy = GossipStrategy(workers, seed=seed)
    elif name == "parameter_server":
        strategy = ParameterServerStrategy()
    return StrategyFilm(everyone(workers, strategy, theme), strategy, config, theme)


def everyone(workers: int, strategy: AggregationStrategy, theme: Theme | None = None) -> Graph:
    """A graph in which all are joined with all; a strategy's server is marked."""
    check_workers(workers)
    matrix = [[0.0] * workers for _ in range(workers)]
    pairs = [(i, j) for i in range(workers) for j in range(i + 1, workers)]
    for k, (i, j) in enumerate(pairs):
        matrix[i][j] = matrix[j][i] = _WEIGHTS[k % len(_WEIGHTS)]
    builder = GraphBuilder(theme).with_adjacency_matrix(matrix, (0.0, 0.0), 330.0)
    if isinstance(strategy, ParameterServerStrategy):
        builder.mark_leaders({strategy.ps_idx}).relabel({strategy.ps_idx: "PS"})
    return builder.build()
