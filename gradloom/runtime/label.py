"""What a program is called, and which kinds of ops its time goes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, final

from gradloom.ir.graph import Graph, Node
from gradloom.passes.cost import node_bytes, node_flops

_MOST_KINDS: Final = 4
OTHER: Final = "other"


@final
@dataclass(slots=True, eq=False)
class Label:
    """A program for people: `ops` are its dearest kinds of ops with their shares of the estimated
    work, which add up to 1. `bytes` are those of its results, None where sizes are free; `counts`
    tells how many nodes of a kind it has, those of a loop's body once.
    """

    name: str
    program: str
    ops: tuple[tuple[str, float], ...]
    bytes: int | None
    counts: dict[str, int] = field(default_factory=dict)
    runs: int = 0
    seconds: float = 0.0


def label(graph: Graph, digest: str) -> Label:
    """The label of a graph; its digest may be longer.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> label(gl.trace(lambda x: np.tanh(x @ x), gl.spec("f32[64, 64]")), "0" * 64).name
    'fn: matmul, tanh'
    """
    shares = _shares(graph)
    kinds = ", ".join(kind for kind, _ in shares if kind != OTHER)
    name = f"{graph.name}: {kinds}" if kinds else graph.name
    return Label(name[:80], digest[:16], shares, _bytes(graph), _counts(graph))


def _shares(graph: Graph) -> tuple[tuple[str, float], ...]:
    work: dict[str, float] = {}
    for node in graph.nodes:
        _add(node, work)
    total = sum(work.values())
    dearest = sorted(work.items(), key=lambda item: -item[1])[:_MOST_KINDS]
    first = [(kind, n / total) for kind, n in dearest]
    rest = 1.0 - sum(share for _, share in first)
    return (*first, (OTHER, rest)) if len(work) > _MOST_KINDS else tuple(first)


def _add(node: Node, work: dict[str, float]) -> None:
    """Count a node's FLOPs and bytes, those of a loop at the ops inside."""
    own = float(1 + node_flops(node, {}) + node_bytes(node, {}))
    inner: dict[str, float] = {}
    for region in node.regions:
        for x in region.nodes:
            _add(x, inner)
    total = sum(inner.values())
    for kind, n in inner.items() if inner else ((node.op.name, 1.0),):
        work[kind] = work.get(kind, 0.0) + own * n / (total or 1.0)


def _counts(graph: Graph) -> dict[str, int]:
    counts: dict[str, int] = {}
    ahead = list(graph.nodes)
    while ahead:
        node = ahead.pop()
        counts[node.op.name] = counts.get(node.op.name, 0) + 1
        ahead += [x for region in node.regions for x in region.nodes]
    return counts


def _bytes(graph: Graph) -> int | None:
    types = [r.type for r in graph.results]
    if not all(isinstance(t.size, int) for t in types):
        return None
    return sum(t.nbytes() for t in types)
