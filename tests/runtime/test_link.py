"""Conversations over packets that are lost, doubled and reordered."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.runtime.conversations import Conversations
from gradloom.runtime.link import Link, Pace, Restarted, Stale, Stretch, given_up


@given(st.integers(0, 2**32), st.floats(0, 0.6), st.lists(st.integers(0, 5), max_size=30))
@settings(max_examples=60)
def test_messages_arrive_in_order_each_once(seed, lost, bursts):
    rng = random.Random(seed)
    a, b = Link(1, 0.0), Link(2, 0.0)
    air, heard, said, now = [], [], 0, 0.0
    for burst in [*bursts, *[0] * 400]:
        now += 0.1
        air += [(b, x) for x in a.say(range(said, said + burst), now)]
        said += burst
        air += [(b, x) for x in a.tick(now)] + [(a, x) for x in b.tick(now)]
        rng.shuffle(air)
        for _ in range(rng.randrange(len(air) + 1)):
            end, packet = air.pop()
            if rng.random() < lost:
                continue
            if rng.random() < 0.2:
                air.append((end, packet))
            new = end.hear(packet, now)
            if end is b:
                heard += new
    assert heard == list(range(said))
    assert not a.unconfirmed


def test_what_is_confirmed_is_not_said_again():
    a, b = Link(1, 0.0), Link(2, 0.0)
    (packet,) = a.say(["x"], 0.0)
    assert b.hear(packet, 0.0) == ["x"]
    (beat,) = b.tick(0.1)
    a.hear(beat, 0.1)
    assert all(not p.messages for p in a.tick(10.0))


def test_silence_is_noticed_and_patience_is_longer_before_the_first_word():
    a, b = Link(1, 0.0, Pace(silence_s=3, first_s=60)), Link(2, 0.0)
    assert not a.is_silent(50.0)
    assert a.is_silent(61.0)
    a.hear(b.say([], 0.0)[0], 1.0)
    assert not a.is_silent(3.9)
    assert a.is_silent(4.1)


def test_a_new_end_and_an_old_packet_are_told_apart():
    a, b, c = Link(1, 0.0), Link(2, 0.0), Link(3, 0.0)
    a.hear(b.say(["x"], 0.0)[0], 0.0)
    with pytest.raises(Restarted):
        a.hear(c.say(["y"], 0.0)[0], 0.0)
    b.hear(a.say([], 0.0)[0], 0.0)
    fresh = Link(4, 0.0)
    with pytest.raises(Stale):
        fresh.hear(b.say(["z"], 0.0)[0], 0.0)


def test_a_peer_that_begins_anew_is_noticed_once_and_its_old_packets_are_dropped():
    numbers = iter(range(1, 100))
    ours = Conversations[str](lambda: next(numbers), Pace())
    first, second = Link[str](1001, 0.0), Link[str](1002, 0.0)
    late = first.say(["late"], 0.0)[0]
    assert ours.hear("p", first.say(["a"], 0.0)[0], 0.0) == ([], [], False)  # "late" is missing
    told, _, is_new = ours.hear("p", second.say(["b"], 0.0)[0], 0.0)
    assert (told, is_new) == (["b"], True)
    assert ours.hear("p", late, 0.0) == ([], [given_up(1001)], False)
    with pytest.raises(Stale):
        second.hear(given_up(1001), 0.0)  # it is not the one that was given up


def test_who_was_given_up_before_it_heard_anything_learns_of_it_and_begins_anew():
    numbers = iter(range(1, 100))
    hub = Conversations[str](lambda: next(numbers), Pace())
    worker = Conversations[str](lambda: next(numbers) + 1_000, Pace())
    (first,) = worker.say("hub", ["enlist"], 0.0)
    assert hub.hear("w", first, 0.0)[0] == ["enlist"]
    assert hub.tick(5.0).lost == ["w"]  # what it said to the worker never came
    told, replies, _ = hub.hear("w", worker.tick(5.0).send[0][1], 5.0)
    assert not told
    assert worker.hear("hub", replies[0], 5.0)[2]
    (again,) = worker.say("hub", ["enlist"], 5.0)
    assert hub.hear("w", again, 5.0)[0] == ["enlist"]


def test_a_packet_that_contradicts_itself_is_dropped():
    ours = Link[str](1, 0.0)
    ours.hear(Link[str](2, 0.0).say(["x"], 0.0)[0], 0.0)
    with pytest.raises(Stale):
        ours.hear(Stretch(3, 1, 0, 0, ("y",)), 0.0)  # a new end that was heard before
    with pytest.raises(Stale):
        ours.hear(Stretch(0, 0, 0, 0, ()), 0.0)  # nobody, to anybody


def test_parcels_that_were_not_confirmed_go_to_the_new_end_as_well():
    numbers = iter(range(1, 100))
    ours = Conversations[str](lambda: next(numbers), Pace(), again=True)
    old, new = Link[str](1001, 0.0), Link[str](1002, 0.0)
    ours.hear("p", old.say([], 0.0)[0], 0.0)
    ours.say("p", ["parcel"], 0.0)
    _, replies, is_new = ours.hear("p", new.say([], 0.0)[0], 0.0)
    assert is_new
    assert [m for r in replies for m in r.messages] == ["parcel"]
