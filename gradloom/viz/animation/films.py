"""The film of a thing: a strategy, a schedule or its name, events or a log of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from gradloom.ir.errors import ArgumentError, CallError
from gradloom.viz.animation.classic import classic, everyone
from gradloom.viz.animation.collectives import PLANS
from gradloom.viz.animation.config import RenderConfig
from gradloom.viz.animation.film import Film
from gradloom.viz.animation.flow import ScheduleFilm
from gradloom.viz.animation.graph import Graph
from gradloom.viz.animation.recordings import recorded
from gradloom.viz.animation.replays import drawn_gradients, normed
from gradloom.viz.animation.schedule import Schedule
from gradloom.viz.animation.sketch import StrategyFilm
from gradloom.viz.animation.strategies import AggregationStrategy, GossipStrategy
from gradloom.viz.animation.theme import Theme, theme_named

_SIZES: Final = ("width", "height", "scale", "fps", "duration", "particle_size", "fit")
OPTIONS: Final = (
    *_SIZES, "config", "theme", "graph", "workers", "seed", "gradients", "at", "told",
)  # fmt: skip
"""What `gl.viz.animate` takes besides."""


def classic_of(name: str, **options: Any) -> Film:
    """A classic scene by its name, with the options of `animate`."""
    workers, seed = options.get("workers"), options.get("seed")
    return classic(
        name, _config(options), theme_named(options.get("theme")),
        5 if workers is None else workers, 42 if seed is None else seed,
    )  # fmt: skip


def film_of(thing: Any, **options: Any) -> Film:
    """The film of a thing, with the options of `animate`."""
    config = _config(options)
    theme = theme_named(options.get("theme"))
    if isinstance(thing, AggregationStrategy):
        return _strategy(thing, config, theme, options)
    return ScheduleFilm(_schedule(thing, options), config, theme)


def _config(options: dict[str, Any]) -> RenderConfig:
    given = {name: options[name] for name in _SIZES if options.get(name) is not None}
    whole = options.get("config")
    if whole is not None and given:
        raise CallError(
            f"animate() got config and {next(iter(given))}", hint="give one or the other"
        )
    return whole if whole is not None else RenderConfig(**given)


def _strategy(
    strategy: AggregationStrategy, config: RenderConfig, theme: Theme, options: dict[str, Any]
) -> Film:
    graph = options.get("graph")
    if graph is None:
        workers = options.get("workers")
        if workers is None:
            workers = strategy.n_nodes if isinstance(strategy, GossipStrategy) else 5
        graph = everyone(workers, strategy, theme)
    if not isinstance(graph, Graph):
        raise ArgumentError(
            f"the graph is a {type(graph).__name__}", hint="gl.viz.GraphBuilder builds one"
        )
    return StrategyFilm(graph, strategy, config, theme)


def _schedule(thing: Any, options: dict[str, Any]) -> Schedule:
    if isinstance(thing, Schedule):
        given = options.get("gradients")
        return thing if given is None else normed(thing, given)
    if isinstance(thing, str) and thing in PLANS:
        return _planned(thing, options)
    if isinstance(thing, (str, os.PathLike)):
        if isinstance(thing, str) and not Path(thing).suffix:
            raise ArgumentError(
                f"there is no schedule {thing!r}",
                hint=f"choose {', '.join(PLANS)}, or give the path of a log",
            )
        from gradloom.runtime.reading import heard  # needs msgspec, which schedules do not

        log = heard(thing)
        return recorded(log.events, log.notes)
    events = getattr(thing, "events", thing)
    if isinstance(events, (list, tuple)) and all(hasattr(e, "flow") for e in events):
        return recorded(events)
    raise ArgumentError(
        f"nothing moves in a {type(thing).__name__}",
        hint="give a strategy, a schedule, events, a graph or a history",
    )


def _planned(name: str, options: dict[str, Any]) -> Schedule:
    seed = options.get("seed") or 0
    workers = options.get("workers")
    made = PLANS[name](seed=seed) if workers is None else PLANS[name](workers, seed=seed)
    given = options.get("gradients")
    return normed(made, drawn_gradients(made, seed) if given is None else given)
