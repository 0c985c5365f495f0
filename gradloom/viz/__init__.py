"""Pictures of programs.

graph(g, "loss.svg")      a graph; .svg, .png, .pdf or .dot
timeline("events.jsonl", "run.html")    what ran when in a cluster; also .svg, .png, .pdf, .txt
"""

from __future__ import annotations

from typing import Any, Final

from gradloom.ir.errors import StillToCome
from gradloom.viz.picture import graph as graph
from gradloom.viz.timelines.picture import timeline as timeline

_TO_COME: Final[dict[str, str]] = {
    "explore": "a page in which a graph can be explored (today: gl.viz.graph)",
    "memory": "pictures of memory plans",
    **dict.fromkeys(("gradient_flow", "gradients"), "the gradient debugger"),
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
    if name in _TO_COME:
        raise StillToCome(
            f"gl.viz.{name} is still to come: {_TO_COME[name]}", hint="docs/roadmap.md says when"
        )
    raise AttributeError(f"gradloom.viz has no name {name!r}")
