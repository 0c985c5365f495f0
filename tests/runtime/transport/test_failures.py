"""Training on real processes that are killed, stopped and replaced meanwhile, by a seed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import gradloom as gl

pytest.importorskip("zmq")

SIZE = 96  # its square is larger than what goes in a message
W, X = np.linspace(-1, 1, SIZE * SIZE).reshape(SIZE, SIZE), np.linspace(-2, 2, SIZE * 5)
TURNS = 30


def step(w, x):
    return w - 0.001 * (np.tanh(w @ x) @ x.T), np.sum(w * w)


def mix(a, b):
    return (a + b) / 2


def due(turns: int) -> np.ndarray:
    """The weights of training in this process: two halves of the data, mixed after each step."""
    x = X.reshape(SIZE, 5)
    w = W
    for _ in range(turns):
        w = mix(step(w, x)[0], step(w, -2 * x)[0])
    return w


def train(session, rng: random.Random, turns: int, pause_s: float) -> np.ndarray:
    """The same in a session, on workers that are drawn."""
    x = X.reshape(SIZE, 5)
    step_graph, mix_graph = gl.trace(step, W, x), gl.trace(mix, W, W)
    w, halves = session.put(W), [session.put(x), session.put(-2 * x)]
    for turn in range(turns):
        made = [session.call(step_graph, [w, h], worker=rng.randrange(-1, 4)) for h in halves]
        (w,) = session.call(mix_graph, [made[0][0], made[1][0]])
        if turn % 7 == 0:
            session.fetch(made[0][1], timeout_s=60)
        time.sleep(pause_s)
    return session.fetch(w, timeout_s=60)


class Killer(threading.Thread):
    """Lets things befall the workers of a cluster until it is told to stop."""

    def __init__(self, cluster, seed: int) -> None:
        super().__init__()
        self.cluster, self.rng, self.over = cluster, random.Random(seed), threading.Event()
        self.did: list[str] = []
        self.pids: set[int] = set()

    def run(self) -> None:
        while not self.over.wait(self.rng.uniform(0.05, 0.6)):
            workers = self.cluster.processes[1:]
            self.pids.update(workers)
            victim, kind = self.rng.choice(workers), self.rng.choice(("kill", "stop", "freeze"))
            self.did.append(kind)
            with contextlib.suppress(ProcessLookupError):
                if kind == "kill":
                    os.kill(victim, signal.SIGKILL)
                else:
                    os.kill(victim, signal.SIGSTOP)
                    self.over.wait(0.3 if kind == "stop" else 4.0)
                    os.kill(victim, signal.SIGCONT)


def assert_nothing_is_left(cluster, pids: set[int], folder: Path) -> None:
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    shared = os.listdir("/dev/shm")
    assert not [n for n in shared if any(n.startswith(f"gradloom-{p}-") for p in pids)]
    assert not folder.exists()


def survive(seed: int, workers: int) -> None:
    rng = random.Random(seed)
    with gl.cluster(workers=workers, backend="numpy", restart=True) as cluster:
        folder, pids = Path(cluster.address.removeprefix("ipc://")).parent, set(cluster.processes)
        session, killer = cluster.connect(), Killer(cluster, seed)
        killer.start()
        try:
            got = train(session, rng, TURNS, 0.03)
        except gl.WorkerLost:
            got = None  # it may be: no worker was there for ten seconds
        finally:
            killer.over.set()
            killer.join()
        pids.update(cluster.processes, killer.pids)
        session.close()
        if got is not None:
            np.testing.assert_array_equal(got, due(TURNS), err_msg=f"{seed}: {killer.did}")
        end = time.monotonic() + 10
        while any(s.values for s in cluster.session.survey().workers):
            assert time.monotonic() < end, f"{seed}: {killer.did}: values are left at workers"
            time.sleep(0.1)
    assert_nothing_is_left(cluster, pids, folder)


def test_training_goes_on_whatever_happens_to_workers():
    survive(0, 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 30))
def test_training_goes_on_whatever_happens_to_workers_many_times(seed):
    survive(seed, 2 + seed % 2)


def stop_the_dispatcher(seed: int) -> None:
    rng = random.Random(seed)
    with gl.cluster(workers=2, backend="numpy") as cluster:
        folder, pids = Path(cluster.address.removeprefix("ipc://")).parent, set(cluster.processes)
        session = cluster.connect()
        hub = cluster.processes[0]
        timer = threading.Timer(rng.uniform(0.1, 1.0), os.kill, (hub, signal.SIGKILL))
        timer.start()
        with pytest.raises(gl.RemoteError, match="dispatcher is gone"):
            train(session, rng, 1_000, 0.01)
        timer.join()
    assert_nothing_is_left(cluster, pids, folder)


def test_training_ends_in_an_error_when_the_dispatcher_is_killed():
    stop_the_dispatcher(0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 8))
def test_training_ends_in_an_error_when_the_dispatcher_is_killed_many_times(seed):
    stop_the_dispatcher(seed)


CLIENT = """
import sys, random, gradloom as gl
from gradloom.runtime.transport.attach import connect
from tests.runtime.transport.test_failures import train
print("begins", flush=True)
train(connect(sys.argv[1], "victim"), random.Random(0), 100_000, 0.0)
"""


def kill_a_client(seed: int) -> None:
    rng = random.Random(seed)
    with gl.cluster(workers=2, backend="numpy") as cluster:
        command = [sys.executable, "-c", CLIENT, cluster.address]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as client:
            client.stdout.readline()
            time.sleep(rng.uniform(0.3, 1.0))
            client.kill()
        session = cluster.connect()
        np.testing.assert_array_equal(train(session, rng, 5, 0.0), due(5))
        session.close()
        end = time.monotonic() + 20
        while [x for x in os.listdir("/dev/shm") if x.startswith(f"gradloom-{client.pid}-")]:
            assert time.monotonic() < end, "its shared memory is left"
            time.sleep(0.1)
        while any(s.values for s in cluster.session.survey().workers):
            assert time.monotonic() < end, "its values are left at workers"
            time.sleep(0.1)


def test_a_client_that_is_killed_leaves_nothing():
    kill_a_client(0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 8))
def test_a_client_that_is_killed_leaves_nothing_many_times(seed):
    kill_a_client(seed)
