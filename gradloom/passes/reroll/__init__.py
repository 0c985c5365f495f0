"""Loops stay loops: bodies that Python's `for` repeated become one `scan`.

The nodes are read in their order, those that only take rows (`x[i]`) aside. A run of equal periods
is rolled when every operand is the same each time, made in the same period, carried from the one
before, or stepped. Each step computes what it did, in the order it did: the numbers do not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from gradloom.ir import found
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, Operand, Value
from gradloom.passes.dce import dce
from gradloom.passes.effects import must_happen_each_time
from gradloom.passes.hoist import hoist
from gradloom.passes.reroll.body import Body, understand
from gradloom.passes.reroll.line import Line
from gradloom.passes.reroll.periods import Run, runs
from gradloom.passes.reroll.roll import Taken, joined, roll
from gradloom.passes.reroll.rows import Rows, rows_of
from gradloom.passes.rewrite import Rewriter, rewrite_regions

STEPS: Final = 8
"""Steps from which a loop is rolled."""
BODY: Final = 8
"""Nodes from which a body is one: a step of a loop costs about as much as two of them on numpy."""
NODES: Final = 256
"""Nodes that the loop has to have in all: smaller programs compile fast as they are."""
_ROUNDS: Final = 8
"""Loops inside loops, from the inside out, and loops over what other loops stacked."""


def reroll(graph: Graph, *, steps: int = STEPS, body: int = BODY, nodes: int = NODES) -> Graph:
    """Roll runs of at least `steps` equal bodies of at least `body` nodes, `nodes` in all, into
    scans; in regions too.
    """
    if found.holds(graph):  # a size that is found names its node; copies of it would share the name
        return graph
    graph = _inside(graph, steps, body, nodes)
    for _ in range(_ROUNDS):
        if len(graph.nodes) < nodes:
            break
        rolled = _once(graph, max(steps, 3), body, nodes)
        if rolled is graph:
            break
        graph = dce(hoist(rolled))  # before a derivative keeps what is the same for every step
    return graph


def _inside(graph: Graph, steps: int, body: int, nodes: int) -> Graph:
    if not any(node.regions for node in graph.nodes):
        return graph
    rewriter = Rewriter(graph)
    for node in graph.nodes:
        changed = rewrite_regions(
            node, lambda region: reroll(region, steps=steps, body=body, nodes=nodes)
        )
        rewriter.keep(node, changed)
    return rewriter.finish()


def _once(graph: Graph, steps: int, body: int, nodes: int) -> Graph:
    rows, takers = rows_of(graph, steps)
    aside = {n for n in graph.nodes if n.op is o.constant} | takers
    line = Line([n for n in graph.nodes if n not in aside] if aside else graph.nodes)
    bodies = _bodies(line, rows, steps, body, nodes)
    return _rewritten(graph, line, aside, rows, bodies) if bodies else graph


def _bodies(line: Line, rows: Rows, steps: int, body: int, nodes: int) -> dict[Node, Body]:
    """The bodies to roll, by the first node of their run; no two overlap."""
    chosen: dict[Node, Body] = {}
    taken: set[int] = set()
    for run in runs(line, steps, body):
        span = range(run.start, run.stop)
        if len(span) < nodes or not taken.isdisjoint(span):
            continue
        if any(map(must_happen_each_time, line.nodes[run.start : run.start + run.length])):
            continue
        later = run._replace(start=run.start + run.length, times=run.times - 1)
        made = understand(line, rows, run, taken)
        if made is None and later.times >= steps:  # the first period is another: it stays outside
            made = understand(line, rows, later, taken)
        if made is not None:
            chosen[line.nodes[made.run.start]] = made
            taken.update(range(made.run.start, made.run.stop))
    return chosen


def _rewritten(
    graph: Graph, line: Line, aside: set[Node], rows: Rows, bodies: dict[Node, Body]
) -> Graph:
    run_of: dict[Node, Node] = {}
    for first, body in bodies.items():
        run_of.update(dict.fromkeys(line.nodes[body.run.start : body.run.stop], first))
    rest = [x for node in graph.nodes if node in aside for x in node.operands]
    rest += graph.results
    used = {first: _used(rest, line, run_of, first, body.run) for first, body in bodies.items()}
    rewriter = Rewriter(graph)
    taken: Taken = {}
    early = [node for node in graph.nodes if node.op is o.constant]  # those of later steps too
    for node in early:
        rewriter.keep(node)
    for node in graph.nodes:
        run = run_of.get(node)
        if run is node:
            taken.update(roll(bodies[node], rows, used[node], rewriter))
        elif run is None and node.op is not o.constant and not joined(node, taken, rewriter):
            rewriter.keep(node)
    return rewriter.finish()


def _used(
    rest: Sequence[Operand], line: Line, run_of: dict[Node, Node], first: Node, run: Run
) -> list[tuple[Value, int]]:
    """The values of a run that something outside of it reads (another node of the line, or what
    reads the `rest`), and how far into the run each is made.
    """
    at = np.flatnonzero((line.made >= run.start) & (line.made < run.stop))
    low, high = line.first[run.start], line.first[run.stop]
    read = [line.operand(int(i)) for i in at[(at < low) | (at >= high)]]
    values = dict.fromkeys([x for x in (*read, *rest) if isinstance(x, Value)])
    return [
        (x, line.places[x] - run.start)
        for x in values
        if x.node is not None and run_of.get(x.node) is first
    ]
