"""Asserts as numbers: programs that a framework compiles cannot raise, so they say what failed.

`coded` gives a graph one more result: 0, or the number of the first assert that did not hold
(counted from 1). Loops stop at it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Operand, Value, literal
from gradloom.ir.op import Op
from gradloom.ir.ops.rules import INDEX
from gradloom.ir.types import tensor_type
from gradloom.passes.effects import asserts_in, has_asserts

CODE: Final = tensor_type(INDEX, ())
_NONE: Final = literal(0, CODE)


def coded(graph: Graph, raises: bool) -> Graph:
    """The graph with the number of the first assert that fails as its last result; with `raises`,
    those that stand in no region are kept too.
    """
    coder = _Coder(graph, raises)

    def body(*values: Value) -> list[Operand]:
        return coder.run(graph, [_NONE, *values])[1:] + [coder.last]

    types, names = [p.type for p in graph.parameters], [p.name for p in graph.parameters]
    return build.graph_of(body, types, names, graph.name)


@final
class _Coder:
    """Numbers the asserts of a graph; `last` is the code after the graph that was run last."""

    def __init__(self, graph: Graph, raises: bool) -> None:
        self._raised = {n for n in graph.nodes if raises and n.op is o.assert_}
        self._number = {node: i for i, node in enumerate(asserts_in(graph), 1)}
        self.last: Operand = _NONE

    def run(self, graph: Graph, given: Sequence[Operand]) -> list[Operand]:
        """The code and the graph's results, of the code before it and its arguments."""
        code, *arguments = given
        env: dict[Operand, Operand] = dict(zip(graph.parameters, arguments, strict=True))
        for node in graph.nodes:
            operands = tuple([env.get(x, x) for x in node.operands])
            with build.located(node.location):
                if node.op is o.assert_:
                    code = _after(code, operands[0], self._number[node])
                    if node in self._raised:
                        _again(node, operands)
                elif any(map(has_asserts, node.regions)):
                    code, *results = _WRITTEN[node.op](self, node, operands, code)
                    env.update(zip(node.results, results, strict=True))
                else:
                    env.update(zip(node.results, _again(node, operands), strict=True))
        self.last = code
        return [code, *(env.get(r, r) for r in graph.results)]

    def region(self, graph: Graph, before: int = 0) -> Graph:
        """A region that takes the code behind `before` parameters, and gives it first."""

        def body(*values: Value) -> list[Operand]:
            return self.run(graph, [values[before], *values[:before], *values[before + 1 :]])

        types = [p.type for p in graph.parameters]
        return build.graph_of(body, [*types[:before], CODE, *types[before:]], name=graph.name)


def _again(node: Node, operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
    return build.current().emit(node.op, operands, node.attrs, node.regions, node.copy)


def _after(code: Operand, holds: Operand, number: int) -> Operand:
    """The code after one assert: the first that failed stays."""
    axes = tuple(range(holds.type.ndim))
    whole = o.all(holds, axes=axes) if axes else holds
    if code is not _NONE:
        whole = o.logical_or(whole, o.not_equal(code, _NONE))
    result: Operand = o.where(whole, code, literal(number, CODE))
    return result


Results = Sequence[Operand]


def _cond(coder: _Coder, node: Node, operands: tuple[Operand, ...], code: Operand) -> Results:
    regions = tuple(map(coder.region, node.regions))
    return build.emit(o.cond, (operands[0], code, *operands[1:]), None, regions)


def _scan(coder: _Coder, node: Node, operands: tuple[Operand, ...], code: Operand) -> Results:
    attrs: Any = node.attrs
    n = attrs.consts
    region = coder.region(node.regions[0], n)
    put = (*operands[:n], code, *operands[n:])
    return build.emit(o.scan, put, replace(attrs, carry=attrs.carry + 1), (region,))


def _while(coder: _Coder, node: Node, operands: tuple[Operand, ...], code: Operand) -> Results:
    """The predicate may assert too: it is asked before the loop and in each turn, where that can be
    told, and its answer is carried.
    """
    attrs: Any = node.attrs
    predicate, body = node.regions
    n = attrs.consts
    if not has_asserts(predicate):
        return _plain_while(coder, node, operands, code)
    code, going = coder.run(predicate, [code, *operands])

    def goes_on(*v: Value) -> Operand:
        result: Operand = o.logical_and(v[n + 1], o.equal(v[n], _NONE))
        return result

    def step(*v: Value) -> list[Operand]:
        after, *carry = coder.run(body, [v[n], *v[:n], *v[n + 2 :]])
        after, more = coder.run(predicate, [after, *v[:n], *carry])
        return [after, more, *carry]

    put = (*operands[:n], code, going, *operands[n:])
    types = [x.type for x in put]
    regions = (build.graph_of(goes_on, types), build.graph_of(step, types))
    code, _, *carry = build.emit(o.while_, put, attrs, regions)
    return [code, *carry]


def _plain_while(
    coder: _Coder, node: Node, operands: tuple[Operand, ...], code: Operand
) -> Results:
    attrs: Any = node.attrs
    predicate, body = node.regions
    n = attrs.consts

    def goes_on(*v: Value) -> Operand:
        (going,) = build.inline(predicate, [*v[:n], *v[n + 1 :]])
        result: Operand = o.logical_and(going, o.equal(v[n], _NONE))
        return result

    put = (*operands[:n], code, *operands[n:])
    regions = (build.graph_of(goes_on, [x.type for x in put]), coder.region(body, n))
    return build.emit(o.while_, put, attrs, regions)


def _call(coder: _Coder, node: Node, operands: tuple[Operand, ...], code: Operand) -> Results:
    return coder.run(node.regions[0], [code, *operands])


_WRITTEN: Final[dict[Op, Callable[..., Results]]] = {
    o.cond: _cond,
    o.while_: _while,
    o.scan: _scan,
    o.call: _call,
    o.custom_jvp: _call,
    o.custom_vjp: _call,
}
"""How nodes whose regions assert are written: what they assert is told by the code."""
