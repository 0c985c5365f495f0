"""Pictures of programs.

graph(g, "loss.svg")      a graph, or what passes did: .svg, .png, .pdf, .txt, .json, .dot
explore(g, "loss.html")   a page in which it can be looked into
gradient_flow(loss, ...)  the gradients of a training run: .html, .gif, .mp4, .svg, .png, .pdf, ...
gradients("runs/1_")      the gradient debugger of layers, flows between them and an input to edit
timeline("events.jsonl", "run.html")    what ran when in a cluster; .svg, .png, .pdf, .txt
memory(plan, "memory.svg")    who owns the bytes that are alive, before and after a plan; also .html
roofline(f, *inputs, path="roofline.svg")    how near its ops come to what the machine can do
animate("ring", "r.gif")  gradients on their way between workers: .gif, .webp, .mp4, .html, ...
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from gradloom.ir.errors import StillToCome
from gradloom.viz.explorer import explore as explore

# Now, not when first used: the folder has the same name, and would take it.
from gradloom.viz.gradients.entry import gradients as gradients
from gradloom.viz.picture import graph as graph

_NAMES: Final[dict[str, str]] = {
    "memory": "gradloom.viz.memory_map.entry:memory",
    "roofline": "gradloom.viz.rooflines.entry:roofline",
    "gradient_flow": "gradloom.viz.flow.train:gradient_flow",
    "GradientFlow": "gradloom.viz.flow.flow:GradientFlow",
    "GradientProbe": "gradloom.viz.flow.probe:GradientProbe",
    "timeline": "gradloom.viz.timelines.picture:timeline",
    "animate": "gradloom.viz.animation.entry:animate",
    "Graph": "gradloom.viz.animation.graph:Graph",
    "Node": "gradloom.viz.animation.graph:Node",
    "AggregationStrategy": "gradloom.viz.animation.strategies:AggregationStrategy",
    "AllReduceStrategy": "gradloom.viz.animation.strategies:AllReduceStrategy",
    "CurvedEdge": "gradloom.viz.animation.graph:CurvedEdge",
    "EdgeDescriptor": "gradloom.viz.animation.graph:EdgeDescriptor",
    "EdgeStyle": "gradloom.viz.animation.theme:EdgeStyle",
    "GIFRenderer": "gradloom.viz.animation.renderer:GIFRenderer",
    "GossipStrategy": "gradloom.viz.animation.strategies:GossipStrategy",
    "GraphBuilder": "gradloom.viz.animation.builder:GraphBuilder",
    "Network": "gradloom.viz.animation.schedule:Network",
    "ParameterServerStrategy": "gradloom.viz.animation.strategies:ParameterServerStrategy",
    "Particle": "gradloom.viz.animation.particles:Particle",
    "ParticleShape": "gradloom.viz.animation.particles:ParticleShape",
    "RenderConfig": "gradloom.viz.animation.config:RenderConfig",
    "Schedule": "gradloom.viz.animation.schedule:Schedule",
    "Theme": "gradloom.viz.animation.theme:Theme",
    "Transfer": "gradloom.viz.animation.schedule:Transfer",
    "draw_particle_with_glow": "gradloom.viz.animation.particles:draw_particle_with_glow",
    "draw_shape": "gradloom.viz.animation.particles:draw_shape",
    "edge_style_for": "gradloom.viz.animation.theme:edge_style_for",
}
"""Public names that are loaded when first used: name -> `module:attribute`."""

_TO_COME: Final[dict[str, str]] = {}
"""Public names whose part is still to come, and what it is."""


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        module, _, attribute = _NAMES[name].partition(":")
        globals()[name] = getattr(import_module(module), attribute)
        return globals()[name]
    if name in _TO_COME:
        raise StillToCome(
            f"gl.viz.{name} is still to come: {_TO_COME[name]}", hint="docs/roadmap.md says when"
        )
    raise AttributeError(f"gradloom.viz has no name {name!r}")
