"""A program over several groups of workers: which node runs on which, and what goes between them.

Within a group values are cut or whole (`shard`), and between groups they are handed over as they
lie, joined where the groups differ in size. The group without workers is anywhere: one place that
whoever runs the steps chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, final

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.build import Builder
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.ir.types import TensorType
from gradloom.passes.sharding import KEPT, shard
from gradloom.passes.sharding.placement import Spec, bounds, can_cut, local_type
from gradloom.passes.sharding.stages import Name, Step, schedule

Group = tuple[int, ...]
ANYWHERE: Final[Group] = ()
_AXIS: Final = "workers"


class Layout(NamedTuple):
    """The workers that have a value: each the whole, or its part along `axis`."""

    workers: Group = ANYWHERE
    axis: int | None = None

    def spec(self, ndim: int) -> Spec:
        """The same as a spec on the mesh of the group."""
        return tuple(_AXIS if i == self.axis else None for i in range(ndim))


_NONE: Final = Layout()


class Lies(NamedTuple):
    """Where a value is, and its name there, worker by worker."""

    layout: Layout
    names: tuple[Name, ...]


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order, on workers by number (-1: anywhere); where parameters are, and results come
    to be.
    """

    steps: tuple[Step, ...]
    parameters: tuple[Lies, ...]
    results: tuple[Lies, ...]


def plan(
    graph: Graph,
    given: Sequence[Layout],
    asked: Mapping[Node, Group],
    wanted: Mapping[Operand, Layout],
) -> Plan:
    """How to run the graph where its parameters lie as `given`. Nodes run on the group that is
    `asked` of them, others where most workers have one of their operands; values come to lie as is
    `wanted` of them, others as they are made.
    """
    planner = _Planner(wanted, graph.notes)
    parameters = tuple(
        planner.define(p, layout) for p, layout in zip(graph.parameters, given, strict=True)
    )
    for group, nodes in _phases(graph, given, asked):
        planner.run(group, nodes, _handed_on(graph, nodes))
    results = tuple(planner.result(r) for r in graph.results)
    return Plan(tuple(planner.steps), parameters, results)


def part_of(shape: Sequence[int], layout: Layout, index: int) -> tuple[slice, ...]:
    """Where the part of worker number `index` of a layout lies in the whole."""
    mesh = {_AXIS: max(1, len(layout.workers))}
    return bounds(shape, layout.spec(len(shape)), mesh, {_AXIS: index})


def fitting(layout: Layout, type: TensorType) -> Layout:
    """The layout, whole where a value has no such axis, or too few elements along it."""
    workers, axis = layout
    if axis is None or not -type.ndim <= axis < type.ndim or len(workers) < 2:
        return Layout(workers)
    axis %= type.ndim
    return Layout(workers, axis if can_cut(type.shape[axis], len(workers)) else None)


# ---- which node runs where -----------------------------------------------------------------------


def _phases(
    graph: Graph, given: Sequence[Layout], asked: Mapping[Node, Group]
) -> list[tuple[Group, list[Node]]]:
    """Nodes in stretches of one group each: a stretch needs only earlier ones."""
    where: dict[Operand, tuple[Group, int]] = {
        p: (layout.workers, 0) for p, layout in zip(graph.parameters, given, strict=True)
    }
    parameters = set(graph.parameters)
    phases: dict[tuple[int, Group], list[Node]] = {}
    for node in graph.nodes:
        operands = [x for x in node.operands if isinstance(x, Value)]
        group = asked.get(node) or _widest([(where[x][0], x.type) for x in operands])
        level = max(
            (where[x][1] + (where[x][0] != group and x not in parameters) for x in operands),
            default=0,
        )
        phases.setdefault((level, group), []).append(node)
        where.update((r, (group, level)) for r in node.results)
    return [(group, nodes) for (_, group), nodes in sorted(phases.items())]


def _widest(groups: Sequence[tuple[Group, TensorType]]) -> Group:
    """The group of most workers; of equal ones that of most bytes."""
    sizes: dict[Group, int] = {}
    for group, type in groups:
        sizes[group] = sizes.get(group, 0) + type.nbytes()
    return max(sizes, key=lambda g: (len(g), sizes[g]), default=ANYWHERE)


def _handed_on(graph: Graph, nodes: Sequence[Node]) -> list[Value]:
    """The results of these nodes that others use, or that are the graph's."""
    here = set(nodes)
    used = {x for node in graph.nodes if node not in here for x in node.operands}
    used.update(graph.results)
    return [r for node in nodes for r in node.results if r in used]


