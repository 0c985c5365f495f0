"""What a graph's run really holds: an interpreter that counts the bytes of live arrays at every
node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Value
from gradloom.ir.interpret import evaluate, read


def run_and_measure(graph: Graph, arrays: Sequence[Any]) -> tuple[tuple[Any, ...], list[int]]:
    """The results, and the bytes alive while each node ran; arrays are freed after their last."""
    last = {x: i for i, n in enumerate(graph.nodes) for x in (*n.operands, *n.results)}
    last.update((r, len(graph.nodes)) for r in graph.results)
    env: dict[Value, Any] = dict(zip(graph.parameters, arrays, strict=True))
    foreign = {id(owner_of(a)) for a in arrays}
    live = []
    with np.errstate(all="ignore"):
        for i, node in enumerate(graph.nodes):
            outputs = evaluate(node, tuple(read(env, x) for x in node.operands))
            env.update(zip(node.results, outputs, strict=True))
            if node.op is o.constant:
                foreign.add(id(owner_of(outputs[0])))
            live.append(live_bytes(env.values(), foreign))
            env = {v: a for v, a in env.items() if last.get(v, -1) > i or v in graph.parameters}
    return tuple(read(env, r) for r in graph.results), live


def owner_of(array: Any) -> Any:
    """The array whose memory this one looks into; itself when that is its own."""
    while isinstance(array, np.ndarray) and isinstance(array.base, np.ndarray):
        array = array.base
    return array


def live_bytes(arrays: Any, foreign: set[int]) -> int:
    """The bytes of these arrays' owners, each once, without the foreign ones."""
    owners = {id(owner): owner for owner in map(owner_of, arrays)}
    return sum(owner.nbytes for key, owner in owners.items() if key not in foreign)
