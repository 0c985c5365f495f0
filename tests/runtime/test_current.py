"""Which session is used where none is named."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from gradloom.ir.errors import ArgumentError
from gradloom.runtime import current
from gradloom.runtime import messages as m
from gradloom.runtime.local import local


@pytest.fixture(autouse=True)
def nothing_before(monkeypatch):
    monkeypatch.setattr(current, "_default", [])


def in_a_thread(what):
    told = []
    thread = threading.Thread(target=lambda: told.append(what()))
    thread.start()
    thread.join()
    return told[0]


def test_the_last_one_that_was_connected_is_current_in_every_thread():
    first, second = local(), local()
    current.set_default(first)
    current.set_default(second)
    assert current.current() is second
    assert in_a_thread(current.current) is second
    second.close()
    assert current.current() is first


def test_a_thread_that_connects_has_a_session_of_its_own():
    everyones, own = local(), local()
    current.set_default(everyones)

    def connect():
        assert not current.is_started()
        current.set_default(own)
        assert current.is_started()
        found = [current.current()]
        with current.using(everyones):
            found.append(current.current())
        own.close()
        return [*found, current.current()]

    assert in_a_thread(connect) == [own, everyones, everyones]
    assert current.current() is everyones


def test_one_that_was_lost_stays_until_another_takes_its_place():
    lost, new = local(), local()
    current.set_default(lost)
    lost._session.lose(m.Failure("RemoteError", "the dispatcher is gone"))
    assert current.current() is lost
    assert not current.is_started()
    current.set_default(new)
    assert current.current() is new
    assert current._default == [new]


def test_a_value_is_not_taken_for_anothers():
    a, b = local(), local()
    x = a.put(np.ones(2))
    b.put(np.zeros(2))
    with pytest.raises(ArgumentError, match="value 0 is of another session"):
        b.fetch(x)
    a.close()
    with pytest.raises(ArgumentError, match="which is over"):
        b.fetch(x)
