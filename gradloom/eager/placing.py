"""Where the values of a session's tensors are to be, and how a fragment runs on several workers.

Signals say it of what is recorded inside of them: of new tensors, that they are cut or whole on
some workers; of ops, which workers run them. Everything else follows its operands.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, final

import numpy as np

from gradloom.eager import scopes
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.types import TensorType
from gradloom.passes.sharding.groups import ANYWHERE, Group, Layout, Plan, fitting, part_of, plan
from gradloom.runtime.client import Client, Ref
from gradloom.runtime.signals import ShardConfig

_MOST_PLANS: Final = 1_024


class Spread(NamedTuple):
    """A value on several workers: the whole on each, or parts."""

    layout: Layout
    refs: tuple[Ref, ...]


Held = Ref | np.ndarray | Spread


class Fragment(NamedTuple):
    """What is recorded: its nodes, inputs and results; equal fragments have equal keys."""

    nodes: Sequence[Node]
    inputs: Sequence[Value]
    outputs: Sequence[Value]
    key: Hashable
    notes: tuple[str, ...] = ()


@final
class Placing:
    """What was said of values and ops of the fragment that is being recorded."""

    def __init__(self) -> None:
        self._asked: dict[Node, ShardConfig] = {}
        self._wanted: dict[Operand, ShardConfig] = {}
        self._like: dict[Operand, Operand] = {}
        self._plans: dict[Hashable, Plan] = {}

    # ---- what is said ----------------------------------------------------------------------------

    def ask(self, nodes: Iterable[Node]) -> None:
        """These were recorded; the signal that the thread is inside of may say where they run."""
        places = scopes.stack.placed
        if places is not None:
            self._asked.update((node, places.forward) for node in nodes)

    def want(self, value: Operand) -> None:
        """The value is new; the signal may say where it is."""
        places = scopes.stack.placed
        if places is not None:
            self._wanted[value] = places.forward

    def share(self, value: Operand, other: Operand) -> None:
        """What is wanted of the value is wanted of the other, too."""
        if value in self._wanted:
            self._wanted[other] = self._wanted[value]

    def want_as(self, value: Operand, other: Operand) -> None:
        """The value is to be where another is."""
        self._like[value] = other

    def forget(self, needed: Mapping[Operand, Held]) -> None:
        """The fragment was sent: what was said of its nodes is done, and of other values too."""
        self._asked.clear()
        self._like.clear()
        self._wanted = {v: c for v, c in self._wanted.items() if v in needed}

    # ---- fragments -------------------------------------------------------------------------------

    def concerns(self, inputs: Sequence[Operand], held: Mapping[Operand, Held]) -> bool:
        """Whether anything was said that concerns a fragment of these inputs."""
        if self._asked or self._wanted:
            return True
        return any(isinstance(held[x], Spread) for x in inputs)

    def send(
        self, session: Client, fragment: Fragment, held: dict[Operand, Held], where: str
    ) -> None:
        """Run a fragment where everything is as was said; its results are held then."""
        workers = sorted(p.worker for p in session.places)
        for x in fragment.inputs:
            held[x] = self._put(session, x, held[x], workers)
        made = self._plan(fragment, held, len(workers))
        refs: dict[int, Ref] = {}
        for x, lies in zip(fragment.inputs, made.parameters, strict=True):
            refs.update(zip(lies.names, _refs(held[x]), strict=True))
        for step in made.steps:
            worker = workers[step.worker] if step.worker >= 0 else -1
            inputs = [refs[n] for n in step.inputs]
            results = session.call(step.graph, inputs, where, worker)
            refs.update(zip(step.outputs, results, strict=True))
        for r, lies in zip(fragment.outputs, made.results, strict=True):
            own = tuple(refs[n] for n in lies.names)
            held[r] = Spread(lies.layout, own) if lies.layout.workers else own[0]

    def parts(
        self, session: Client, value: Operand, held: dict[Operand, Held]
    ) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
        """The workers that have a value, and where their parts begin and end along each axis."""
        places = sorted(session.places, key=lambda p: p.worker)
        found = held.get(value)
        if isinstance(found, np.ndarray) and isinstance(value, Value):
            found = held[value] = self._put(session, value, found, [p.worker for p in places])
        if not isinstance(found, Spread):
            return []
        shape: Any = value.type.shape
        cuts = [part_of(shape, found.layout, i) for i in range(len(found.refs))]
        return [
            (places[w].name, tuple((c.start, c.stop) for c in cut))
            for w, cut in zip(found.layout.workers, cuts, strict=True)
        ]

    def _plan(self, fragment: Fragment, held: Mapping[Operand, Held], workers: int) -> Plan:
        nodes, inputs, outputs, key, notes = fragment
        given = [_layout(held[x]) for x in inputs]
        groups = [
            None if (c := self._asked.get(node)) is None else _group(c, workers) for node in nodes
        ]
        made = [r for node in nodes for r in node.results]
        layouts = [self._layout_of(r, held, workers) for r in made]
        whole = key, tuple(given), tuple(groups), tuple(layouts)
        found = self._plans.get(whole)
        if found is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.pop(next(iter(self._plans)))
            asked = {node: g for node, g in zip(nodes, groups, strict=True) if g}
            wanted: dict[Operand, Layout] = {r: w for r, w in zip(made, layouts, strict=True) if w}
            graph = Graph(tuple(inputs), tuple(nodes), tuple(outputs), "eager", notes)
            found = self._plans[whole] = plan(graph, given, asked, wanted)
        return found

    def _put(self, session: Client, value: Value, held: Held, workers: Sequence[int]) -> Held:
        """The value on the cluster, in parts where it is to be cut."""
        if not isinstance(held, np.ndarray):
            return held
        config = self._wanted.get(value)
        layout = _resolved(config, value.type, len(workers)) if config else Layout()
        if layout.axis is None:
            own = session.put(held)
            return Spread(layout, (own,) * len(layout.workers)) if layout.workers else own
        parts = [held[part_of(held.shape, layout, i)] for i in range(len(layout.workers))]
        refs = [
            session.put(np.ascontiguousarray(part), workers[w])
            for part, w in zip(parts, layout.workers, strict=True)
        ]
        return Spread(layout, tuple(refs))

    def _layout_of(
        self, value: Operand, held: Mapping[Operand, Held], workers: int
    ) -> Layout | None:
        """Where a result is to be; None where it may stay as it is made."""
        other = self._like.get(value, value)
        found = held.get(other)
        if isinstance(found, Spread):
            return found.layout
        config = self._wanted.get(other)
        layout = _resolved(config, value.type, workers) if config is not None else Layout()
        return layout if layout.workers else None


def _group(config: ShardConfig, workers: int) -> Group:
    """The workers that a signal names, as far as they are there; alone, one is anywhere."""
    if workers < 2:
        return ANYWHERE
    named = range(workers) if config.workers is None else config.workers
    return tuple(w for w in named if w < workers)


def _resolved(config: ShardConfig, type: TensorType, workers: int) -> Layout:
    group = _group(config, workers)
    return fitting(Layout(group, None if config.replicated else config.axis), type)


def _layout(held: Held) -> Layout:
    return held.layout if isinstance(held, Spread) else Layout()


def _refs(held: Held) -> tuple[Ref, ...]:
    if isinstance(held, Spread):
        return held.refs
    assert isinstance(held, Ref)
    return (held,)


def fetch(session: Client, held: Ref | Spread) -> np.ndarray:
    """The array of a value, joined of its parts."""
    if not isinstance(held, Spread):
        return session.fetch(held)
    axis = held.layout.axis
    if axis is None:
        return session.fetch(held.refs[0])
    return np.concatenate([session.fetch(ref) for ref in held.refs], axis=axis)
