"""What the processes of a cluster keep of sessions that are over, and of values that are gone."""

from __future__ import annotations

import os

import numpy as np
import psutil
import pytest

import gradloom as gl

pytest.importorskip("zmq")
SIZE = 20_000


@pytest.fixture(scope="module")
def cluster():
    with gl.cluster(workers=1, backend="numpy") as made:
        yield made


def chain(seed: int):
    """A program that no other seed has."""

    def f(x):
        for i in range(100):
            x = x * (1.0 + seed / 1e6) + i
        return x

    return gl.trace(f, np.zeros(SIZE))


def resources(pids) -> np.ndarray:
    """Of each process: MiB of memory, and what it has open."""
    found = []
    for process in map(psutil.Process, pids):
        size = process.memory_info().rss / 2**20
        found.append((size, process.num_fds(), len(process.memory_maps(grouped=False))))
    return np.array(found)


@pytest.mark.parametrize(
    ("warm", "sessions"), [(5, 15), pytest.param(100, 1_000, marks=pytest.mark.slow)]
)
def test_sessions_that_are_over_leave_no_memory_and_no_sockets(cluster, warm, sessions):
    pids = [*cluster.processes, os.getpid()]
    for i in range(sessions):
        session = cluster.connect()
        (y,) = session.call(chain(i), [session.put(np.ones(SIZE))])
        assert session.fetch(y).shape == (SIZE,)
        session.close()
        if i == warm:
            begun = resources(pids)
    grown = resources(pids) - begun
    assert (grown[:-1, 0] < 5 + 0.003 * sessions).all(), grown
    # The tracer remembers what it recorded with each number that is new, up to 10,000 times: 2 KB
    # for each of these programs. This process may have other tests' garbage too.
    assert grown[-1, 0] < 10 + 0.005 * sessions, grown
    assert (grown[:, 1:] < 10).all(), grown


def test_thousands_of_large_values_need_no_descriptors(cluster):
    pids = [*cluster.processes, os.getpid()]
    session, double = cluster.session, gl.trace(lambda x: x * 2, np.zeros(10_000))
    begun = resources(pids)
    there = [session.put(np.full(10_000, i)) for i in range(300)]
    there = [session.call(double, [x])[0] for x in there]
    here = [session.fetch(x) for x in there]
    grown = resources(pids) - begun
    assert (grown[:, 1] < 10).all(), grown
    for i, array in enumerate(here):
        assert (array == 2 * i).all()


def test_what_was_fetched_stays_as_it_was_when_its_session_is_over(cluster):
    double = gl.trace(lambda x: x * 2, np.zeros(SIZE))
    kept = []
    for i in range(5):
        session = cluster.connect()
        kept.append(session.fetch(session.call(double, [session.put(np.full(SIZE, i))])[0]))
        session.close()
    for i, array in enumerate(kept):
        assert (array == 2 * i).all()
