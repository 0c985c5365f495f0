"""What a process tells of itself: while it is asked to, and as much as there is room for."""

from __future__ import annotations

from gradloom.runtime.events import unpack
from gradloom.runtime.notes import Notes
from gradloom.runtime.watch import Observe


def numbers(told):
    return [e.number for x in told for e in unpack(x.events)]


def note(notes, *which):
    for i in which:
        notes.note(("run", "worker", "w", 0.0, 1.0, 0.0, 0, i))


def test_nothing_is_told_until_it_is_asked_for():
    notes = Notes("worker", "w", "c")
    note(notes, 1)
    assert notes.due(0.0) == []
    notes.observe(Observe(5.0, 10, False, 7.0), 1.0)
    assert notes.due(1.0) == []
    note(notes, 2, 3)
    (told,) = notes.due(2.0)
    assert numbers([told]) == [2, 3]
    assert (told.clock, told.echo, told.heard, told.told) == ("c", 7.0, 1.0, 2.0)
    assert notes.due(2.0) == []


def test_what_was_before_is_told_where_it_is_asked_for():
    notes = Notes("worker", "w", "c")
    note(notes, 1, 2)
    notes.observe(Observe(5.0, 10, True, 0.0), 0.0)
    assert numbers(notes.due(1.0)) == [1, 2]


def test_a_lease_ends():
    notes = Notes("client", "c", "c")
    notes.observe(Observe(5.0, 10, False, 0.0), 0.0)
    assert notes.is_wanted
    note(notes, 1)
    assert notes.due(6.0) == []
    assert not notes.is_wanted


def test_no_more_batches_are_told_than_there_is_room_for_and_the_rest_is_counted():
    notes = Notes("worker", "w", "c")
    notes.observe(Observe(5.0, 2, False, 0.0), 0.0)
    for i in range(5):
        note(notes, i)
        notes.due(0.1, is_last=True)
    assert notes.due(0.2, is_last=True) == []
    note(notes, *range(5, 20_000))
    notes.observe(Observe(5.0, 1_000, False, 0.0), 0.5)
    told = []
    while more := notes.due(1.0, is_last=True):
        assert len(more) <= 4
        told += more
    seen = numbers(told)
    assert sum(x.lost for x in told) + len(seen) == 20_000 - 2
    assert seen == list(range(20_000 - len(seen), 20_000))


def test_an_echo_hears_every_event():
    heard = []
    notes = Notes("worker", "w", "c", heard.append)
    note(notes, 1, 2)
    assert [e.number for e in heard] == [1, 2]
    assert notes.is_wanted


def test_few_events_wait_for_others_and_many_do_not():
    notes = Notes("worker", "w", "c")
    notes.observe(Observe(5.0, 10, False, 0.0), 1.0)
    note(notes, 1)
    assert numbers(notes.due(1.0)) == [1]
    note(notes, 2)
    assert notes.due(1.1) == []
    assert numbers(notes.due(1.3)) == [2]
    note(notes, *range(2_000))
    assert len(numbers(notes.due(1.31))) == 2_000
    note(notes, 3)
    assert numbers(notes.due(1.32, is_last=True)) == [3]
