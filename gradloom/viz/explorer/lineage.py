"""Which nodes of a graph are those of the graph before it, over a whole history.

Nodes are one where they are the same object, else where they compute the same from the same
inputs, else where they have the same op, types and place and came in the same order: those were
kept, but read something else.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from gradloom.ir.graph import Graph, Node, Operand, Value


def lineages(graphs: Sequence[Graph]) -> list[dict[str, int]]:
    """For each graph, the number of every node by its id: a node that a step kept has the same
    number after it, and no other node has it.
    """
    found: list[dict[str, int]] = []
    fresh = 0
    for i, graph in enumerate(graphs):
        if i and graph is graphs[i - 1]:
            found.append(found[-1])
            continue
        old = kept(graphs[i - 1], graph) if i else {}
        numbers: dict[str, int] = {}
        for id in _ids(graph, "n"):
            if id in old:
                numbers[id] = found[-1][old[id]]
            else:
                numbers[id] = fresh
                fresh += 1
        found.append(numbers)
    return found


def kept(before: Graph, after: Graph, old: str = "n", new: str = "n") -> dict[str, str]:
    """The id that each node of `after` had in `before`; those that are new have none."""
    pairs = _pairs(before, after)
    found: dict[str, str] = {}
    for j, i in pairs.items():
        a, b = before.nodes[i], after.nodes[j]
        found[f"{new}{j}"] = f"{old}{i}"
        for k, (x, y) in enumerate(zip(a.regions, b.regions, strict=False)):
            found |= kept(x, y, f"{old}{i}.{k}.", f"{new}{j}.{k}.")
    return found


def _ids(graph: Graph, prefix: str) -> list[str]:
    ids: list[str] = []
    for i, node in enumerate(graph.nodes):
        ids.append(f"{prefix}{i}")
        for k, region in enumerate(node.regions):
            ids += _ids(region, f"{prefix}{i}.{k}.")
    return ids


def _pairs(before: Graph, after: Graph) -> dict[int, int]:
    """Positions in `after` to positions in `before`."""
    pairs: dict[int, int] = {}
    numbers: dict[Hashable, int] = {}
    meant = _meanings(before, numbers), _meanings(after, numbers)
    rules: list[tuple[Callable[[int, Node], Hashable], Callable[[int, Node], Hashable]]] = [
        (lambda _, node: id(node), lambda _, node: id(node)),
        (lambda i, _: meant[0][i], lambda i, _: meant[1][i]),
        (lambda _, node: _likeness(node), lambda _, node: _likeness(node)),
    ]
    taken: set[int] = set()
    for key_before, key_after in rules:
        free: dict[Hashable, deque[int]] = defaultdict(deque)
        for i, node in enumerate(before.nodes):
            if i not in taken:
                free[key_before(i, node)].append(i)
        for j, node in enumerate(after.nodes):
            if j not in pairs and (waiting := free.get(key_after(j, node))):
                pairs[j] = waiting.popleft()
                taken.add(pairs[j])
    return pairs


def _meanings(graph: Graph, numbers: dict[Hashable, int]) -> list[int]:
    """A number for each node: nodes of equal meaning have the same (value numbering)."""
    of: dict[Value, Hashable] = {p: ("parameter", i) for i, p in enumerate(graph.parameters)}

    def read(x: Operand) -> Hashable:
        return of[x] if isinstance(x, Value) else x

    found: list[int] = []
    for node in graph.nodes:
        key = (node.op, tuple(map(read, node.operands)), node.attrs, node.copy, node.regions)
        number = numbers.setdefault(key, len(numbers))
        found.append(number)
        of.update((r, (number, r.index)) for r in node.results)
    return found


def _likeness(node: Node) -> Hashable:
    place: Any = node.location
    where = (place.file, place.line, place.note) if place is not None else None
    return node.op, tuple(r.type for r in node.results), where, node.copy