@final
class _Planner:
    """Knows where each value lies, and the steps so far."""

    def __init__(self, wanted: Mapping[Operand, Layout], notes: tuple[str, ...]) -> None:
        self.steps: list[Step] = []
        self._notes = notes
        self._wanted = wanted
        self._lies: dict[Operand, Lies] = {}
        self._moved: dict[tuple[Operand, Group], Lies] = {}
        self._next = 0

    def define(self, value: Operand, layout: Layout) -> Lies:
        """A value that lies so; its names."""
        made = Lies(layout, self._names(max(1, len(layout.workers))))
        self._lies[value] = made
        return made

    def run(self, group: Group, nodes: Sequence[Node], results: Sequence[Value]) -> None:
        """The steps of a stretch of nodes."""
        made = {r for node in nodes for r in node.results}
        used = dict.fromkeys(x for node in nodes for x in node.operands if isinstance(x, Value))
        parameters = [x for x in used if x not in made]
        lies = [self._brought(x, group) for x in parameters]
        graph = Graph(tuple(parameters), tuple(nodes), tuple(results), "step", self._notes)
        if len(group) < 2:
            outs = [self.define(r, Layout(group)) for r in results]
            inputs = tuple(x.names[0] for x in lies)
            self._step(group, 0, graph, inputs, [out.names[0] for out in outs])
            return
        specs = [x.layout.spec(p.type.ndim) for p, x in zip(parameters, lies, strict=True)]
        wants = [self._spec(r, group) for r in results]
        inside = [r for r in made if r not in results and self._wanted.get(r, _NONE)[0] == group]
        preferred: dict[Operand, Spec] = {r: self._wanted[r].spec(r.type.ndim) for r in inside}
        sharded = shard(graph, {_AXIS: len(group)}, specs, wants, preferred)
        steps = schedule(sharded)
        first = self._next
        self._next += 1 + max((n for s in steps.steps for n in (*s.inputs, *s.outputs)), default=-1)
        given = {
            name: own
            for names, x in zip(steps.parameters, lies, strict=True)
            for name, own in zip(names, x.names, strict=True)
        }

        def name(local: Name) -> Name:
            return given.get(local, first + local)

        for step in steps.steps:
            inputs, outputs = (tuple(map(name, names)) for names in (step.inputs, step.outputs))
            self.steps.append(Step(group[step.worker], step.graph, inputs, outputs))
        for r, names, spec in zip(results, steps.results, sharded.out_specs, strict=True):
            axis = spec.index(_AXIS) if _AXIS in spec else None
            self._lies[r] = Lies(Layout(group, axis), tuple(map(name, names)))

    def result(self, value: Operand) -> Lies:
        """Where a result comes to lie."""
        lies = self._lies[value]
        want = self._wanted.get(value)
        if want is None or want == lies.layout:
            return lies
        lies = self._brought(value, want.workers)
        if lies.layout == want:
            return lies
        if lies.layout.axis is not None:
            lies = self._joined(value, lies, want.workers)
        return lies if want.axis is None else self._cut(value, lies, want)

    # ---- from one group to another ---------------------------------------------------------------

    def _brought(self, value: Operand, group: Group) -> Lies:
        """The value in a group, as it lies where it is; joined where the parts do not fit."""
        lies = self._lies[value]
        (workers, axis), names = lies
        if workers == group:
            return lies
        found = self._moved.get((value, group))
        if found is None:
            if axis is None:
                own = dict(zip(workers, names, strict=False))
                whole = [own.get(w, names[i % len(names)]) for i, w in enumerate(group)]
                found = Lies(Layout(group), tuple(whole) or names[:1])
            elif len(workers) == len(group):
                found = Lies(Layout(group, axis), names)
            else:
                found = self._joined(value, lies, group)
            self._moved[value, group] = found
        return found

    def _joined(self, value: Operand, lies: Lies, group: Group) -> Lies:
        """A value that is cut, whole on every worker of a group."""
        axis, spec = lies.layout.axis, lies.layout.spec(value.type.ndim)
        mesh = {_AXIS: len(lies.names)}
        types = [local_type(value.type, spec, mesh, {_AXIS: i}) for i in range(len(lies.names))]
        graph = _program(types, lambda *parts: o.concatenate(*parts, axis=axis))
        return self._everywhere(Layout(group), lambda i: (graph, lies.names))

    def _cut(self, value: Operand, lies: Lies, want: Layout) -> Lies:
        """A value that every worker of a group has whole, cut."""
        shape: Any = value.type.shape

        def piece(i: int) -> tuple[Graph, tuple[Name, ...]]:
            cut = part_of(shape, want, i)
            start, stop = tuple(c.start for c in cut), tuple(c.stop for c in cut)
            steps = (1,) * len(shape)
            graph = _program([value.type], lambda x: o.slice(x, start=start, stop=stop, step=steps))
            return graph, (lies.names[i],)

        return self._everywhere(want, piece)

    def _everywhere(
        self, layout: Layout, made: Callable[[int], tuple[Graph, tuple[Name, ...]]]
    ) -> Lies:
        """A value that each worker of a layout makes by itself."""
        names = self._names(max(1, len(layout.workers)))
        for i, name in enumerate(names):
            graph, inputs = made(i)
            self._step(layout.workers, i, graph, inputs, [name])
        return Lies(layout, names)

    # ---- below -----------------------------------------------------------------------------------

    def _spec(self, value: Operand, group: Group) -> Spec | str:
        want = self._wanted.get(value)
        return KEPT if want is None or want.workers != group else want.spec(value.type.ndim)

    def _step(
        self, group: Group, i: int, graph: Graph, inputs: tuple[Name, ...], outputs: Sequence[Name]
    ) -> None:
        worker = group[i] if group else -1
        self.steps.append(Step(worker, graph, inputs, tuple(outputs)))

    def _names(self, count: int) -> tuple[Name, ...]:
        self._next += count
        return tuple(range(self._next - count, self._next))


def _program(types: Sequence[TensorType], f: Callable[..., Any]) -> Graph:
    """A graph of one op."""
    parameters = tuple(Value(t) for t in types)
    builder = Builder()
    with build.scope(builder):
        result = f(*parameters)
    return Graph(parameters, tuple(builder.nodes), (result,), "step")
