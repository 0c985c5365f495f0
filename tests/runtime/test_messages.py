"""What is said in a cluster, and what is no message."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest

import gradloom
from gradloom.ir.errors import FileError
from gradloom.runtime import messages as m
from gradloom.runtime import watch
from gradloom.runtime.fields import MOST_VALUES
from gradloom.runtime.link import Link, Stretch
from gradloom.runtime.session import Session
from gradloom.runtime.transport import codec
from tests.runtime.fuzzing import mutated

BOX = m.Mailbox("ipc:///m", "host")
PLACE = m.Place(0, "w", BOX, "torch", "cpu")
PARCEL = m.Parcel(1, 2, 3, "f32", (2, 3))
SAMPLES = (
    m.Join("c", 1, BOX),
    m.Joined(3, (PLACE,)),
    m.Define("a" * 64, b"func", ("b" * 64,)),
    m.Put(1, "f64", (2,)),
    m.Call(0, "a" * 64, (1, 2), (3,), 0, "model.py:3"),
    m.Fetch(0, 1),
    m.Free((1, 2)),
    m.Failed(0, m.Failure("ValueError", "no", "f.py:1", "w", "Traceback")),
    m.Run(0, 0, "a" * 64, (1,), (2,)),
    m.Ship(0, 1, 2, BOX),
    m.Drop(0, (1,), 4),
    watch.Watch(5.0, 8, True),
    watch.Observe(5.0, 8, False, 1.5),
    watch.Noted(2, 1, b"events", "clock", 0.5, 1.5, 2.5),
    watch.Shown("worker", "w", "ipc:///w", 2, 1, b"events", -0.5, 7.0),
    watch.Surveyed(1, 2.0, 3.0, (watch.Standing(1, "w", busy={"add": 0.5}),), ("v",), ()),
    m.Shared(PARCEL, "gradloom-1-" + "0" * 32, 24),
)


def packed(*messages, data=()):
    return codec.frames(Stretch(7, 0, 0, 0, messages))


@pytest.mark.parametrize("message", SAMPLES, ids=lambda x: type(x).__name__)
def test_a_message_reads_back_as_it_was_said(message):
    assert codec.stretch(packed(message)).messages == (message,)


def test_what_is_more_than_a_message_may_name_is_told_in_parts():
    told = Session().free(range(MOST_VALUES + 1))
    assert [len(x.message.values) for x in told] == [MOST_VALUES, 1]
    for x in told:
        assert codec.stretch(packed(x.message)).messages == (x.message,)


def test_a_stretch_of_large_messages_goes_in_small_packets():
    said = tuple(m.Define("a" * 64, bytes(300_000)) for _ in range(20))
    packets = codec.packets(Stretch(7, 0, 5, 0, said))
    assert all(len(frames[0]) < 2 * m.MOST_PIECE for frames in packets)
    link = Link(1, 0.0)
    link.hear(Stretch(7, 0, 0, 0, tuple("early")), 0.0)
    assert tuple(x for p in packets for x in link.hear(codec.stretch(p), 0.0)) == said


def test_a_parcel_carries_its_data():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    loaded = codec.Loaded(PARCEL, array.tobytes())
    (read,) = codec.stretch(packed(loaded)).messages
    np.testing.assert_array_equal(read.array(), array)


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b""],
        [b"\xc1"],
        packed(PARCEL),  # no data
        [*packed(SAMPLES[0]), b"data of nothing"],
        [*packed(PARCEL), b"too short"],
        packed(m.Put(1, "f64", (2,)))[:1] * 2,
    ],
    ids=["nothing", "empty", "no msgpack", "no data", "more data", "short data", "twice"],
)
def test_what_is_no_packet_is_refused(frames):
    with pytest.raises(FileError):
        codec.stretch(frames)


def test_another_version_is_told():
    packet = m.encode(m.Packet(m.VERSION + 1, 1, 0, 0, 0))
    with pytest.raises(FileError, match="version 2 where 1 is spoken"):
        m.decode(packet)


def test_sizes_are_checked_before_anything_is_made():
    for parcel in (
        m.Parcel(0, 0, 0, "f64", (2**47, 2**47)),
        m.Parcel(0, 0, 0, "f99", (1,)),
        m.Parcel(0, 0, 0, "object", (1,)),
    ):
        with pytest.raises(FileError):
            codec.stretch([*packed(parcel), b"12345678"])


def throw(seed: int, count: int) -> int:
    """Mutated frames at the reader; how many were packets all the same."""
    rng, good = random.Random(seed), 0
    for _ in range(count):
        frames = packed(*rng.sample(SAMPLES, rng.randint(1, 4)))
        try:
            codec.stretch([mutated(rng, bytes(f)) for f in frames])
            good += 1
        except FileError:
            pass
    return good


def test_mutated_frames_are_packets_or_refused():
    assert 0 < throw(0, 10_000) < 10_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_a_million_mutated_frames_are_packets_or_refused(seed):
    throw(seed, 100_000)


def test_nothing_of_the_runtime_reads_pickles_or_runs_text():
    folder = Path(gradloom.__file__).parent / "runtime"
    forbidden = re.compile(r"\b(pickle|marshal|shelve|dill|recv_pyobj|send_pyobj|eval|exec)\b")
    found = [
        f"{p.name}: {hit[0]}"
        for p in folder.rglob("*.py")
        for hit in forbidden.finditer(p.read_text())
    ]
    assert not found
