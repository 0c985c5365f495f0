"""Nodes inside the arguments of a call, and arguments that are refused."""

from __future__ import annotations

import dataclasses
import io
import itertools
from collections import defaultdict, deque
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder


@dataclasses.dataclass(frozen=True)
class Pair:
    left: Any
    right: int


def _same(*args: Any) -> Any:
    return args


def test_nodes_are_found_in_deques_defaultdicts_dataclasses_and_arrays_of_objects() -> None:
    G = GraphBuilder()
    node = G.add(int)(7)
    objects = np.array([[node, None], [3, node]], object)
    pair, queue = Pair(node, 5), deque([node, 1], maxlen=2)
    got = G.add(_same)(pair, queue, defaultdict(list, a=node), objects).get()
    assert got[:2] == (Pair(7, 5), deque([7, 1]))
    assert got[1].maxlen == 2
    assert got[2]["new"] == []
    assert got[3].tolist() == [[7, None], [3, 7]]
    assert pair.left is node
    assert queue[0] is node


def test_a_container_in_two_places_is_one_container_again() -> None:
    G = GraphBuilder()
    inner = [G.add(int)(1)]
    (got,) = G.add(_same)([inner, inner, {"k": inner}]).get()
    assert got[0] is got[1] is got[2]["k"]
    again = G.add(_same)(inner, inner).get()
    assert again[0] is again[1]


def test_a_graph_of_shared_lists_is_searched_once() -> None:
    """Each list once: 2 ** 200 visits would not end."""
    G = GraphBuilder()
    given: Any = 1
    for _ in range(200):
        given = [given, given]
    assert G.add(_same)(given).get()[0] is given


def test_lists_that_hold_themselves_and_nodes_too_deep_are_refused() -> None:
    G = GraphBuilder()
    node: Any = G.add(int)(1)
    ring: list[Any] = [node]
    ring.append(ring)
    with pytest.raises(gl.ArgumentError, match="holds itself"):
        G.add(_same)(ring)
    deep = node
    for _ in range(101):
        deep = [deep]
    with pytest.raises(gl.ArgumentError, match="more than 100 containers"):
        G.add(_same)(deep)
    plain: list[Any] = []
    plain.append(plain)
    assert G.add(_same)(plain).get()[0] is plain


def test_what_can_be_read_once_is_no_argument_and_leaves_nothing_behind() -> None:
    G = GraphBuilder()
    for once in (iter([1]), (x for x in [1]), map(str, [1]), itertools.chain([1])):
        with pytest.raises(gl.ArgumentError, match="read once only"):
            G.add(sum)(5, once)
        with pytest.raises(gl.ArgumentError, match="read once only"):
            G.add(sum)([G.add(int)(), once])
    G.remove(len(G))
    assert G.aliases == {}
    assert G.graph.parameters == ()
    file = io.StringIO("text")
    assert G.add(_same)(file).get()[0] is file


def test_what_can_be_read_once_is_no_result_among_several_either() -> None:
    G = GraphBuilder()
    node, _ = G.add(lambda: (map(str, [1]), 2), n_out=2)()
    with pytest.raises(gl.ArgumentError, match="what lambda returned is a map"):
        node.get()
    with pytest.raises(gl.ArgumentError, match="is a list_iterator"):
        G.add(iter)([1]).get()


def test_a_removed_node_is_no_argument() -> None:
    G = GraphBuilder()
    node = G.add(int)()
    G.remove()
    with pytest.raises(gl.ArgumentError, match="was removed"):
        G.add(_same)([node])
