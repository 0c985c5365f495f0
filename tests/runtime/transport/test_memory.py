"""What the processes of a cluster keep of sessions that are over, and of values that are gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import gradloom as gl
from tests.runtime.transport.sessions_over import SIZE, resources

pytest.importorskip("zmq")


@pytest.fixture(scope="module")
def cluster():
    with gl.cluster(workers=1, backend="numpy") as made:
        yield made


@pytest.mark.parametrize(
    ("warm", "sessions"), [(5, 15), pytest.param(100, 1_000, marks=pytest.mark.slow)]
)
def test_sessions_that_are_over_leave_no_memory_and_no_sockets(warm, sessions):
    program = "tests.runtime.transport.sessions_over"
    told = subprocess.run(
        [sys.executable, "-m", program, str(warm), str(sessions)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    grown = np.array(json.loads(told.stdout))
    # The client's tracer remembers what it recorded with each number that is new, up to 10,000
    # times: 2 KB for each of these programs.
    assert (grown[:, 0] < [5 + 0.003 * sessions] * 2 + [5 + 0.005 * sessions]).all(), grown
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
