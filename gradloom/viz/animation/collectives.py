"""Schedules of the usual ways to share gradients, transfer by transfer.

After each but gossip, every worker holds the sum of all gradients; `replay` checks it. The bytes of
ring all-reduce are those of Patarasuk and Yuan (2009, theorem 1): 2 (n - 1) / n of a gradient from
each worker, which is the least that is possible.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from typing import Final

from gradloom.ir.errors import ArgumentError
from gradloom.viz.animation.plan import Plan, computing
from gradloom.viz.animation.schedule import Layout, Network, Schedule, check_workers

SIZE: Final = 25 * 2**20
"""Bytes of a gradient where nobody says: a bucket of torch's DistributedDataParallel."""
_CHUNKS: Final = 4

Compute = Sequence[float] | None
Stragglers = dict[int, float] | None


def ring(
    workers: int = 4,
    size: int = SIZE,
    *,
    network: Network | None = None,
    compute: Compute = None,
    stragglers: Stragglers = None,
    seed: int = 0,
) -> Schedule:
    """All-reduce on a ring: in n - 1 steps parts are summed on their way round (reduce-scatter),
    in n - 1 more the sums go round (all-gather); in each step every worker sends 1/n of the bytes.

    >>> schedule = ring(4, size=400)
    >>> len(schedule.transfers), {t.bytes for t in schedule.transfers}
    (24, {100})
    """
    net, ready = _given(workers, size, network, compute, stragglers, seed)
    plan = Plan(ready, size, workers, net)
    _ring(plan, range(workers))
    return _finished("Ring all-reduce", plan, workers, size, workers)


def _ring(plan: Plan, members: Sequence[int], first: int = 0) -> int:
    """All-reduce among some on a ring, a shard for each; the number of the step after."""
    n = len(members)
    for step in range(n - 1):
        for i in range(n):
            plan.send(
                members[i], members[(i + 1) % n], (i - step) % n, first + step, "reduce-scatter"
            )
    for step in range(n - 1):
        for i in range(n):
            at = first + n - 1 + step
            plan.send(members[i], members[(i + 1) % n], (i + 1 - step) % n, at, "all-gather")
    return first + 2 * (n - 1)


