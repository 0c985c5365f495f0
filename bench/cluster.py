"""The cluster and its eager tensors beside their peers, in turn in one run: plain torch, raw ZMQ,
a copy of memory.

`python -m bench cluster`. Times are medians on the clock, since several processes work; the CPU
time of the client's process stands beside them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any, NamedTuple

import numpy as np

import gradloom as gl
import gradloom.eager as gt
from bench.peers import round_trips
from gradloom.runtime.current import using
from gradloom.runtime.local import local

OPS, BIG = 10_240, 1 << 28
"""Tiny ops in a row; bytes of a large value."""
Way = Callable[[], Any]


class Taken(NamedTuple):
    """Median seconds: on the clock, and of the client's CPU."""

    clock: float
    cpu: float


def in_turn(ways: Mapping[str, Way], rounds: int, warm: int = 5) -> dict[str, Taken]:
    """What one call of each way takes, the ways in turn."""
    for way in ways.values():
        for _ in range(warm):
            way()
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            clock, cpu = time.perf_counter(), time.process_time()
            way()
            times[name].append((time.perf_counter() - clock, time.process_time() - cpu))
    return {
        name: Taken(median(c for c, _ in all_), median(p for _, p in all_))
        for name, all_ in times.items()
    }


def rows(taken: Mapping[str, Taken], base: str, scale: float = 1e3) -> list[str]:
    """Rows of a table: clock, CPU, ratio to `base` on the clock."""
    return [
        f"| {name} | {t.clock * scale:.3g} | {t.cpu * scale:.3g} "
        f"| {t.clock / taken[base].clock:.2f} |"
        for name, t in taken.items()
    ]


def table(title: str, head: str, lines: list[str]) -> str:
    """A table with four columns."""
    return "\n".join([f"### {title}", "", f"| | {head} |", "|---|---|---|---|", *lines, ""])


# ---- tiny ops ------------------------------------------------------------------------------------


def tiny(torch: Any) -> str:
    """How many ops on 4 floats a second: as they are recorded, and until the last has its value."""
    start = np.arange(4, dtype=np.float32)
    ours = gt.from_numpy(start)
    theirs = torch.from_numpy(start)
    issued: list[float] = []
    done: list[float] = []
    plain: list[float] = []
    for turn in range(12):
        begun = time.perf_counter()
        x = ours
        for _ in range(OPS):
            x = x * 0.5
        recorded = time.perf_counter()
        x.numpy()
        ended = time.perf_counter()
        y = theirs
        for _ in range(OPS):
            y = y * 0.5
        last = time.perf_counter()
        if turn > 1:
            issued.append(OPS / (recorded - begun))
            done.append(OPS / (ended - begun))
            plain.append(OPS / (last - ended))
    return "\n".join([
        f"### {OPS:,} ops on 4 floats in a row, a second", "",
        "| issued | completed | plain torch | GT, as published |", "|---|---|---|---|",
        f"| {median(issued):,.0f} | {median(done):,.0f} | {median(plain):,.0f} | 450 |", "",
    ])  # fmt: skip


# ---- one round trip ------------------------------------------------------------------------------


def fetches(session: Any) -> str:
    """A small value fetched, and one made and fetched, beside ZMQ itself."""
    graph = gl.trace(lambda x: x + 1, np.ones(4))
    there = session.put(np.ones(4))
    (made,) = session.call(graph, [there])
    session.fetch(made)
    ways = {
        "fetch of 4 floats": lambda: session.fetch(made),
        "a call and the fetch of its result": lambda: session.fetch(
            session.call(graph, [there])[0]
        ),
    }
    taken = in_turn(ways, 1_000, warm=50)
    raw = {
        "ZMQ: there and back": Taken(round_trips(1), 0.0),
        "ZMQ: through one process to another, and back": Taken(round_trips(2), 0.0),
    }
    lines = rows({**raw, **taken}, "ZMQ: through one process to another, and back", 1e6)
    return table("A round trip", "us | CPU of the client | ratio", lines)


# ---- large values --------------------------------------------------------------------------------


def large(session: Any) -> str:
    """256 MB there and back, beside a copy in warm memory."""
    array = np.ones(BIG // 4, np.float32)
    copy = np.empty_like(array)
    first = gl.trace(lambda x: x[:1], array)
    there = session.put(array)
    (made,) = session.call(gl.trace(lambda x: x + 1, array), [there])

    def up() -> None:
        (small,) = session.call(first, [session.put(array)])
        session.fetch(small)

    ways = {
        "copy in memory that was used before": lambda: np.copyto(copy, array),
        "upload, until the worker has computed with it": up,
        "download": lambda: session.fetch(made),
        "download, and all of it read once": lambda: session.fetch(made).max(),
        "reading alone": lambda: array.max(),
    }
    lines = rows(in_turn(ways, 11, warm=3), "copy in memory that was used before")
    return table("256 MB", "ms | CPU of the client | ratio", lines)


# ---- a step of training --------------------------------------------------------------------------


def training(module: Any) -> Way:
    """One step of SGD on an MLP 784-256-10, batch 64: the loss, not looked at."""
    module.manual_seed(0)
    nn = module.nn
    model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = module.optim.SGD(model.parameters(), lr=0.01)
    rng = np.random.default_rng(0)
    x = module.from_numpy(rng.standard_normal((64, 784)).astype(np.float32))
    y = module.from_numpy(rng.integers(0, 10, 64))

    def step() -> Any:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step


def _ten(step: Way, flush: Way) -> Way:
    """Ten steps, the last loss looked at."""

    def run() -> None:
        for _ in range(10):
            loss = step()
            flush()
        loss.item()

    return run


def steps(session: Any, torch: Any) -> str:
    """The step beside plain torch's: in this process, and on the cluster."""
    here = local("torch")
    ways = {
        "plain torch": _ten(training(torch), lambda: None),
        "gt, in this process": _inside(here),
        "gt, on a worker": _inside(session),
    }
    taken = {n: Taken(t.clock / 10, t.cpu / 10) for n, t in in_turn(ways, 25).items()}
    here.close()
    lines = rows(taken, "plain torch")
    return table("A step of an MLP 784-256-10, batch 64", "ms | CPU of the client | ratio", lines)


def _inside(session: Any) -> Way:
    with using(session):
        way = _ten(training(gt), gt.flush)

    def run() -> None:
        with using(session):
            way()

    return run


def run() -> str:
    """Every table, and how busy the machine was."""
    import torch

    torch.set_num_threads(1)
    before = os.getloadavg()[0]
    begun = time.perf_counter()
    with gl.cluster(workers=1) as cluster:
        started = time.perf_counter() - begun
        session = cluster.session
        parts = [tiny(torch), fetches(session), large(session), steps(session, torch)]
    load = f"Load before {before:.2f}, after {os.getloadavg()[0]:.2f}, of {os.cpu_count()} cores."
    return "\n".join([*parts, f"The cluster started in {started:.1f} s. {load}", ""])
