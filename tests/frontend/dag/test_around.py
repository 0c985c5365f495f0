"""A call that asks the run that waits for it gets an error that names both."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder
from gradloom.frontend.dag.around import Made


def test_a_worker_that_asks_its_own_graph_gets_an_error() -> None:
    G = GraphBuilder(alias="own")
    other = G.add(int)(3)
    asks = G.add(lambda: other.get(), alias="asks")()
    with pytest.raises(gl.ArgumentError, match=r"asks_0 asks own_\d+, whose run waits for asks_0"):
        G.run(asks, executor="threads")
    assert G.run(other, executor=None) == 3
    assert asks.get() == 3  # this thread may: it waits for nobody


def test_a_worker_cannot_change_its_own_graph_either() -> None:
    G = GraphBuilder()
    adds = G.add(lambda: G.add(int)(3))()
    with pytest.raises(gl.ArgumentError, match="whose run waits for"):
        G.run(adds, executor="threads")
    assert len(G) == 1


def test_asking_by_way_of_another_graph_is_the_same() -> None:
    G, H = GraphBuilder(alias="outer"), GraphBuilder(alias="inner")
    number = G.add(int)(3)
    asks = H.add(lambda: number.get(), alias="asks")()
    outer = G.add(lambda: H.run(asks, executor="threads"), alias="outer")()
    with pytest.raises(gl.ArgumentError, match=r"outer_0 asks outer_\d+"):
        G.run(outer, executor="threads")


def test_a_worker_may_ask_another_graph() -> None:
    G, H = GraphBuilder(), GraphBuilder()
    number = H.add(int)(3)
    assert G.run(G.add(lambda: number.get() + 1)(), executor="threads") == 4


@pytest.mark.parametrize("executor", [None, "threads"])
def test_a_call_that_needs_itself_is_no_endless_recursion(executor: str | None) -> None:
    G = GraphBuilder()
    nodes: list[Any] = []
    nodes.append(G.add(lambda: nodes[0].get(), alias="loops")())
    with pytest.raises(gl.ArgumentError, match="loops_0"):
        G.run(nodes[0], executor=executor)


def test_what_travels_to_a_process_is_names() -> None:
    made = Made("f_0", "graph_0", True)
    assert pickle.loads(pickle.dumps(made)) == made
