"""Schedules of what a cluster recorded: true bytes, true times, both ends joined."""

from pathlib import Path
from typing import Any

import pytest

import gradloom as gl

pytest.importorskip("msgspec", reason="no msgspec here: logs of clusters are not read")
from gradloom.runtime import logs
from gradloom.runtime.events import Event
from gradloom.runtime.reading import heard
from gradloom.viz.animation import recorded


def event(kind: Any, role: Any, who: str, start: float, end: float, **more: Any) -> Event:
    return Event(kind, role, who, start, end, session=1, **more)


TO_WORKER: Any = {"value": 5, "number": 1, "bytes": 800, "peer": "worker-1"}
RUN = (
    event("send", "client", "client-0", 10.0, 10.2, **TO_WORKER),
    event("receive", "worker", "worker-1", 10.1, 10.3, **TO_WORKER),
    event("run", "worker", "worker-1", 10.4, 11.0, number=3),
    event("send", "worker", "worker-1", 11.0, 11.1, value=6, number=2, bytes=80, peer="client-0"),
)  # fmt: skip


def test_both_ends_of_a_value_are_one_transfer_with_its_bytes_and_times() -> None:
    schedule = recorded(RUN)
    assert schedule.nodes == ("client-0", "worker-1")
    first, second = schedule.transfers
    assert (first.src, first.dst, first.bytes) == (0, 1, 800)
    assert (first.start, first.end) == pytest.approx((0.0, 0.3))
    assert (second.src, second.dst, second.bytes) == (1, 0, 80)
    assert (second.start, second.end) == pytest.approx((1.0, 1.1))
    (span,) = schedule.spans
    assert (span.node, span.state) == (1, "compute")
    assert (span.start, span.end) == pytest.approx((0.4, 1.0))
    assert (schedule.layout, schedule.leaders) == ("star", {0})


def test_what_is_missing_is_told() -> None:
    lost = Event("dropped", "worker", "worker-1", 10.0, 10.0, number=7)
    half = event("receive", "worker", "worker-2", 1.0, 2.0, value=9, number=9, peer="worker-2")
    schedule = recorded([*RUN, lost, half])
    assert "7 events are missing" in schedule.note
    assert "1 transfers of unknown senders" in schedule.note
    assert len(schedule.transfers) == 2


def test_times_that_are_none_are_left_out() -> None:
    nan, back = float("nan"), event("send", "client", "c", 9.0, 1.0, value=1, number=1, peer="w")
    odd = event("run", "worker", "worker-1", nan, nan)
    assert recorded([*RUN, odd, back]) == recorded(RUN)


@pytest.mark.parametrize("events", [[], [Event("join", "dispatcher", "d", 0.0, 0.0)]])
def test_where_nothing_moves_it_says_so(events: list[Event]) -> None:
    with pytest.raises(gl.ArgumentError, match="nothing moves"):
        recorded(events)


def test_a_log_is_read_and_animated(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    log.write_text(logs.header(True, 0.0, 0.0) + "".join(logs.lines(RUN, True, 0.0)))
    assert recorded(heard(log).events).transfers == recorded(RUN).transfers
    made = gl.viz.animate(log, tmp_path / "run.gif", width=200, height=150, duration=0.5)
    assert made.read_bytes()[:4] == b"GIF8"


def test_a_log_that_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(gl.ir.errors.FileMissing, match="there is no file"):
        gl.viz.animate(tmp_path / "none.jsonl", tmp_path / "a.gif")
    (tmp_path / "odd.jsonl").write_text('{"format": "other"}\n')
    with pytest.raises(gl.ir.errors.FileError, match="not the beginning of a log of events"):
        gl.viz.animate(tmp_path / "odd.jsonl", tmp_path / "a.gif")


@pytest.mark.slow
@pytest.mark.framework
def test_a_real_cluster_is_animated(tmp_path: Path) -> None:
    """What `gradloom record` sees of two workers that compute for one client."""
    import subprocess
    import sys
    import time

    import numpy as np

    pytest.importorskip("zmq")
    log = tmp_path / "run.jsonl"
    with gl.cluster(workers=2, backend="numpy"):
        program = [sys.executable, "-m", "gradloom.cli", "record", "-s", "20", "-n", "60"]
        recorder = subprocess.Popen([*program, "-o", str(log)])
        step = gl.compile(gl.grad(lambda w, x: np.sum(np.tanh(x @ w))), backend="cluster")
        while recorder.poll() is None:
            step(np.ones((50, 20)), np.ones((30, 50)))
            time.sleep(0.02)
    assert recorder.returncode == 0
    schedule = recorded(heard(log).events)
    assert {t.bytes for t in schedule.transfers} >= {50 * 20 * 8}
    assert any(s.state == "compute" for s in schedule.spans)
