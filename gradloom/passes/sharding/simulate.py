"""All workers of a sharded graph in one process, in lock step, on numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, Final

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Node, Value
from gradloom.ir.interpret import evaluate, read
from gradloom.ir.op import Op
from gradloom.passes.sharding import ShardedGraph
from gradloom.passes.sharding.placement import Mesh, Spec

Worker = tuple[int, ...]
"""A worker's place along each mesh axis."""
Parts = dict[Worker, Any]


def simulate(sharded: ShardedGraph, arrays: Sequence[Any]) -> tuple[Any, ...]:
    """The results of the whole program on whole arrays: cut, run by every worker node by node,
    joined.
    """
    mesh, graph = sharded.mesh, sharded.graph
    workers = list(product(*(range(n) for n in mesh.values())))
    env: dict[Worker, dict[Value, Any]] = {w: {} for w in workers}
    for parameter, array, spec in zip(graph.parameters, arrays, sharded.in_specs, strict=True):
        for w in workers:
            env[w][parameter] = np.asarray(array)[_part(np.shape(array), spec, mesh, w)]
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            _step(node, env, mesh)
    results = []
    for result, spec in zip(graph.results, sharded.out_specs, strict=True):
        results.append(_joined({w: read(env[w], result) for w in workers}, spec, mesh))
    return tuple(results)


def _step(node: Node, env: dict[Worker, dict[Value, Any]], mesh: Mesh) -> None:
    inputs = {w: tuple(read(env[w], x) for x in node.operands) for w in env}
    collective = COLLECTIVES.get(node.op)
    if collective is None:
        outputs = {w: evaluate(node, inputs[w]) for w in env}
    else:
        outputs = {}
        axis = list(mesh).index(node.attrs.axis)  # type: ignore[union-attr]
        for group in _groups(list(env), axis):
            given = [inputs[w][0] if inputs[w] else None for w in group]
            for w, part in zip(group, collective(node.attrs, given), strict=True):
                outputs[w] = (part,)
    for w in env:
        env[w].update(zip(node.results, outputs[w], strict=True))


def _groups(workers: Sequence[Worker], axis: int) -> Iterator[list[Worker]]:
    """The workers that talk along a mesh axis, in order of their place on it."""
    groups: dict[Worker, list[Worker]] = {}
    for w in workers:
        groups.setdefault(w[:axis] + w[axis + 1 :], []).append(w)
    yield from (sorted(group) for group in groups.values())


def _part(shape: Sequence[int], spec: Spec, mesh: Mesh, worker: Worker) -> tuple[slice, ...]:
    """Where a worker's part lies in the whole."""
    place = dict(zip(mesh, worker, strict=True))
    cuts = []
    for size, axis in zip(shape, spec, strict=True):
        part = size if axis is None else size // mesh[axis]
        start = 0 if axis is None else place[axis] * part
        cuts.append(slice(start, start + part))
    return tuple(cuts)


def _joined(parts: Parts, spec: Spec, mesh: Mesh) -> Any:
    first = np.asarray(next(iter(parts.values())))
    shape = [
        n if axis is None else n * mesh[axis] for n, axis in zip(first.shape, spec, strict=True)
    ]
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
    return np.split(_combined(parts, "sum"), len(parts), axis=attrs.dim)


def _all_to_all(attrs: Any, parts: Sequence[Any]) -> list[Any]:
    pieces = [np.split(part, len(parts), axis=attrs.split) for part in parts]
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
