"""The tree of a graph holds everything once, in order; whatever is collapsed, no cycle comes."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.graph import Graph, Value
from gradloom.viz.groups import Group, grouped, opening, shown
from gradloom.viz.pieces import MOST_ITEMS
from tests.viz.pictured import ALL, backward, looped, unrolled, wide
from tests.viz.programs import PROGRAMS

EVERY = {**ALL, **PROGRAMS}


def ids_of(graph: Graph, prefix: str = "") -> list[str]:
    """Every id in the graph, in program order."""
    ids = [f"{prefix}p{i}" for i in range(len(graph.parameters))]
    for i, node in enumerate(graph.nodes):
        id = f"{prefix or 'n'}{i}"
        if not node.regions:
            ids.append(id)
        for k, region in enumerate(node.regions):
            ids += ids_of(region, f"{id}.{k}.")
    return ids + [f"{prefix}r{i}" for i in range(len(graph.results))]


def uses(graph: Graph) -> set[tuple[str, str]]:
    """Which node uses which, of the outermost nodes, parameters and results."""
    home: dict[Value, str] = {p: f"p{i}" for i, p in enumerate(graph.parameters)}
    found = set()
    for i, node in enumerate(graph.nodes):
        found |= {(home[x], f"n{i}") for x in node.operands if isinstance(x, Value)}
        home.update((result, f"n{i}") for result in node.results)
    results = enumerate(graph.results)
    return found | {(home[x], f"r{i}") for i, x in results if isinstance(x, Value)}


def check_no_cycle(edges: set[tuple[str, str]]) -> None:
    after: dict[str, set[str]] = {}
    waits: dict[str, int] = {}
    for a, b in edges:
        after.setdefault(a, set()).add(b)
        waits[b] = waits.get(b, 0) + 1
        waits.setdefault(a, 0)
    ready = [id for id, count in waits.items() if not count]
    done = 0
    while ready:
        done += 1
        for id in after.get(ready.pop(), ()):
            waits[id] -= 1
            if not waits[id]:
                ready.append(id)
    assert done == len(waits)


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_the_tree_holds_everything_once_in_program_order(make: Callable[[], Graph]) -> None:
    graph = make()
    tree = grouped(graph)
    assert list(tree.leaves()) == ids_of(graph)
    groups = [group.id for group in tree.walk()]
    assert len(set(groups)) == len(groups)
    for group in tree.walk():
        assert group.title
        assert len(group.items) <= MOST_ITEMS


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
@given(seed=st.integers(0, 1_000))
@settings(max_examples=10)
def test_whatever_stands_open_there_is_no_cycle(make: Callable[[], Graph], seed: int) -> None:
    graph = make()
    tree = grouped(graph)
    chance = random.Random(seed)
    opened = {group.id for group in tree.walk() if chance.random() < 0.7}
    box = shown(tree, opened | {tree.id})
    check_no_cycle({(box[a], box[b]) for a, b in uses(graph) if box[a] != box[b]})


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("most", [1, 30, 300])
def test_what_stands_open_at_first_fits(make: Callable[[], Graph], most: int) -> None:
    tree = grouped(make())
    opened = opening(tree, most)
    assert tree.id in opened
    boxes = set(shown(tree, opened).values()) - opened
    assert len(boxes) <= max(most, len(tree.items))


def test_what_is_inside_a_closed_group_is_not_shown() -> None:
    tree = grouped(backward())
    assert set(shown(tree, ()).values()) == {"g0"}
    boxes = shown(tree, {"g0"})
    assert boxes["n0"] == "g1"
    assert boxes["n9"] == "g2"
    assert shown(tree, {"g0", "g1"})["n0"] == "n0"


def titles(group: Group) -> list[str]:
    return [inner.title for inner in group.groups]


def test_forward_and_backward_are_groups_of_the_function() -> None:
    assert titles(grouped(backward())) == ["loss", "backward of loss"]


def test_a_loop_is_a_group_with_the_id_of_its_node() -> None:
    (loop,) = grouped(looped()).groups
    assert (loop.id, loop.kind, loop.title) == ("n2", "loop", "scan of 4 steps")
    assert loop.nodes == ("n2.0.p0", "n2.0.p1", "n2.0.0", "n2.0.1", "n2.0.r0", "n2.0.r1")


def test_the_branches_of_a_cond_are_groups_of_their_own() -> None:
    def either(x: Any) -> Any:
        return gl.cond(x > 0, np.sin, lambda y: y * 2, x)

    (choice,) = grouped(gl.trace(either, 1.0)).groups
    assert choice.kind == "branch"
    assert [group.id for group in choice.groups] == [f"{choice.id}.0", f"{choice.id}.1"]


def test_calls_of_a_function_in_a_row_are_its_turns() -> None:
    def layer(x: Any) -> Any:
        y = np.tanh(x * 2)
        return np.sin(y) + np.cos(y)

    def model(x: Any) -> Any:
        for _ in range(6):
            x = layer(x)
        return np.sum(np.exp(x) + x)

    (layers, _) = grouped(gl.trace(model, np.ones(3))).groups
    assert layers.kind == "function"
    assert layers.repeats == 6
    assert layers.title.endswith("layer \u00d7 6")
    assert [len(turn.items) for turn in layers.groups] == [5] * 6


def test_an_unrolled_loop_is_a_repeat_of_its_lines() -> None:
    (loop,) = grouped(unrolled(100)).groups
    assert loop.repeats == 100
    assert loop.title.startswith("line")
    assert loop.title.endswith("\u00d7 100")


def test_functions_of_several_modules_stand_in_their_modules(tmp_path: Path) -> None:
    def module(name: str, text: str) -> dict[str, Any]:
        path = tmp_path / name
        path.write_text(text)
        names: dict[str, Any] = {"np": np}
        exec(compile(text, str(path), "exec"), names)
        return names

    one = module(
        "one.py",
        "def a(x):\n  return np.sin(x) * 2 + x\ndef b(x):\n  return np.cos(x) * 3 + x\n",
    )
    two = module("two.py", "def c(x):\n  return np.exp(x) * 2 + x\n")
    tree = grouped(gl.trace(lambda x: two["c"](one["b"](one["a"](x))), np.ones(3)))
    assert [(g.kind, g.title, titles(g)) for g in tree.groups] == [
        ("module", "one.py", ["a", "b"]),
        ("function", "c", []),
    ]


def test_many_inputs_are_grouped_by_the_words_their_names_begin_with() -> None:
    def total(weights: list[Any], biases: list[Any]) -> Any:
        return sum(weights) + sum(biases)

    tree = grouped(gl.trace(total, [1.0] * 10, [2.0] * 10))
    (given, *_) = tree.groups
    assert given.title == "20 inputs"
    assert titles(given) == ["weights: 10 inputs", "biases: 10 inputs"]


def test_fifty_thousand_nodes_are_grouped_and_few_of_them_shown() -> None:
    tree = grouped(unrolled(25_000))
    opened = opening(tree)
    assert sum(1 for _ in tree.leaves()) == 50_002
    assert len(set(shown(tree, opened).values()) - opened) <= 300


def test_a_graph_without_anything_is_a_group_without_items() -> None:
    tree = grouped(Graph((), (), ()))
    assert tree.items == ()
    assert shown(tree, opening(tree)) == {"g0": "g0"}


def test_a_wide_sum_is_cut_so_that_every_level_can_be_read() -> None:
    tree = grouped(wide(500))
    assert max(len(group.items) for group in tree.walk()) <= MOST_ITEMS
