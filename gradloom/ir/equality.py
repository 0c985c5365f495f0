"""When two graphs are the same: types, ops, attributes, names, regions and how values flow."""

from __future__ import annotations

from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.names import parameter_names


def equal_graphs(a: Graph, b: Graph) -> bool:
    """Equal up to the identity of values, names being those that print.

    Locations, notes and signatures do not count.
    """
    if a.name != b.name or len(a.parameters) != len(b.parameters) or len(a.nodes) != len(b.nodes):
        return False
    if any(p.type != q.type for p, q in zip(a.parameters, b.parameters, strict=True)):
        return False
    if not _equal_names(a, b):
        return False
    names = dict(zip(a.parameters, b.parameters, strict=True))
    return all(
        _equal_nodes(n, m, names) for n, m in zip(a.nodes, b.nodes, strict=True)
    ) and _equal_operands(a.results, b.results, names)


def _equal_names(a: Graph, b: Graph) -> bool:
    if all(p.name == q.name for p, q in zip(a.parameters, b.parameters, strict=True)):
        return True
    return parameter_names(a.parameters) == parameter_names(b.parameters)


def _equal_nodes(n: Node, m: Node, names: dict[Value, Value]) -> bool:
    same = (
        n.op is m.op
        and n.attrs == m.attrs
        and n.copy == m.copy
        and len(n.regions) == len(m.regions)
    )
    if not same or not _equal_operands(n.operands, m.operands, names):
        return False
    if tuple(r.type for r in n.results) != tuple(r.type for r in m.results):
        return False
    names.update(zip(n.results, m.results, strict=True))
    return all(equal_graphs(r, s) for r, s in zip(n.regions, m.regions, strict=True))


def _equal_operands(
    xs: tuple[Operand, ...], ys: tuple[Operand, ...], names: dict[Value, Value]
) -> bool:
    if len(xs) != len(ys):
        return False
    return all(
        x == y if isinstance(x, Literal) else names.get(x) is y for x, y in zip(xs, ys, strict=True)
    )
