"""Dispatchers and workers that end, and what takes their place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest

import gradloom as gl
from gradloom.runtime import current

pytest.importorskip("zmq")
from gradloom.runtime.transport import attach

X = np.arange(4.0)


def double(x):
    return x * 2


def until(so: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path):
    """Starts `gradloom` commands at one address, and ends them with the test."""
    processes = []

    def started(*command: str) -> subprocess.Popen[str]:
        full = [sys.executable, "-m", "gradloom.cli", *command, "-a", f"ipc://{tmp_path}/d"]
        processes.append(subprocess.Popen(full, stderr=subprocess.PIPE, text=True))
        return processes[-1]

    yield started
    for process in processes:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_restarted_dispatcher_gets_its_workers_back_and_new_sessions(
    start, tmp_path, monkeypatch
):
    monkeypatch.setattr(current, "_default", [])
    address = f"ipc://{tmp_path}/d"
    first = start("serve")
    worker = start("worker", "--backend", "numpy", "--reconnect", "30")
    old = gl.connect(address, timeout_s=30)
    run = gl.compile(double, backend="cluster")
    assert run(X).tolist() == [0, 2, 4, 6]
    x = old.put(X)
    first.send_signal(signal.SIGKILL)
    first.wait()
    with pytest.raises(gl.RemoteError, match="dispatcher is gone; connect again"):
        old.fetch(old.call(gl.trace(double, X), [x])[0], timeout_s=20)
    with pytest.raises(gl.RemoteError, match="dispatcher is gone"):
        run(X)  # not on another cluster, which nobody asked for
    start("serve")
    new = gl.connect(address, timeout_s=30)
    assert run(X).tolist() == [0, 2, 4, 6]
    assert worker.poll() is None
    with pytest.raises(gl.ArgumentError, match="of another session, which is over"):
        new.fetch(x)
    new.close()
    old.close()


def test_a_worker_without_a_dispatcher_ends_with_a_message_when_its_patience_does(start, tmp_path):
    hub = start("serve")
    worker = start("worker", "--backend", "numpy", "--reconnect", "0.5")
    session = attach.connect(f"ipc://{tmp_path}/d", timeout_s=30)
    until(lambda: session.listen(0.05) or bool(session.places))
    session.close()
    hub.kill()
    assert worker.wait(20) == 1
    assert "none came within 0.5 s" in worker.stderr.read()


def test_a_worker_that_ends_is_replaced_where_that_is_asked_for():
    with gl.cluster(workers=1, backend="numpy", restart=True) as cluster:
        session = cluster.session
        graph, x = gl.trace(double, X), session.put(X)
        for _ in range(2):
            (victim,) = cluster.processes[1:]
            os.kill(victim, signal.SIGKILL)
            until(lambda v=victim: cluster.processes[1:] not in ((v,), ()))
            np.testing.assert_array_equal(session.fetch(session.call(graph, [x])[0]), X * 2)
        pids = cluster.processes
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
