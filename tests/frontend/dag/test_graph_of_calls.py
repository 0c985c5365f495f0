"""The graph of a DAG among other graphs: passes keep its calls, what wants numbers refuses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder
from gradloom.ir.graph import Graph


def _graph() -> Graph:
    G = GraphBuilder("g")
    a = G.add(abs)(-1)
    G.add(divmod, n_out=2)(G.add(str, alias="said")(a), G.add(str, alias="said")(a))
    return G.graph


@pytest.mark.parametrize(
    "pipeline", ["default", "cse", "dce", "fold", "hoist", "reroll", "simplify,cse,dce"]
)
def test_no_pass_drops_merges_or_moves_a_call(pipeline: str) -> None:
    graph = _graph()
    symbols = [node.attrs.function.symbol for node in gl.optimize(graph, pipeline).nodes]
    assert symbols == ["abs_0", "said_0", "said_1", "divmod_0"]


WANT_NUMBERS: dict[str, tuple[Callable[[Graph], Any], type[Exception]]] = {
    "grad": (gl.grad, gl.NotDifferentiable),
    "value_and_grad": (gl.value_and_grad, gl.NotDifferentiable),
    "jacobian": (gl.jacobian, gl.NotDifferentiable),
    "vjp": (lambda g: gl.vjp(g, 1.0), gl.NotDifferentiable),
    "jvp": (lambda g: gl.jvp(g, (1.0,), (1.0,)), gl.NotDifferentiable),
    "vmap": (gl.vmap, gl.NotSupported),
    "compile": (gl.compile, gl.NotSupported),
    "eval_shape": (lambda g: gl.eval_shape(g, 1.0), gl.NotSupported),
    "export": (lambda g: gl.export.source(g, (1.0,), backend="numpy"), gl.NotSupported),
    "look": (lambda g: gl.find_nan(g, 1.0), gl.NotSupported),
}


@pytest.mark.parametrize("name", WANT_NUMBERS)
def test_what_wants_numbers_refuses_by_name(name: str) -> None:
    function, error = WANT_NUMBERS[name]
    with pytest.raises(error, match=rf"{name}.*calls the Python function 'abs_0'") as caught:
        function(_graph())
    assert "G.compile()" in str(caught.value)
    assert "test_graph_of_calls.py" in str(caught.value)


def test_a_shape_asked_of_an_object_is_an_error_of_ours_and_an_attribute_error() -> None:
    type_: Any = _graph().parameters[0].type
    with pytest.raises(gl.GradloomError, match="has no shape"):
        type_.shape  # noqa: B018 - the look is what raises
    assert not hasattr(type_, "dtype")


def test_costs_and_pages_of_calls_stand(tmp_path: Path) -> None:
    graph = _graph()
    assert graph.cost().flops == 0
    page = gl.viz.explore(graph, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "divmod_0" in page
    assert "divmod_0" in gl.viz.graph(graph, tmp_path / "g.svg").read_text(encoding="utf-8")


def test_the_page_of_a_compiled_graph_has_its_numbers(tmp_path: Path) -> None:
    G = GraphBuilder()
    f = G.compile(G.add(np.sum)(G.add(np.tanh)(np.ones(3))))
    page = gl.viz.explore(gl.trace(f, np.ones(3)), tmp_path / "page.html")
    assert "tanh" in page.read_text(encoding="utf-8")
