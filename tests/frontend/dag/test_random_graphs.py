"""Whatever is asked of a random DAG in whatever order: values are those of plain calls, what is let
go is gone, and as many values are alive at once as the plan says.
"""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.frontend.dag import DataNode, GraphBuilder


class Number:
    """A value that can be watched."""

    alive: ClassVar[weakref.WeakSet[Number]] = weakref.WeakSet()
    most: ClassVar[int] = 0

    def __init__(self, value: int) -> None:
        self.value = value
        Number.alive.add(self)
        Number.most = max(Number.most, len(Number.alive))


def _combined(salt: int, *parts: Number) -> Number:
    return Number((salt + sum((i + 2) * part.value for i, part in enumerate(parts))) % 1_000_003)


def _split(salt: int, *parts: Number) -> tuple[Number, Number]:
    return _combined(salt, *parts), _combined(salt + 1, *parts)


class Model:
    """A graph, or two that use one another, with the numbers that plain calls give."""

    def __init__(self) -> None:
        self.graphs = [GraphBuilder(), GraphBuilder()]
        self.nodes: list[DataNode] = []
        self.wants: list[int] = []

    def add(self, data: st.DataObject) -> None:
        count = min(len(self.nodes), data.draw(st.integers(0, 3)))
        picks = [data.draw(st.integers(0, len(self.nodes) - 1)) for _ in range(count)]
        salt, two = data.draw(st.integers(0, 99)), data.draw(st.booleans())
        G = self.graphs[data.draw(st.integers(0, 1))]
        parts = [self.nodes[i] for i in picks]
        total = salt + sum((i + 2) * self.wants[p] for i, p in enumerate(picks))
        if two:
            self.nodes += G.add(_split, n_out=2)(salt, *parts)
            self.wants += [total % 1_000_003, (total + 1) % 1_000_003]
        else:
            self.nodes.append(G.add(_combined, persist=data.draw(st.booleans()))(salt, *parts))
            self.wants.append(total % 1_000_003)


def _do(model: Model, data: st.DataObject) -> None:
    node = data.draw(st.sampled_from(range(len(model.nodes))))
    asked, G = model.nodes[node], model.nodes[node].graph
    action = data.draw(st.sampled_from(["get", "run", "run_only", "threads", "release", "drop"]))
    if action == "get":
        assert asked.get().value == model.wants[node]
    elif action == "run":
        assert G.run(asked).value == model.wants[node]
        assert all(sink.has_value() for sink in G.sinks)
    elif action == "run_only":
        _measured(model, node)
    elif action == "threads":
        assert G.run(asked, executor="threads", max_workers=2).value == model.wants[node]
    elif action == "release":
        G.release()
    elif not asked.is_persisted:
        asked.release()


def _measured(model: Model, index: int) -> None:
    node = model.nodes[index]
    plan = node.graph.plan(node)
    others = {n for n in model.nodes if n.has_value()} - plan.held
    Number.most = len(Number.alive)
    before = {n for n in model.nodes if n.has_value()}
    assert len(Number.alive) == len(before)
    assert node.graph.run_only(node).value == model.wants[index]
    if plan.steps:
        assert Number.most == plan.peak + len(others)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_of_requests_gives_what_plain_calls_give(data: st.DataObject) -> None:
    Number.alive.clear()
    model = Model()
    for _ in range(data.draw(st.integers(1, 12))):
        model.add(data)
    for _ in range(data.draw(st.integers(1, 8))):
        _do(model, data)
        held = sum(node.has_value() for node in model.nodes)
        assert len(Number.alive) == held
    _remove_all(model)
    assert len(Number.alive) == 0


def _remove_all(model: Model) -> None:
    """Calls are removed from the last one of all to the first."""
    steps: list[Any] = [step for G in model.graphs for step in G.steps]
    for step in sorted(steps, key=lambda step: -step.number):
        step.graph.remove()
    assert all(node.removed and not node.has_value() for node in model.nodes)
