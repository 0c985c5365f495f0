"""Asserts where other things than a whole program decide whether they count.

`guarded`: a branch or step of a mapped loop runs for all members of a batch, and its asserts count
for the active ones. `without_asserts`: what is computed a second time does not assert again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import BOOL
from gradloom.ir.types import tensor_type
from gradloom.passes.effects import asserts_in, has_asserts
from gradloom.passes.linearize import emit_copy
from gradloom.passes.rewrite import Rewriter, rewrite_regions


def without_asserts(graph: Graph) -> Graph:
    """The graph without its asserts, in regions too."""
    rewriter = Rewriter(graph)
    for node in graph.nodes:
        if node.op is not o.assert_:
            rewriter.keep(node, rewrite_regions(node, without_asserts))
    return rewriter.finish()


def guarded(graph: Graph) -> Graph:
    """The graph with a bool before its parameters: its asserts need to hold where that is true."""

    def body(active: Value, *values: Value) -> list[Operand]:
        env: dict[Operand, Operand] = dict(zip(graph.parameters, values, strict=True))
        for node in graph.nodes:
            operands = tuple([env.get(x, x) for x in node.operands])
            with build.located(node.location):
                env.update(zip(node.results, _guarded(node, operands, active), strict=True))
        return [env.get(r, r) for r in graph.results]

    types = [tensor_type(BOOL, ()), *(p.type for p in graph.parameters)]
    return build.graph_of(body, types, ["", *(p.name for p in graph.parameters)], graph.name)


def _guarded(node: Node, operands: tuple[Operand, ...], active: Value) -> tuple[Operand, ...]:
    if node.op is o.assert_:
        (holds,) = operands
        axes = tuple(range(holds.type.ndim))
        whole = o.all(holds, axes=axes) if axes else holds
        return build.emit(node.op, (o.logical_or(whole, o.logical_not(active)),), node.attrs)
    if not any(map(has_asserts, node.regions)):
        return emit_copy(node, operands).results
    given = _WITH_A_CONSTANT.get(node.op)
    if given is None:
        what = next(asserts_in(node.regions[0]), node)
        raise NotSupported(
            f"{node.op.name}: an assert inside it cannot be mapped by vmap behind a condition that "
            "differs between examples",
            location=what.location,
            hint="assert outside of the function with a rule of its own",
        )
    regions = tuple(map(guarded, node.regions))
    attrs, put = given(node.attrs, active, operands)
    return build.emit(node.op, put, attrs, regions)


def _first(attrs: Any, more: Value, operands: tuple[Operand, ...]) -> Any:
    return attrs, (more, *operands)


def _behind_the_predicate(attrs: Any, more: Value, operands: tuple[Operand, ...]) -> Any:
    return attrs, (operands[0], more, *operands[1:])


def _as_loop_constant(attrs: Any, more: Value, operands: tuple[Operand, ...]) -> Any:
    return replace(attrs, consts=attrs.consts + 1), (more, *operands)


_WITH_A_CONSTANT: Final[dict[Op, Callable[[Any, Value, tuple[Operand, ...]], Any]]] = {
    o.call: _first,
    o.cond: _behind_the_predicate,
    o.while_: _as_loop_constant,
    o.scan: _as_loop_constant,
}
"""Attributes and operands of a node whose regions take one more value, before all others."""
