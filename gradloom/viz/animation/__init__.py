"""Moving pictures of how workers share gradients: sketches of a strategy, and true schedules.

A film (`film.py`) is data: a stage, and what passes over it. It is made from a strategy on a graph
(`sketch.py`) or from a schedule of transfers (`flow.py`), which is planned (`collectives.py`) or
recorded (`recordings.py`); painters, the page and the SVG only draw it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

_HOMES: Final[dict[str, tuple[str, ...]]] = {
    "strategies": (
        "AggregationStrategy",
        "AllReduceStrategy",
        "GossipStrategy",
        "ParameterServerStrategy",
    ),
    "builder": (
        "AdjacencyMatrix",
        "GraphBuilder",
    ),
    "collectives": (
        "gossip",
        "hierarchical",
        "parameter_server",
        "ring",
        "tree",
    ),
    "config": ("RenderConfig",),
    "graph": (
        "BezierFn",
        "CurvedEdge",
        "EdgeDescriptor",
        "Graph",
        "Node",
        "Point2D",
    ),
    "particles": (
        "Color",
        "Particle",
        "ParticleShape",
        "draw_particle_with_glow",
        "draw_shape",
    ),
    "recordings": ("recorded",),
    "renderer": ("GIFRenderer",),
    "replays": ("replay",),
    "schedule": (
        "Network",
        "Schedule",
        "Span",
        "Transfer",
    ),
    "theme": (
        "EdgeStyle",
        "Theme",
        "edge_style_for",
    ),
}
"""Public names by the module that they live in, which is loaded when one is first used."""


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            globals()[name] = getattr(import_module(f"gradloom.viz.animation.{module}"), name)
            return globals()[name]
    raise AttributeError(f"gradloom.viz.animation has no name {name!r}")
