"""Pictures of programs.

graph(g, "loss.svg")      a graph; .svg, .png, .pdf or .dot
animate("ring", "r.gif")  gradients on their way between workers; .gif, .webp, .mp4, .html, ...
"""

from __future__ import annotations

from typing import Any, Final

from gradloom.ir.errors import StillToCome
from gradloom.viz.animate import AggregationStrategy as AggregationStrategy
from gradloom.viz.animate import AllReduceStrategy as AllReduceStrategy
from gradloom.viz.animate import CurvedEdge as CurvedEdge
from gradloom.viz.animate import EdgeDescriptor as EdgeDescriptor
from gradloom.viz.animate import EdgeStyle as EdgeStyle
from gradloom.viz.animate import GIFRenderer as GIFRenderer
from gradloom.viz.animate import GossipStrategy as GossipStrategy
from gradloom.viz.animate import GraphBuilder as GraphBuilder
from gradloom.viz.animate import Network as Network
from gradloom.viz.animate import ParameterServerStrategy as ParameterServerStrategy
from gradloom.viz.animate import Particle as Particle
from gradloom.viz.animate import ParticleShape as ParticleShape
from gradloom.viz.animate import RenderConfig as RenderConfig
from gradloom.viz.animate import Schedule as Schedule
from gradloom.viz.animate import Theme as Theme
from gradloom.viz.animate import Transfer as Transfer
from gradloom.viz.animate import animate as animate
from gradloom.viz.animate import draw_particle_with_glow as draw_particle_with_glow
from gradloom.viz.animate import draw_shape as draw_shape
from gradloom.viz.animate import edge_style_for as edge_style_for
from gradloom.viz.picture import graph as graph

_TO_COME: Final[dict[str, str]] = {
    "explore": "a page in which a graph can be explored (today: gl.viz.graph)",
    "memory": "pictures of memory plans",
    "timeline": "pictures of what ran when",
    **dict.fromkeys(("gradient_flow", "gradients"), "the gradient debugger"),
}
"""Public names whose part is still to come, and what it is."""


def __getattr__(name: str) -> Any:
    if name in _TO_COME:
        raise StillToCome(
            f"gl.viz.{name} is still to come: {_TO_COME[name]}", hint="docs/roadmap.md says when"
        )
    raise AttributeError(f"gradloom.viz has no name {name!r}")
