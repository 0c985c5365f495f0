"""Timelines of a real cluster's runs: two workers, two clients, compiled programs, single calls and
tensors, against what the workers themselves count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl

pytest.importorskip("zmq")

from gradloom.runtime import logs
from gradloom.runtime.reading import heard
from gradloom.runtime.recording import Recording, record
from gradloom.runtime.transport.spectator import Spectator
from gradloom.runtime.watch import Shown, Surveyed
from gradloom.viz.timelines.figures import figures
from gradloom.viz.timelines.path import critical
from gradloom.viz.timelines.picture import arranged
from gradloom.viz.timelines.scene import Timeline

W, X, Y = np.ones((64, 32)), np.linspace(-1, 1, 96 * 64).reshape(96, 64), np.zeros((96, 32))
TRAININGS, CALLS = 12, 20


def loss(w: Any, x: Any, y: Any) -> Any:
    return np.mean((np.tanh(x @ w) - y) ** 2)


def chained(w: Any) -> Any:
    return np.tanh(w @ w.T) @ w


def fails(x: Any) -> Any:
    assert x.sum() > 0, "too small"
    return x * 2


@dataclass
class Ran:
    """What was done: the log, what `gradloom record` wrote of it, and what the workers counted."""

    log: Path
    recorded: Recording
    surveyed: Surveyed


def work(cluster: Any) -> tuple[Any, Any]:
    """A trainer with a compiled gradient; an other who calls on both workers, and fails once."""
    trainer, other = cluster.connect("trainer"), cluster.connect("other")
    slope = gl.compile(gl.grad(loss), backend=trainer)
    for _ in range(TRAININGS):
        slope(W, X, Y)
    graph = gl.trace(chained, W)
    w = other.put(W / 100)
    for turn in range(CALLS):  # each needs what the other worker made
        (w,) = other.call(graph, [w], worker=turn % 2)
    other.fetch(w)
    with pytest.raises(gl.RemoteError, match="too small"):
        gl.compile(fails, backend=other)(-np.ones(3))
    return trainer, other


def has_failed(batches: list[Shown]) -> bool:
    """Whether the failing call has been shown."""
    return any(e.kind == "error" for shown in batches for e in logs.read_batch(shown))


def recorded(address: str, work: Callable[[], object]) -> tuple[Recording, Surveyed]:
    """What `gradloom record` records while work is done, and what the workers counted by then."""
    batches: list[Shown] = []
    begun, done = threading.Event(), threading.Event()
    spectator = Spectator(address, shown=batches.append)

    def do() -> None:
        begun.wait(60)
        work()
        done.set()

    def told(seconds: float, events: int) -> None:
        begun.set()
        if done.is_set() and has_failed(batches):  # the failure was the last of the work
            raise KeyboardInterrupt  # as people end a recording

    worker = threading.Thread(target=do)
    worker.start()
    try:
        found = record(spectator, batches, 120.0, told=told)
        return found, spectator.survey()
    finally:
        worker.join(60)
        spectator.close()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("timeline")
    sessions: list[Any] = []
    with gl.cluster(workers=2, backend="numpy", log=folder / "log.jsonl") as cluster:
        found, surveyed = recorded(cluster.address, lambda: sessions.extend(work(cluster)))
        for session in sessions:
            session.close()
    return Ran(folder / "log.jsonl", found, surveyed)


@pytest.fixture(scope="module")
def made(ran: Ran) -> Timeline:
    return arranged(ran.log)


def test_each_call_is_one_run_and_one_bar(made: Timeline) -> None:
    runs = [b for b in made.bars if b.event.kind == "run"]
    assert len(runs) == TRAININGS + CALLS
    names = Counter(b.event.command.split(":")[0] for b in runs)
    assert sorted(names.values()) == [TRAININGS, CALLS]
    assert sum(m.sign == "error" for m in made.marks) == 1
    calls = [m.event.flow for m in made.marks if m.sign == "call"]
    assert {b.event.flow for b in runs} < set(calls)


def test_the_sums_are_those_that_the_workers_count(ran: Ran, made: Timeline) -> None:
    found = figures(made)
    counted = {x.name: x for x in ran.surveyed.workers}
    assert set(counted) == {w.name for w in found.workers}
    for worker in found.workers:
        theirs = counted[worker.name]
        assert worker.runs + worker.failed == theirs.runs
        assert worker.failed == theirs.failed
        assert worker.run_s == pytest.approx(sum(theirs.busy.values()), rel=1e-4, abs=1e-5)
        if not worker.failed:  # what is built and fails is one event
            assert worker.build_s == pytest.approx(theirs.build_s, rel=1e-3, abs=1e-5)
        assert (worker.sent, worker.received) == (theirs.sent, theirs.received)


def test_the_time_of_each_kind_of_op_is_that_of_the_workers(ran: Ran, made: Timeline) -> None:
    theirs: Counter[str] = Counter()
    for worker in ran.surveyed.workers:
        theirs.update(worker.busy)  # type: ignore[arg-type]  # seconds are counted too
    ours = {k.kind: k.seconds for k in figures(made).kinds}
    for kind, seconds in theirs.items():
        assert ours.get(kind, 0.0) == pytest.approx(seconds, rel=2e-3, abs=2e-5)


def test_every_transfer_between_workers_has_both_ends_and_its_bytes(made: Timeline) -> None:
    between = [
        x
        for x in made.arrows
        if x.is_whole
        and all(
            made.owners[made.lanes[i].owner].role == "worker" for i in (x.source, x.target)
        )
    ]  # fmt: skip
    assert len(between) == CALLS - 1
    assert {x.bytes for x in between} == {W.nbytes}
    assert not any(x.is_backward for x in made.arrows)


def test_a_recording_from_outside_has_the_same_figures(ran: Ran, made: Timeline) -> None:
    assert ran.recorded.dropped == 0
    outside, inside = figures(arranged(ran.recorded)), figures(made)
    for a, b in zip(outside.workers, inside.workers, strict=True):
        assert (a.name, a.runs, a.failed, a.sent, a.received) == (
            b.name, b.runs, b.failed, b.sent, b.received,
        )  # fmt: skip
        assert a.run_s == pytest.approx(b.run_s, abs=1e-5)


def test_the_lanes_are_those_of_both_clients_the_dispatcher_and_both_workers(
    made: Timeline,
) -> None:
    names = [o.name for o in made.owners]
    assert names[-3:] == ["dispatcher", "worker-0", "worker-1"]
    assert {name.rpartition("-")[0] for name in names[:-3]} >= {"trainer", "other"}
    programs = [lane for lane in made.lanes if lane.what == "programs"]
    assert [lane.at_once for lane in programs] == [1, 1]  # a worker runs one after another


def test_the_critical_path_goes_through_what_was_called_one_after_another(made: Timeline) -> None:
    path = critical(made)
    assert 0 < path.seconds <= made.window.seconds + 1e-9
    assert sum(path.by_sort().values()) == pytest.approx(path.seconds)
    assert path.by_sort()["program"] > 0
    assert path.by_sort()["transfer"] > 0


def test_the_text_of_the_same_run_gives_the_same_figures(
    ran: Ran, made: Timeline, tmp_path: Path
) -> None:
    path = tmp_path / "log.txt"
    events = heard(ran.log).events
    path.write_text(logs.header(False, 0.0, 0.0) + "".join(logs.lines(events, False, 0.0)))
    text, lines = figures(arranged(path)), figures(made)
    for a, b in zip(text.workers, lines.workers, strict=True):
        assert (a.name, a.runs, a.failed) == (b.name, b.runs, b.failed)
        assert a.run_s == pytest.approx(b.run_s, rel=5e-3)
        assert a.received == pytest.approx(b.received, rel=0.01)


@pytest.mark.parametrize("kind", ["svg", "html", "txt", "json"])
def test_the_run_is_written(ran: Ran, kind: str, tmp_path: Path) -> None:
    assert gl.viz.timeline(ran.log, tmp_path / f"run.{kind}").stat().st_size > 1_000


EAGER = """
import gradloom.eager as gt
gt.gpu_workers(2)
x = gt.randn(64, 64, requires_grad=True)
for _ in range(5):
    loss = ((x @ x).tanh() ** 2).mean()
    loss.backward()
    print(loss.item())
"""


@pytest.mark.slow
@pytest.mark.framework
def test_tensors_are_in_the_instruction_log(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    ended = subprocess.run(
        [sys.executable, "-c", EAGER], env={**os.environ, "GRADLOOM_INSTRUCTION_LOG": str(log)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    made = arranged(log)
    found = figures(made)
    assert [w.name for w in found.workers] == ["worker-0", "worker-1"]
    assert found.runs >= 5
    assert found.runs == found.calls
    assert {"matmul", "tanh"} <= {k.kind for k in found.kinds}
    assert sum(b.event.kind == "fetch" for b in made.bars) >= 5
