"""Events: what is recorded reads back, in bounded memory, and nothing else is taken for it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.ir.errors import FileError
from gradloom.runtime.events import Event, Ring, pack, unpack


def event(i: int) -> tuple:
    return ("run", "worker", "w", float(i), i + 0.5, 0.25, 0, i)


def test_what_is_recorded_reads_back():
    full = (
        "send",
        "client",
        "c-0",
        1.0,
        2.0,
        0.5,
        3,
        4,
        5,
        "n",
        "ab",
        (("add", 1.0),),
        6,
        "p",
        "d",
    )
    (read,) = unpack(pack([full]))
    assert read == Event(*full)
    assert unpack(pack([event(1)])) == (Event(*event(1)),)


@given(
    most=st.integers(1, 20),
    steps=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=12),
)
def test_every_event_is_taken_once_or_counted_as_lost(most, steps):
    ring, position, seen, lost, noted = Ring(most), 0, [], 0, 0
    for adds, takes in steps:
        for _ in range(adds):
            ring.note(event(noted))
            noted += 1
        taken = ring.take(position, takes)
        position, lost = taken.position, lost + taken.lost
        seen += [e.number for e in unpack(taken.batch)]
        assert taken.noted <= takes
    assert ring.count == noted
    assert len(seen) + lost == position <= noted
    assert seen == sorted(set(seen))
    assert noted - position <= max(most, 1) or lost >= 0
    while position < ring.count:
        taken = ring.take(position, 5)
        position, lost = taken.position, lost + taken.lost
        seen += [e.number for e in unpack(taken.batch)]
    assert len(seen) + lost == noted
    assert len(seen) <= len(set(seen))


def test_a_ring_keeps_the_last_events_and_no_more():
    ring = Ring(10)
    for i in range(1_000):
        ring.note(event(i))
    taken = ring.take(0)
    assert taken.lost == 990
    assert [e.number for e in unpack(taken.batch)] == list(range(990, 1_000))


def test_a_batch_that_is_none_is_refused():
    batch = pack([event(i) for i in range(20)])
    draw = random.Random(0)
    for _ in range(2_000):
        bad = bytearray(batch)
        for _ in range(draw.randint(1, 4)):
            bad[draw.randrange(len(bad))] = draw.randrange(256)
        try:
            assert all(isinstance(e, Event) for e in unpack(bytes(bad[: draw.randint(1, 900)])))
        except FileError:
            continue
    for bad in (b"", b"\xc1", pack([("boast", "worker", "w", 0.0, 0.0)]), bytes(1 << 22)):
        with pytest.raises(FileError):
            unpack(bad)


def test_the_two_ends_of_a_transfer_have_the_same_flow_and_others_do_not():
    send = Event("send", "client", "a", 0, 0, session=1, number=2, value=3, peer="x")
    receive = Event("receive", "worker", "b", 0, 0, session=1, number=2, value=3, peer="x")
    other = Event("receive", "worker", "b", 0, 0, session=1, number=2, value=3, peer="y")
    assert send.flow == receive.flow != other.flow
    call = Event("call", "client", "a", 0, 0, session=1, number=7)
    run = Event("run", "worker", "b", 0, 0, session=1, number=7, command="f")
    assert call.flow == run.flow
    assert Event("join", "dispatcher", "d", 0, 0).flow == ""
