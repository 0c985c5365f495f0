"""Pictures of programs.

graph(g, "loss.svg")      a graph, or what passes did: .svg, .png, .pdf, .txt, .json, .dot
explore(g, "loss.html")   a page in which it can be looked into
gradient_flow(loss, ...)  the gradients of a training run: .html, .gif, .mp4, .svg, .png, .pdf, ...
memory(plan, "memory.svg")    who owns the bytes that are alive, before and after a plan; also .html
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from gradloom.ir.errors import StillToCome
from gradloom.viz.explorer import explore as explore
from gradloom.viz.picture import graph as graph

_NAMES: Final[dict[str, str]] = {
    "memory": "gradloom.viz.memory_map.entry:memory",
    "gradient_flow": "gradloom.viz.flow.train:gradient_flow",
    "GradientFlow": "gradloom.viz.flow.flow:GradientFlow",
    "GradientProbe": "gradloom.viz.flow.probe:GradientProbe",
}
"""Public names that are loaded when first used: name -> `module:attribute`."""

_TO_COME: Final[dict[str, str]] = {
    "timeline": "pictures of what ran when",
    "gradients": "the gradient debugger",
    **dict.fromkeys(
        (
            "animate", "GraphBuilder", "Particle", "EdgeDescriptor", "GIFRenderer",
            "AllReduceStrategy", "GossipStrategy", "ParameterServerStrategy", "AggregationStrategy",
            "Theme", "RenderConfig",
        ),
        "animations of distributed programs",
    ),
}  # fmt: skip
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
