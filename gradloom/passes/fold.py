"""Constant folding."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.build import Builder
from gradloom.ir.constants import Constant
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.interpret import evaluate
from gradloom.ir.types import TensorType
from gradloom.passes.effects import has_effect
from gradloom.passes.rewrite import Rewriter, rewrite_regions

MAX_ELEMENTS: Final = 4096
"""Larger arrays are left for run time: a folded one is stored in every copy of the graph (32 KiB of
float64).
"""


def fold(graph: Graph, *, max_elements: int = MAX_ELEMENTS) -> Graph:
    """Evaluate the pure nodes whose operands are all known, with the op's own numpy meaning.

    A result that is one number everywhere becomes a literal, whatever its size; another becomes a
    constant of at most `max_elements` elements. A node that numpy refuses or warns about by raising
    stays, to fail when it runs.
    """
    known: dict[Operand, np.ndarray] = {}
    rewriter = Rewriter(graph)
    for node in graph.nodes:
        regions = rewrite_regions(node, lambda region: fold(region, max_elements=max_elements))
        current = rewriter.mapped(node, regions)
        found = (
            None
            if current.regions or node.copy or has_effect(node)
            else _fold(current, known, max_elements)
        )
        if found is None:
            rewriter.place(node, current)
        else:
            rewriter.replace(node, tuple([_place(rewriter, node, v, known) for v in found]))
    return rewriter.finish()


Folded = Literal | np.ndarray


def _fold(node: Node, known: dict[Operand, np.ndarray], limit: int) -> list[Folded] | None:
    """What the node's results are; None when that is not known, or the node already is the best way
    to say it.
    """
    if node.op is o.constant:
        known[node.result] = node.attrs.value.array  # type: ignore[union-attr]
        return None
    if (
        node.op in _MOVING
        and isinstance(node.operands[0], Literal)
        and node.operands[0].type.dtype.kind != "V"
    ):
        return [Literal(node.operands[0].value, node.result.type)]
    for x in node.operands:
        if x.__class__ is Value and x not in known:
            return None
    if node.op.elementwise and not any(isinstance(x, Value) for x in node.operands):
        return _folded_numbers(node)
    if not all(_is_small(x.type, limit) for x in (*node.operands, *node.results)):
        return None
    arrays = _evaluated(node, tuple([_known(x, known) for x in node.operands]))
    if arrays is None:
        return None
    if node.op is o.iota:
        known[node.result] = arrays[0]
        return None
    return [_splat(a, r.type) for a, r in zip(arrays, node.results, strict=True)]


def _folded_numbers(node: Node) -> list[Folded] | None:
    """The elementwise op on the numbers themselves, whatever the size that they fill."""
    with build.scope(Builder()):
        try:
            found = build.emit(node.op, node.operands, node.attrs)
        except (ArithmeticError, ValueError, TypeError):
            return None
    return [x for x in found if isinstance(x, Literal)] or None


# These give the same number everywhere when their first operand is one, with no look at the shape.
_MOVING: Final = frozenset({o.reshape, o.permute_dims, o.broadcast_to, o.slice, o.flip})


def _is_small(type: TensorType, limit: int) -> bool:
    return isinstance(type.size, int) and type.size <= limit


def _known(operand: Operand, known: dict[Operand, np.ndarray]) -> Any:
    if isinstance(operand, Value):
        return known[operand]
    return np.broadcast_to(operand.value, operand.type.shape)  # type: ignore[arg-type]


def _evaluated(node: Node, inputs: tuple[Any, ...]) -> list[np.ndarray] | None:
    try:
        with np.errstate(all="ignore"):
            outputs = evaluate(node, inputs)
    except (
        ArithmeticError,
        IndexError,
        ValueError,
        TypeError,
    ):  # numpy's LinAlgError is a ValueError
        return None
    arrays = [np.asarray(a) for a in outputs]
    fits = all(
        a.dtype == r.type.dtype and a.shape == r.type.shape
        for a, r in zip(arrays, node.results, strict=True)
    )
    return arrays if fits else None


def _splat(array: np.ndarray, type: TensorType) -> Folded:
    """The array as a literal when it holds one number, bit for bit (so that -0.0 is not 0.0)."""
    if array.size == 0:
        return array
    first = array.reshape(-1)[:1]
    raw = np.ascontiguousarray(array).reshape(-1).view(np.uint8).reshape(array.size, -1)
    return Literal(first[0], type) if bool((raw == raw[0]).all()) else array


def _place(
    rewriter: Rewriter, node: Node, folded: Folded, known: dict[Operand, np.ndarray]
) -> Operand:
    if isinstance(folded, Literal):
        return folded
    rewriter.builder.location = node.location
    (value,) = rewriter.builder.emit(o.constant, (), _constant_attrs(folded))
    known[value] = folded
    return value


def _constant_attrs(array: np.ndarray) -> Any:
    assert o.constant.attrs is not None
    return o.constant.attrs(value=Constant(array))
