"""Who is who: the numbers and names of workers, whatever the order in which they come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gradloom.runtime import messages as m
from gradloom.runtime.dispatcher import Dispatcher
from gradloom.runtime.floor import Say


def enlist(dispatcher: Dispatcher, name: str, peer: str) -> tuple[int, str]:
    """The number and the name that a worker gets who comes with a name."""
    said = dispatcher.hear(peer, m.Enlist(name, 0, m.Mailbox(peer), "numpy", "cpu"), 0.0)
    (told,) = [x.message for x in said if isinstance(x, Say) and x.to == peer]
    assert isinstance(told, m.Enlisted)
    return told.worker, told.name


@given(order=st.permutations(range(5)))
def test_workers_that_nobody_named_have_the_number_in_their_name(order):
    dispatcher = Dispatcher()
    for i in order:
        assert enlist(dispatcher, f"worker-{i}", f"p{i}") == (i, f"worker-{i}")
    assert enlist(dispatcher, "", "other") == (5, "worker-5")


@given(names=st.lists(st.sampled_from(["", "worker-0", "worker-2", "worker-02", "a", "a-2"])))
def test_no_two_workers_have_the_same_number_or_name(names):
    dispatcher = Dispatcher()
    found = [enlist(dispatcher, name, f"p{i}") for i, name in enumerate(names)]
    numbers, called = {n for n, _ in found}, {x for _, x in found}
    assert len(numbers) == len(called) == len(names)
    for (number, name), asked in zip(found, names, strict=True):
        if not asked.startswith("a"):
            assert name == f"worker-{number}"


def test_a_worker_that_comes_back_is_another():
    dispatcher = Dispatcher()
    assert enlist(dispatcher, "worker-0", "p") == (0, "worker-0")
    dispatcher.lose("p", 1.0)
    assert enlist(dispatcher, "worker-0", "p") == (1, "worker-1")
    assert enlist(dispatcher, "mine", "q") == (2, "mine")
    dispatcher.lose("q", 2.0)
    assert enlist(dispatcher, "mine", "q") == (3, "mine")


def test_a_fetched_value_that_was_let_go_of_and_went_with_its_worker_is_told_as_lost():
    dispatcher = Dispatcher()
    for name in ("p", "q"):
        enlist(dispatcher, "", name)
    dispatcher.hear("client", m.Join("c", 0, m.Mailbox("client")), 0.0)
    dispatcher.hear("client", m.Put(0, "float64", (2,), 0), 0.0)
    dispatcher.hear("client", m.Fetch(0, 0), 0.0)
    dispatcher.hear("client", m.Free((0,)), 0.0)
    said = dispatcher.lose("p", 1.0)
    told = [x.message for x in said if isinstance(x, Say) and x.to == "client"]
    assert [(x.number, x.failure.kind) for x in told if isinstance(x, m.Failed)] == [
        (0, "WorkerLost")
    ]
    dispatcher.hear("client", m.Put(1, "float64", (2,), -1), 2.0)
    assert len(dispatcher.sessions) == 1
