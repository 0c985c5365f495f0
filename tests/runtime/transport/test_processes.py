"""Clusters of real processes: what they compute, and what becomes of them when some are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import gradloom as gl

pytest.importorskip("zmq")


def step(w, x):
    return w - 0.01 * (np.tanh(w @ x) @ x.T), np.sum(w * w)


def checks(x):
    assert x.sum() > 0, "too small"
    return x * 2


W, X = np.linspace(-1, 1, 64).reshape(8, 8), np.linspace(-2, 2, 40).reshape(8, 5)


@pytest.fixture
def cluster():
    with gl.cluster(workers=2, backend="numpy") as made:
        yield made
    for pid in made_pids(made):
        assert not is_alive(pid)


def made_pids(cluster):
    return cluster.processes


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def segments_of(pid: int) -> list[str]:
    return [n for n in os.listdir("/dev/shm") if n.startswith(f"gradloom-{pid}-")]


def test_a_cluster_is_a_backend_as_its_session_is(cluster):
    due = step(W, X)
    for backend in (cluster, cluster.session):
        for got, expected in zip(gl.compile(step, backend=backend)(W, X), due, strict=True):
            np.testing.assert_array_equal(got, expected)


def test_a_traced_function_runs_on_the_cluster(cluster):
    run = gl.compile(step, backend="cluster")
    for got, due in zip(run(W, X), step(W, X), strict=True):
        np.testing.assert_array_equal(got, due)
    large = np.arange(300_000.0)
    np.testing.assert_array_equal(
        gl.compile(lambda a: a[::-1] * 2, backend="cluster")(large), large[::-1] * 2
    )


def test_what_fails_there_is_told_with_its_type_and_line(cluster):
    with pytest.raises(gl.RemoteError, match="too small") as caught:
        gl.compile(checks, backend="cluster")(np.full(3, -1.0))
    assert "worker-" in str(caught.value)
    assert "Traceback" in "".join(caught.value.__notes__)
    np.testing.assert_array_equal(gl.compile(checks, backend="cluster")(np.ones(2)), [2, 2])


def test_training_goes_on_when_a_worker_is_killed(cluster):
    session, graph = cluster.session, gl.trace(step, W, X)
    w, x, due = session.put(W), session.put(X), W
    victims = list(cluster.processes[1:])
    for turn in range(60):
        w, _ = session.call(graph, [w, x])
        due, _ = step(due, X)
        if turn == 20:
            session.fetch(w)
            os.kill(victims[0], signal.SIGKILL)
        if turn == 40:
            cluster.add_worker()
    np.testing.assert_array_equal(session.fetch(w), due)
    os.kill(victims[1], signal.SIGKILL)
    np.testing.assert_array_equal(session.fetch(w, timeout_s=40), due)
    assert not segments_of(victims[0])


def test_a_killed_worker_is_noticed_at_once(cluster):
    session, graph = cluster.session, gl.trace(step, W, X)
    w = session.put(W)
    first = [session.call(graph, [w, session.put(X)], worker=i)[0] for i in (0, 1)]
    for ref in first:
        session.fetch(ref)
    os.kill(cluster.processes[1], signal.SIGKILL)
    begun = time.monotonic()
    np.testing.assert_array_equal(session.fetch(first[0]), step(W, X)[0])
    np.testing.assert_array_equal(session.fetch(first[1]), step(W, X)[0])
    assert time.monotonic() - begun < 2.9  # not by silence


def test_a_stopped_worker_is_given_up_and_may_come_back(cluster):
    session, graph = cluster.session, gl.trace(step, W, X)
    made = [session.call(graph, [session.put(W), session.put(X)], worker=i)[0] for i in (0, 1)]
    for ref in made:
        session.fetch(ref)
    os.kill(cluster.processes[1], signal.SIGSTOP)
    for ref in made:
        np.testing.assert_array_equal(session.fetch(ref, timeout_s=20), step(W, X)[0])
    os.kill(cluster.processes[1], signal.SIGCONT)
    end = time.monotonic() + 10
    while len(session.places) < 3 and time.monotonic() < end:
        session.listen(0.1)
    assert len(session.places) == 3  # under a new number


def test_the_end_of_the_dispatcher_is_an_error_not_a_hang(cluster):
    session, graph = cluster.session, gl.trace(step, W, X)
    made, _ = session.call(graph, [session.put(W), session.put(X)])
    os.kill(cluster.processes[0], signal.SIGKILL)
    time.sleep(0.2)
    with pytest.raises(gl.RemoteError, match="dispatcher is gone"):
        session.fetch(made, timeout_s=20)
    end = time.monotonic() + 10
    while any(map(is_running, cluster.processes[1:])) and time.monotonic() < end:
        time.sleep(0.1)
    assert not any(map(is_running, cluster.processes[1:]))


def is_running(pid: int) -> bool:
    """Whether a process is there and is not waiting to be reaped."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_without_workers_the_one_who_waits_is_told(cluster):
    session, graph = cluster.session, gl.trace(step, W, X)
    made, _ = session.call(graph, [session.put(W), session.put(X)])
    session.fetch(made)
    for pid in cluster.processes[1:]:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(gl.WorkerLost, match="worker-"):
        session.fetch(made, timeout_s=30)


def test_clients_of_one_cluster_do_not_meet(cluster):
    graph, results = gl.trace(step, W, X), {}

    def train(name: str, scale: float) -> None:
        session = cluster.connect(name)
        w, x = session.put(W * scale), session.put(X)
        for _ in range(20):
            w, _ = session.call(graph, [w, x])
        results[name] = session.fetch(w)
        session.close()

    threads = [threading.Thread(target=train, args=(f"c{i}", i + 1.0)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(3):
        due = W * (i + 1.0)
        for _ in range(20):
            due, _ = step(due, X)
        np.testing.assert_array_equal(results[f"c{i}"], due)


PROGRAM = """
import numpy as np
import gradloom as gl
with gl.cluster(workers=1, backend="numpy"):
    print(gl.compile(lambda x: x + 1, backend="cluster")(np.arange(3.0)))
"""


@pytest.mark.parametrize("how", ["stdin", "text"])
def test_a_cluster_starts_from_any_program(how):
    options = ["-c", PROGRAM] if how == "text" else ["-"]
    run = subprocess.run(
        [sys.executable, *options], input=PROGRAM, capture_output=True, text=True, timeout=120
    )
    assert run.stdout.strip() == "[1. 2. 3.]", run.stderr


def test_connecting_to_nobody_fails_in_time(tmp_path):
    begun = time.monotonic()
    with pytest.raises(gl.RemoteError, match=r"within 0\.5 s"):
        gl.connect(f"ipc://{tmp_path}/nobody", timeout_s=0.5)
    assert time.monotonic() - begun < 5
    with pytest.raises(gl.ArgumentError, match="not on this host"):
        gl.connect("example.com:9000")
