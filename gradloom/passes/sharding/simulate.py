"""All workers of a sharded graph in one process, in lock step, on numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Value
from gradloom.ir.interpret import evaluate, read
from gradloom.ir.op import Op
from gradloom.passes.sharding import ShardedGraph
from gradloom.passes.sharding.placement import Mesh, Spec, bounds, places

Worker = tuple[int, ...]
"""A worker's place along each mesh axis."""
Parts = dict[Worker, Any]


def simulate(sharded: ShardedGraph, arrays: Sequence[Any]) -> tuple[Any, ...]:
    """The results of the whole program on whole arrays: cut, run by every worker node by node,
    joined.
    """
    mesh = sharded.mesh
    workers = [tuple(place.values()) for place in places(mesh)]
    graphs = dict(zip(workers, sharded.graphs, strict=True))
    env: dict[Worker, dict[Value, Any]] = {w: {} for w in workers}
    for w, graph in graphs.items():
        for parameter, array, spec in zip(graph.parameters, arrays, sharded.in_specs, strict=True):
            env[w][parameter] = np.asarray(array)[_part(np.shape(array), spec, mesh, w)]
    with np.errstate(all="ignore"):
        for nodes in zip(*(graph.nodes for graph in graphs.values()), strict=True):
            _step(dict(zip(workers, nodes, strict=True)), env, mesh)
    results = []
    for i, spec in enumerate(sharded.out_specs):
        parts = {w: read(env[w], graph.results[i]) for w, graph in graphs.items()}
        results.append(_joined(parts, spec, mesh))
    return tuple(results)


def _step(nodes: dict[Worker, Node], env: dict[Worker, dict[Value, Any]], mesh: Mesh) -> None:
    inputs = {w: tuple(read(env[w], x) for x in node.operands) for w, node in nodes.items()}
    first = next(iter(nodes.values()))
    collective = COLLECTIVES.get(first.op)
    if collective is None:
        outputs = {w: evaluate(node, inputs[w]) for w, node in nodes.items()}
    else:
        outputs = {}
        axis = list(mesh).index(first.attrs.axis)  # type: ignore[union-attr]
        for group in _groups(list(env), axis):
            given = [inputs[w][0] if inputs[w] else None for w in group]
            made = collective(nodes[group[0]].attrs, given)
            for w, part in zip(group, made, strict=True):
                outputs[w] = (part,)
    for w, node in nodes.items():
        env[w].update(zip(node.results, outputs[w], strict=True))


def _groups(workers: Sequence[Worker], axis: int) -> Iterator[list[Worker]]:
    """The workers that talk along a mesh axis, in order of their place on it."""
    groups: dict[Worker, list[Worker]] = {}
    for w in workers:
        groups.setdefault(w[:axis] + w[axis + 1 :], []).append(w)
    yield from (sorted(group) for group in groups.values())


def _part(shape: Sequence[int], spec: Spec, mesh: Mesh, worker: Worker) -> tuple[slice, ...]:
    """Where a worker's part lies in the whole."""
    return bounds(shape, spec, mesh, dict(zip(mesh, worker, strict=True)))


def _joined(parts: Parts, spec: Spec, mesh: Mesh) -> Any:
    first = np.asarray(next(iter(parts.values())))
    shape = list(first.shape)
    for dim, axis in enumerate(spec):
        if axis is not None:
            along = list(mesh).index(axis)
            line = {w[along]: np.shape(part)[dim] for w, part in parts.items()}
            shape[dim] = sum(line.values())
    whole = np.empty(shape, first.dtype)
    for worker, part in parts.items():
        whole[_part(shape, spec, mesh, worker)] = part
    return whole[()]


# ---- what collectives mean: from the parts of one group, in order, to its parts --------

_COMBINE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "sum": np.add,
    "max": np.maximum,
    "min": np.minimum,
}


def _combined(parts: Sequence[Any], reduction: str) -> Any:
    """All parts combined in the group's order, so that every worker has the same bits."""
    total = parts[0]
    for part in parts[1:]:
        total = _COMBINE[reduction](total, part)
    return total


def _all_reduce(attrs: Any, parts: Sequence[Any]) -> list[Any]:
    return [_combined(parts, attrs.reduce)] * len(parts)


def _all_gather(attrs: Any, parts: Sequence[Any]) -> list[Any]:
    return [np.concatenate(parts, axis=attrs.dim)] * len(parts)


def _reduce_scatter(attrs: Any, parts: Sequence[Any]) -> list[Any]:
    return np.split(_combined(parts, "sum"), _cuts(attrs.parts, len(parts)), axis=attrs.dim)


def _cuts(lengths: Sequence[int], workers: int) -> Any:
    """Where `np.split` cuts."""
    return np.cumsum(lengths)[:-1] if lengths else workers


def _all_to_all(attrs: Any, parts: Sequence[Any]) -> list[Any]:
    cuts = _cuts(attrs.split_parts, len(parts))
    pieces = [np.split(part, cuts, axis=attrs.split) for part in parts]
    return [np.concatenate(given, axis=attrs.concat) for given in zip(*pieces, strict=True)]


def _permute(attrs: Any, parts: Sequence[Any]) -> list[Any]:
    received = [np.zeros_like(part) for part in parts]
    for source, target in attrs.perm:
        received[target] = parts[source]
    return received


def _axis_index(attrs: Any, parts: Sequence[Any]) -> list[Any]:
    return [np.int64(i) for i in range(len(parts))]


COLLECTIVES: Final[dict[Op, Callable[[Any, Sequence[Any]], list[Any]]]] = {
    o.all_reduce: _all_reduce,
    o.all_gather: _all_gather,
    o.reduce_scatter: _reduce_scatter,
    o.all_to_all: _all_to_all,
    o.permute: _permute,
    o.axis_index: _axis_index,
}
