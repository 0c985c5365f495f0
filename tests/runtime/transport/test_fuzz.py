"""Rubbish thrown at the processes of a cluster, over real sockets."""

from __future__ import annotations

import numpy as np
import psutil
import pytest

import gradloom as gl
from gradloom.runtime import messages as m
from gradloom.runtime.fields import digest_of
from gradloom.runtime.link import Link

pytest.importorskip("zmq")
import zmq

from gradloom.runtime.transport import codec
from gradloom.runtime.transport.host import this_host
from tests.runtime.fuzzing import Fuzz

PER_SOCKET = 250
TEXT = b"func @f(%x: f32[2]) -> (f32[2]) { return %x }"
DEFINE = m.Define(digest_of(TEXT, ()), TEXT)


@pytest.fixture(scope="module")
def cluster():
    with gl.cluster(workers=1, backend="numpy") as made:
        yield made


def conversation(fuzz: Fuzz) -> list[list[bytes]]:
    """Packets of one who begins as a client or a worker, and goes on as nobody would."""
    rng, link = fuzz.random, Link(fuzz.random.randrange(1, 2**63), 0.0)
    box = m.Mailbox(rng.choice(fuzz.endpoints), rng.choice(("", this_host())))
    pid = rng.choice((0, 2**31, 2**63 - 1))
    if rng.random() < 0.8:
        said = [m.Join("c", pid, box), DEFINE, m.Put(0, "f32", (2,)), m.Put(1, "f32", (2,))]
        said += [m.Call(i, DEFINE.digest, (i % 2,), (2 + i,)) for i in range(3)]
    else:
        said = [m.Enlist("w", pid, box, "numpy", "cpu"), m.Done(0, 5)]
    stretches = link.say(said, 0.0)
    for _ in range(20):
        stretches += link.say([fuzz._loaded(fuzz.message())], 0.0)
    return [codec.frames(x) for x in stretches]


def throw(endpoint: str, seed: int, count: int, sessions: list[int]) -> None:
    """So many packets at a socket, from one sender after the other."""
    fuzz = Fuzz(seed, sessions)
    fuzz.endpoints = ("ipc:///nowhere", "rubbish", "tcp://127.0.0.1:1", "", endpoint)
    with zmq.Context() as context:
        while count > 0:
            with context.socket(zmq.DEALER) as socket:
                socket.setsockopt(zmq.LINGER, 5_000)
                socket.setsockopt(zmq.SNDTIMEO, 20_000)
                socket.connect(endpoint)
                packets = [*conversation(fuzz), *(fuzz.rubbish() for _ in range(PER_SOCKET))]
                for frames in packets[:count]:
                    socket.send_multipart(frames)
                count -= len(packets)


def resident(cluster) -> list[float]:
    return [psutil.Process(p).memory_info().rss / 2**20 for p in cluster.processes]


@pytest.mark.parametrize(
    ("at", "count"),
    [
        ("dispatcher", 2_500),
        ("worker", 2_500),
        pytest.param("dispatcher", 500_000, marks=pytest.mark.slow),
        pytest.param("worker", 500_000, marks=pytest.mark.slow),
    ],
)
def test_rubbish_harms_neither_the_process_nor_others(cluster, at, count):
    double = gl.trace(lambda x: x * 2, np.zeros(30_000))
    session = cluster.session
    before = session.call(double, [session.put(np.arange(30_000.0))])[0]
    session.fetch(before)
    begun = resident(cluster)
    address = cluster.address if at == "dispatcher" else session.places[0].mailbox.endpoint
    throw(address, count, count, [session._session.number])
    later = cluster.connect()
    got = later.fetch(later.call(double, [later.put(np.ones(30_000))])[0], timeout_s=60)
    assert (got == 2).all()
    later.close()
    np.testing.assert_array_equal(session.fetch(before, timeout_s=60), 2 * np.arange(30_000.0))
    assert all(psutil.pid_exists(p) for p in cluster.processes)
    grown = np.subtract(resident(cluster), begun)
    assert (grown < 100).all(), f"MiB: {grown}"
