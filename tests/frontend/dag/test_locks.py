"""Threads that ask graphs which use one another, and functions that ask their own graph."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import gradloom as gl
from gradloom.frontend.dag import DataNode, GraphBuilder


def _together(*functions: Callable[[], object]) -> list[BaseException]:
    """Whatever these functions raise, each in a thread of its own."""
    raised: list[BaseException] = []

    def run(function: Callable[[], object]) -> None:
        try:
            function()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(f,)) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return raised


def test_threads_get_values_of_graphs_that_share_nodes() -> None:
    shared = GraphBuilder()
    node = shared.add(int)(1)
    for _ in range(5):
        node = shared.add(lambda x: x + 1)(node)
    users = [GraphBuilder() for _ in range(3)]
    asked = [G.add(lambda x: 10 * x)(node) for G in users]
    got: list[int] = []

    def ask(node: DataNode) -> None:
        for _ in range(30):
            got.append(node.get())
            node.release()

    assert _together(*[lambda n=n: ask(n) for n in [*asked, node]]) == []
    assert sorted(set(got)) == [6, 60]


def test_a_run_waits_for_the_graph_whose_values_it_takes() -> None:
    shared, G = GraphBuilder(), GraphBuilder()
    begun, go_on = threading.Event(), threading.Event()

    calls: list[int] = []

    def slow() -> int:
        calls.append(1)
        begun.set()
        assert go_on.wait(60)
        return 1

    first = shared.add(slow, persist=True)()
    second = shared.add(lambda x: x + 1)(first)
    user = G.add(lambda x: 10 * x)(first)
    seen: list[Any] = []
    threads = [threading.Thread(target=lambda n=n: seen.append(n.get())) for n in (second, user)]
    threads[0].start()
    assert begun.wait(60)
    threads[1].start()
    assert not first.has_value()
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert (sorted(seen), calls) == ([2, 10], [1])


def test_threads_add_calls_of_which_each_has_its_own_name() -> None:
    G = GraphBuilder()

    def add() -> None:
        for i in range(100):
            G.add(int)(i)

    assert _together(add, add, add) == []
    names = [step.uid for step in G.steps] + [n.uid for s in G.steps for n in s.inputs]
    assert len(set(names)) == len(names) == 600


def test_a_call_in_a_thread_does_not_wait_for_a_graph_that_its_run_holds() -> None:
    shared, G = GraphBuilder("shared"), GraphBuilder("user")
    used, other = shared.add(int)(1), shared.add(int)(2)
    free = GraphBuilder().add(int)(3)
    asks = G.add(lambda x: x + other.get(), alias="asks")(used)
    with pytest.raises(gl.ArgumentError, match=r"asks_0 asks shared_\d+, of which a run of user"):
        G.run(asks, executor="threads")
    assert asks.get() == 3
    assert G.run(G.add(lambda: free.get())(), executor="threads") == 3
