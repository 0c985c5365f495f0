"""How large the numbers are that a value was added up from: what its rounding is relative to.

A sum that cancels to almost 0 is as exact as its terms, not as itself, and so is what is made of it
by adding, multiplying and moving. After another function a value counts for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradloom.ir import found
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.interpret import evaluate, read
from gradloom.ir.op import Op
from gradloom.ir.specialize import specialize
from gradloom.ir.types import solve_symbols

_ADDING: Final[frozenset[Op]] = frozenset([
    o.add, o.sum, o.matmul, o.einsum, o.conv, o.cumulative_sum, o.multiply,
    o.reshape, o.permute_dims, o.broadcast_to, o.slice, o.flip, o.concatenate, o.pad, o.where,
    o.gather, o.scatter, o.dynamic_slice, o.dynamic_update_slice, o.astype, o.stop_gradient,
    o.fft, o.ifft, o.rfft, o.irfft,
])  # fmt: skip
"""Ops of which the same op on magnitudes says how much is added."""


_PASSING: Final[frozenset[Op]] = frozenset([o.negative, o.real, o.imag, o.conj])
"""Ops that leave magnitudes as they are, at most."""


def magnitudes(graph: Graph, arrays: Sequence[Any], values: Sequence[Any]) -> list[float]:
    """For the result of every node, in order, the largest number that it was added up from, or its
    own largest; `values` are the results themselves.
    """
    if found.holds(graph):  # sizes are found anew at each run: every value counts for itself
        return [_largest(np.abs(x)) for x in values]
    if graph.symbols:
        sizes = solve_symbols([p.type for p in graph.parameters], [np.shape(a) for a in arrays])
        graph = specialize(graph, sizes)
    env: dict[Value, Any] = dict(zip(graph.parameters, arrays, strict=True))
    known: dict[Any, Any] = {}
    rest, scales = iter(values), []
    for node in graph.nodes:
        outputs = [np.asarray(next(rest)) for _ in node.results]
        made = _added(node, env, known)
        for result, output in zip(node.results, outputs, strict=True):
            env[result] = output
            scale = _magnitude(output)
            if made is not None and np.shape(made) == output.shape:
                scale = np.maximum(scale, made)
            known[result] = scale
            scales.append(_largest(scale))
    return scales


def _added(node: Node, env: dict[Value, Any], known: dict[Any, Any]) -> Any:
    """The magnitudes of what the node adds; None where it is no such op."""
    if node.results and node.results[0].type.dtype.kind not in "fcV":
        return None
    given = [np.asarray(read(env, x)) for x in node.operands]
    sizes = [
        x if x.dtype.kind in "biu" else known.get(operand, _magnitude(x))
        for x, operand in zip(given, node.operands, strict=True)
    ]
    with np.errstate(all="ignore"):
        if node.op in _ADDING:
            return np.abs(evaluate(node, tuple(sizes))[0]).astype(np.float64)
        if node.op is o.subtract:
            return sizes[0] + sizes[1]
        if node.op in _PASSING:
            return sizes[0]
        if node.op is o.divide:
            return sizes[0] / np.abs(given[1]).astype(np.float64)
    return None


def _magnitude(x: Any) -> Any:
    return np.abs(x).astype(np.float64)


def _largest(x: Any) -> float:
    finite = np.where(np.isfinite(x), x, 0)
    return float(np.max(finite, initial=0.0))
