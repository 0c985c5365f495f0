"""The short cut between processes of one host: what goes by it, and that nothing depends on it."""

from __future__ import annotations

import random
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl

pytest.importorskip("zmq")

from gradloom.runtime.launch import Cluster
from gradloom.runtime.transport import station
from gradloom.runtime.transport.road import MOST, Road, _frames, beside, road
from gradloom.runtime.transport.spectator import Spectator


@pytest.fixture
def ends() -> Iterator[tuple[Road, Road, str]]:
    with tempfile.TemporaryDirectory() as folder:
        near, far = Road(f"ipc://{folder}/near"), Road(f"ipc://{folder}/far")
        yield near, far, folder
        near.close()
        far.close()
        assert not list(Path(folder).iterdir())


def test_frames_arrive_as_they_were_and_tell_where_they_are_from(ends):
    near, far, folder = ends
    assert near.send(f"{folder}/far.road", [b"head", memoryview(b"data"), b""])
    assert far.take() == (f"{folder}/near.road", [b"head", b"data", b""])
    assert far.take() is None


def test_what_is_too_large_or_for_nobody_does_not_go(ends):
    near, _, folder = ends
    assert near.send(f"{folder}/far.road", [b"x" * MOST])
    assert not near.send(f"{folder}/far.road", [b"x" * MOST, b"y"])
    assert not near.send(f"{folder}/nobody", [b"x"])
    while near.send(f"{folder}/far.road", [b"x"]):  # nobody takes it: there is an end of room
        pass


def test_there_is_no_road_to_other_hosts_and_too_deep_folders():
    assert beside("tcp://127.0.0.1:9000") == ""
    assert road("tcp://127.0.0.1:9000") is None
    assert road(f"ipc:///any/{'deep/' * 40}x") is None
    assert road("ipc:///no/such/folder/x") is None


def test_a_road_whose_owner_was_killed_is_taken_over():
    with tempfile.TemporaryDirectory() as folder:
        left = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        left.bind(f"{folder}/x.road")
        left.close()
        Road(f"ipc://{folder}/x").close()


@given(st.binary(max_size=200))
def test_any_bytes_are_frames_or_nothing(data):
    assert sum(map(len, _frames(data))) <= len(data)


# ---- clusters ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with gl.cluster(workers=1, backend="numpy") as made:
        yield made


def use(session: Any, rounds: int = 50) -> None:
    double = gl.trace(lambda x: x * 2, np.zeros(4))
    for i in range(rounds):
        (y,) = session.call(double, [session.put(np.full(4, float(i)))])
        assert session.fetch(y).tolist() == [2.0 * i] * 4


def test_small_messages_go_by_road_once_both_ends_know_each_other(cluster, monkeypatch):
    went: list[bool] = []
    send = Road.send
    monkeypatch.setattr(Road, "send", lambda *args: went.append(send(*args)) or went[-1])
    session = cluster.connect()
    session.listen(0.5)
    use(session)
    session.close()
    assert sum(went) >= 50


def test_who_only_watches_leaves_the_dispatcher_its_road(cluster):
    path = Path(beside(cluster.address))
    own = path.stat().st_ino
    watcher = Spectator(cluster.address, shown=lambda shown: None)
    watcher.watch()
    watcher.survey()
    use(cluster.session)
    assert path.stat().st_ino == own
    watcher.close()
    assert path.stat().st_ino == own


def test_one_who_has_to_be_told_again_is_told_by_zmq(cluster, monkeypatch):
    session = cluster.connect()
    session.listen(0.5)
    use(session, 2)
    went: list[bytes] = []
    monkeypatch.setattr(Road, "send", lambda *args: went.append(b"") or True)  # all is lost
    use(session, 30)
    assert len(went) < 15  # a packet to each of the two others, or a few that were on their way
    session.close()


def test_without_roads_all_goes_by_zmq(monkeypatch):
    monkeypatch.setattr(station, "road", lambda endpoint: None)
    with gl.cluster(workers=1, backend="numpy") as made:
        use(made.session)


def test_what_is_lost_on_the_road_is_said_again(cluster, monkeypatch):
    draw, send = random.Random(0), Road.send
    monkeypatch.setattr(Road, "send", lambda *args: draw.random() < 0.1 or send(*args))
    session = cluster.connect()
    use(session, 30)
    session.close()


def test_rubbish_on_the_road_harms_nobody(cluster):
    draw, folder = random.Random(0), Path(cluster.address.removeprefix("ipc://")).parent
    roads = list(folder.glob("*.road"))
    assert len(roads) == 3  # the dispatcher's, the worker's, and this process's
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as thrower:
        thrower.settimeout(5.0)
        for i in range(300):
            frames = draw.randbytes(draw.randrange(60))
            whole = b"\x01\x00" + len(frames).to_bytes(2, "little") + frames
            thrower.sendto(whole if i % 2 else frames, str(draw.choice(roads)))
            cluster.session.listen(0.001)
    use(cluster.session)
    use(cluster.connect())
