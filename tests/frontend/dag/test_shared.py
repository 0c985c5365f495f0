"""A compiled graph in which arrays share memory: what one call changes, the others see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.dag import DataNode, GraphBuilder


def _written(x: Any) -> Any:
    """The argument; a trace has no number to write."""
    return x if f"{float(np.sum(x)):.1f}" else None


BETWEEN: Final[dict[str, Callable[[Any], Any]]] = {
    "summed": np.sum,
    "text": lambda v: f"{float(np.sum(v)):.1f}",
    "itself": lambda v: v,
    "itself in Python": _written,
}


@pytest.mark.parametrize("name", BETWEEN)
def test_a_change_of_a_view_is_seen_by_what_it_looks_into(name: str) -> None:
    G = GraphBuilder()
    x = G.add(np.copy)(np.zeros(3))
    view = G.add(lambda x: x[1:])(x)
    between = G.add(BETWEEN[name])(view)
    changed = G.add(lambda v, _: np.add(v, 1, out=v))(view, between)
    total = G.add(lambda x, _: x.sum())(x, changed)
    f = G.compile(total)
    assert [f(np.full(3, 10.0)), f(np.full(3, 20.0))] == [32.0, 62.0]


def test_a_result_that_is_the_argument_stays_it() -> None:
    G = GraphBuilder()
    x = G.add(lambda x: x)(np.ones(2))
    y = G.add(_written)(x)
    changed = G.add(lambda y: np.multiply(y, 3, out=y))(y)
    f = G.compile(G.add(np.add)(x, changed))
    given = np.array([1.0, 2.0])
    assert f(given).tolist() == [6.0, 12.0]
    assert given.tolist() == [3.0, 6.0]


def test_views_that_nobody_changes_are_compiled() -> None:
    G = GraphBuilder()
    x = G.add(np.sin)(np.ones(4))
    half = G.add(lambda x: x[:2])(x)
    f = G.compile(G.add(lambda a, b: a.sum() + b.sum())(x, G.add(_written)(half)))
    assert sorted(f.reasons) == ["_written_0"]


def test_a_change_that_was_not_seen_when_it_was_compiled_is_an_error() -> None:
    def sometimes(v: Any) -> float:
        if v[0] > 5:
            v[:] = 0
        return 1.0

    G = GraphBuilder()
    x = G.add(np.copy)(np.zeros(3))
    view = G.add(lambda x: x[1:])(x)
    f = G.compile(G.add(lambda x, once: x.sum() * once)(x, G.add(sometimes)(view)))
    assert f(np.ones(3)) == 3.0
    with pytest.raises(gl.NotSupported, match=r"sometimes_0 changed data_\d+ in place"):
        f(np.full(3, 10.0))


STEPS: Final[dict[str, Callable[..., Any]]] = {
    "view": lambda x: x[1:] if x.shape[0] > 1 else x,
    "reversed": lambda x: x[::-1],
    "itself": lambda x: x,
    "python": _written,
    "raised": lambda x: np.add(x, 1, out=x),
    "scaled in Python": lambda x: _written(np.multiply(x, 2, out=x)),
    "sine": np.sin,
    "sum": lambda x: np.ones(3) * x.sum(),
}


def _built(plan: list[tuple[str, int]]) -> tuple[GraphBuilder, list[DataNode]]:
    G = GraphBuilder()
    nodes = [G.add(np.copy)(np.array([0.5, -1.0, 2.0]))]
    for name, at in plan:
        nodes.append(G.add(STEPS[name], alias=name)(nodes[at % len(nodes)]))
    total = G.add(lambda *parts: sum(part.sum() * 3**i for i, part in enumerate(parts)))(*nodes)
    return G, [*nodes, total]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(STEPS)), st.integers(0, 9)), max_size=7))
def test_whatever_shares_and_changes_a_compiled_graph_gives_what_its_calls_give(
    plan: list[tuple[str, int]],
) -> None:
    G, nodes = _built(plan)
    want = nodes[-1].get()
    G, nodes = _built(plan)
    f = G.compile(nodes[-1])
    for _ in range(2):
        np.testing.assert_allclose(f(np.array([0.5, -1.0, 2.0])), want)
