"""Graphs and their parts belong to their process."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder


def test_graphs_and_their_parts_are_neither_copied_nor_pickled() -> None:
    G = GraphBuilder("g")
    node = G.add(abs)(-1.5)
    compiled = G.compile(node)
    for part in (G, G.steps[0], G.add(abs), compiled):
        for how in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(gl.NotSupported, match="neither copied nor pickled"):
                how(part)
    with pytest.raises(gl.NotSupported, match=r"node\.get\(\)"):
        pickle.dumps([node])


def test_a_node_in_a_copied_container_is_the_node() -> None:
    G = GraphBuilder()
    node: Any = G.add(abs)(-3)
    assert copy.deepcopy({"x": [node]})["x"][0] is node
    assert copy.copy(node) is node