def tree(
    workers: int = 7,
    size: int = SIZE,
    *,
    chunks: int = _CHUNKS,
    network: Network | None = None,
    compute: Compute = None,
    stragglers: Stragglers = None,
    seed: int = 0,
) -> Schedule:
    """All-reduce on a binary tree: sums go up to worker 0 and the result comes down, chunk after
    chunk, so that all levels work at the same time.
    """
    if chunks < 1:
        raise ArgumentError(f"{chunks} chunks", hint="choose 1 or more")
    net, ready = _given(workers, size, network, compute, stragglers, seed)
    plan = Plan(ready, size, chunks, net)
    depth = [(i + 1).bit_length() - 1 for i in range(workers)]
    deepest = depth[-1]
    below = [(chunk, i) for chunk in range(chunks) for i in range(1, workers)]
    for step, chunk, i in sorted((chunk + deepest - depth[i], chunk, i) for chunk, i in below):
        plan.send(i, (i - 1) // 2, chunk, step, "reduce")
    first = deepest + chunks - 1
    for step, chunk, i in sorted((first + chunk + depth[i] - 1, chunk, i) for chunk, i in below):
        plan.send((i - 1) // 2, i, chunk, step, "broadcast")
    return _finished("Tree all-reduce", plan, workers, size, chunks, layout="tree", leaders={0})


def hierarchical(
    workers: int = 8,
    size: int = SIZE,
    *,
    group: int | None = None,
    network: Network | None = None,
    compute: Compute = None,
    stragglers: Stragglers = None,
    seed: int = 0,
) -> Schedule:
    """All-reduce in groups of `group` workers: into the first of each, on a ring among these, and
    back. Where nothing is said, there are about as many groups as workers in each.
    """
    check_workers(workers)
    each = max(1, math.isqrt(workers - 1) + 1) if group is None else group
    if not 1 <= each <= workers:
        raise ArgumentError(
            f"groups of {each} among {workers} workers", hint=f"choose 1 to {workers}"
        )
    net, ready = _given(workers, size, network, compute, stragglers, seed)
    members = [range(a, min(a + each, workers)) for a in range(0, workers, each)]
    leaders = [m[0] for m in members]
    shards = len(leaders)
    plan = Plan(ready, size, shards, net)
    inside = [(k, other) for k in range(1, each) for m in members for other in m[k : k + 1]]
    steps = 0
    for k, other in inside:
        for shard in range(shards):
            steps = max(steps, k * shards)
            plan.send(other, other // each * each, shard, (k - 1) * shards + shard, "reduce")
    steps = _ring(plan, leaders, steps)
    for k, other in inside:
        for shard in range(shards):
            at = steps + (k - 1) * shards + shard
            plan.send(other // each * each, other, shard, at, "broadcast")
    return _finished(
        "Hierarchical all-reduce", plan, workers, size, shards, layout="groups", leaders=leaders,
        groups=tuple(i // each for i in range(workers)),
    )  # fmt: skip


def gossip(
    workers: int = 8,
    size: int = SIZE,
    *,
    rounds: int = 6,
    edges: Iterable[tuple[int, int]] | None = None,
    network: Network | None = None,
    compute: Compute = None,
    stragglers: Stragglers = None,
    seed: int = 0,
) -> Schedule:
    """Gossip on a graph: in each round neighbours are paired by the seed, and both of a pair take
    the mean (Boyd et al. 2006). All means together stay what they were, and draw nearer each other.

    Without `edges` the graph is a ring with chords.
    """
    if rounds < 0:
        raise ArgumentError(f"{rounds} rounds", hint="choose 0 or more")
    net, ready = _given(workers, size, network, compute, stragglers, seed)
    pairs = _chorded(workers) if edges is None else _checked(edges, workers)
    plan = Plan(ready, size, 1, net)
    drawn = random.Random(seed)
    for step in range(rounds):
        free = set(range(workers))
        for a, b in drawn.sample(pairs, len(pairs)):
            if a in free and b in free:
                free -= {a, b}
                plan.exchange(a, b, 0, step)
    return _finished("Gossip", plan, workers, size, 1, edges=tuple(pairs))


def parameter_server(
    workers: int = 5,
    size: int = SIZE,
    *,
    network: Network | None = None,
    compute: Compute = None,
    stragglers: Stragglers = None,
    seed: int = 0,
) -> Schedule:
    """Through a server: who is ready first pushes first, and all pull when the last has come. The
    server is node 0, worker i is node i + 1. Where nothing is said of times, the last worker takes
    2.2 times as long as the others.
    """
    late = {workers - 1: 2.2} if compute is None and stragglers is None else stragglers
    net, ready = _given(workers, size, network, compute, late, seed)
    plan = Plan([0.0, *ready], size, 1, net)
    for step, i in enumerate(sorted(range(workers), key=lambda i: (ready[i], i))):
        plan.send(i + 1, 0, 0, step, "push")
    for i in range(workers):
        plan.send(0, i + 1, 0, workers + i, "pull")
    names = ("PS", *(f"W{i}" for i in range(workers)))
    return _finished("Parameter server", plan, workers, size, 1, names, layout="star", leaders={0})


def _finished(
    name: str,
    plan: Plan,
    workers: int,
    size: int,
    shards: int,
    names: Sequence[str] = (),
    *,
    layout: Layout = "ring",
    leaders: Iterable[int] = (),
    groups: tuple[int, ...] = (),
    edges: tuple[tuple[int, int], ...] = (),
) -> Schedule:
    return Schedule(
        name, tuple(names or (f"W{i}" for i in range(workers))), tuple(plan.transfers),
        plan.spans(), size, shards, layout, frozenset(leaders), groups, edges,
    )  # fmt: skip


PLANS: Final = {
    "ring": ring, "tree": tree, "hierarchical": hierarchical, "gossip": gossip,
    "parameter-server": parameter_server,
}  # fmt: skip
"""Schedules by the names that the command line knows."""


def _given(
    workers: int,
    size: int,
    network: Network | None,
    compute: Compute,
    stragglers: Stragglers,
    seed: int,
) -> tuple[Network, list[float]]:
    check_workers(workers)
    net = network or Network()
    if compute is None:
        return net, computing(workers, size, net, seed, stragglers)
    if len(compute) != workers:
        raise ArgumentError(f"{len(compute)} times for {workers} workers", hint="give one for each")
    factors = stragglers or {}
    return net, [s * factors.get(i, 1.0) for i, s in enumerate(compute)]


def _chorded(n: int) -> list[tuple[int, int]]:
    """A ring, and from each worker a chord over about the square root of n others."""
    far = math.isqrt(max(n - 1, 0)) + 1
    ends = [(i, (i + step) % n) for step in (1, far) for i in range(n)]
    return sorted({(min(e), max(e)) for e in ends if e[0] != e[1]})


def _checked(edges: Iterable[tuple[int, int]], n: int) -> list[tuple[int, int]]:
    found = set()
    for a, b in edges:
        if a == b or not (0 <= a < n and 0 <= b < n):
            raise ArgumentError(
                f"an edge from worker {a} to {b}, and there are {n} workers",
                hint="join two different ones; they count from 0",
            )
        found.add((min(a, b), max(a, b)))
    return sorted(found)
