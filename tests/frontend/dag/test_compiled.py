"""A DAG of plain numpy calls as one compiled, differentiable function."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.dag import GraphBuilder
from gradloom.frontend.dag.node import DataNode


def _loss(G: GraphBuilder) -> tuple[DataNode, np.ndarray, np.ndarray]:
    x, w = np.linspace(0, 1, 12).reshape(4, 3), np.array([0.5, -1.0, 2.0])
    hidden = G.add(np.matmul)(x, w)
    parts, doubled = G.add(lambda h: (np.tanh(h), 2 * h), n_out=2)(hidden)
    return G.add(lambda a, b: np.sum(a * b))(parts, doubled), x, w


def _plain(x: np.ndarray, w: np.ndarray) -> np.floating:
    return np.sum(np.tanh(x @ w) * 2 * (x @ w))


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_it_gives_what_the_calls_give_for_any_inputs(backend: str) -> None:
    G = GraphBuilder()
    node, x, w = _loss(G)
    f = G.compile(node, backend=backend)
    assert f.reasons == {}
    np.testing.assert_allclose(np.asarray(f(x, w)), node.get(), rtol=1e-12)
    np.testing.assert_allclose(np.asarray(f(3 * x, w)), _plain(3 * x, w), rtol=1e-12)


def test_it_is_differentiated_as_the_plain_function_is() -> None:
    G = GraphBuilder()
    node, x, w = _loss(G)
    found = gl.grad(G.compile(node), argnums=1)(x, w)
    np.testing.assert_allclose(found, gl.grad(_plain, argnums=1)(x, w), rtol=1e-12)


def test_chosen_inputs_vary_and_the_rest_is_as_given() -> None:
    G = GraphBuilder()
    node, x, w = _loss(G)
    hidden = G.node("matmul")
    f = G.compile(node, inputs=[hidden])
    np.testing.assert_allclose(f(x @ w + 1), np.sum(np.tanh(x @ w + 1) * 2 * (x @ w + 1)))
    graph = gl.trace(f, x @ w)
    assert "tanh" in str(graph)
    assert "matmul" not in str(graph)


def test_what_cannot_be_traced_stays_in_python_with_the_reason() -> None:
    G = GraphBuilder()
    a = G.add(np.sin)(np.ones(3))
    b = G.add(lambda a: f"{a.sum():.3f}", alias="written")(a)
    c = G.add(float)(b)
    d = G.add(lambda c, a: c * a, alias="last")(c, a)
    f = G.compile(d)
    assert sorted(f.reasons) == ["float_0", "written_0"]
    assert "is a str" in f.reasons["float_0"]
    np.testing.assert_allclose(f(np.zeros(3)), 0 * np.ones(3))
    np.testing.assert_allclose(
        f(np.full(3, 0.5)), round(3 * np.sin(0.5), 3) * np.sin(np.full(3, 0.5))
    )


def test_several_outputs_are_a_tuple_and_wrong_numbers_of_inputs_are_refused() -> None:
    G = GraphBuilder()
    a = G.add(np.sin)(1.0)
    b = G.add(np.cos)(a)
    assert G.compile(a, b)(0.0) == (0.0, 1.0)
    with pytest.raises(gl.ShapeError, match="1 inputs are due"):
        G.compile(b)(1.0, 2.0)
    assert G.compile(b, inputs="data_0")(0.0) == G.compile(b, inputs=a)(0.0) == 1.0
    with pytest.raises(gl.ArgumentError, match="data_1 is an input twice"):
        G.compile(b, inputs=[a, a])
    H = GraphBuilder()
    with pytest.raises(gl.ArgumentError, match="nothing to compute from"):
        H.compile(H.add(np.sin)(3))


def test_compiling_leaves_no_values_behind() -> None:
    G = GraphBuilder()
    node, *_ = _loss(G)
    G.compile(node)
    assert not any(n.has_value() for step in G.steps for n in step.outputs)


def _changing() -> dict[str, tuple[Callable[[Any], Any], Callable[[], object]]]:
    """Functions that give 3 x, and what makes them give 5 x."""
    cell, table, array, weights = [3.0], {"k": 3.0}, np.array(3.0), np.array([3.0])
    model = SimpleNamespace(k=3.0)

    def default(x: Any, k: Any = cell) -> Any:
        return x * k[0]

    def own(x: Any) -> Any:
        return x * own.k  # type: ignore[attr-defined]

    own.k = 3.0  # type: ignore[attr-defined]
    scaled = np.vectorize(lambda x: x * cell[0])
    return {
        "list": (lambda x: x * cell[0], lambda: cell.__setitem__(0, 5.0)),
        "dict": (lambda x: x * table["k"], lambda: table.update(k=5.0)),
        "array": (lambda x: x * array, lambda: array.fill(5.0)),
        "object": (lambda x: x * model.k, lambda: setattr(model, "k", 5.0)),
        "partial": (partial(lambda k, x: x * k[0], weights), lambda: weights.fill(5.0)),
        "default": (default, lambda: cell.__setitem__(0, 5.0)),
        "attribute": (own, lambda: setattr(own, "k", 5.0)),
        "vectorised": (lambda x: scaled(x), lambda: cell.__setitem__(0, 5.0)),
    }


@pytest.mark.parametrize("name", _changing())
def test_what_changes_behind_a_function_is_seen_by_the_next_call(name: str) -> None:
    function, change = _changing()[name]
    G = GraphBuilder()
    f = G.compile(G.add(function)(2.0))
    slope = gl.grad(f)
    assert f.reasons == {}
    before = [float(f(2.0)), float(f(2.0)), float(slope(2.0))]
    change()
    assert before == [6.0, 6.0, 3.0]
    assert [float(f(2.0)), float(slope(2.0))] == [10.0, 5.0]


def test_arrays_beside_nodes_in_lists_are_read_anew() -> None:
    G, array = GraphBuilder(), np.ones(2)
    node = G.add(lambda pair: pair[0] * pair[1])([G.add(np.abs)(-1.0), array])
    f = G.compile(node)
    assert f(-2.0).tolist() == [2.0, 2.0]
    array[:] = 3.0
    assert f(-2.0).tolist() == [6.0, 6.0]


def test_what_is_random_or_tells_the_time_or_prints_stays_in_python(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng = np.random.default_rng(0)

    def talk(x: float) -> float:
        print("called")  # noqa: T201 - a function of the user's
        return x

    G = GraphBuilder()
    drawn = G.add(lambda x: x + rng.normal())(1.0)
    global_one = G.add(lambda x: x + np.random.rand())(drawn)
    told = G.add(lambda x: x + 0 * time.time())(global_one)
    given = G.add(lambda x, source: x + source.normal())(told, rng)
    f = G.compile(G.add(talk)(given))
    assert sorted(f.reasons) == ["lambda_0", "lambda_1", "lambda_2", "lambda_3", "talk_0"]
    assert "rng" in f.reasons["lambda_0"]
    assert "time.time" in f.reasons["lambda_2"]
    capsys.readouterr()
    assert f(1.0) != f(1.0)
    assert capsys.readouterr().out == "called\n" * 2


def test_values_that_are_there_stay_and_are_named_as_fixed() -> None:
    G, calls = GraphBuilder(), []
    source = G.add(lambda: calls.append(1) or float(len(calls)), alias="source")()
    product = G.add(lambda x, s: x * s)(2.0, source)
    assert source.get() == 1.0
    f = G.compile(product)
    assert (f(2.0), f.fixed, calls) == (2.0, ("source_0",), [1])


def test_one_result_of_a_call_may_be_an_input_beside_another() -> None:
    G = GraphBuilder()
    quotient, rest = G.add(np.divmod, n_out=2)(7.5, 2.0)
    f = G.compile(G.add(np.add)(quotient, rest), inputs=[quotient, "data_0"])
    assert (f(3.0, 7.5), f(10.0, 9.5)) == (4.5, 11.5)


def test_many_calls_are_several_programs_all_of_which_are_watched() -> None:
    G, scale = GraphBuilder(), [1.0]
    node: Any = 1.0
    for _ in range(600):
        node = G.add(lambda x: x * scale[0])(node)
    f = G.compile(node)
    assert f.reasons == {}
    assert f(2.0) == 2.0
    scale[0] = 0.0
    assert f(2.0) == 0.0


def test_what_is_too_large_to_watch_stays_in_python() -> None:
    G, many = GraphBuilder(), list(range(5_000))
    f = G.compile(G.add(lambda x: x * many[1])(2.0))
    many[1] = 4
    assert f(2.0) == 8.0
    assert "too deep to watch" in f.reasons["lambda_0"]


def test_a_transform_through_a_python_call_names_it() -> None:
    G = GraphBuilder()
    node = G.add(lambda x: float(f"{x:.3f}"), alias="rounded")(1.0)
    f = G.compile(node)
    with pytest.raises(gl.NotSupported, match="rounded_0 stays a Python call"):
        gl.grad(f)(1.0)
    assert f(1.23456) == 1.235


def test_an_error_of_a_python_call_says_which_it_is() -> None:
    def checked(x: float) -> float:
        if x > 100:
            raise ValueError("too large")
        return 2 * x

    G = GraphBuilder("g")
    f = G.compile(G.add(checked)(1.0))
    with pytest.raises(ValueError, match="too large") as caught:
        f(200.0)
    assert "checked_0" in caught.value.__notes__[0]


def test_builtins_are_traced_and_arrays_of_other_classes_are_not() -> None:
    G = GraphBuilder()
    total = G.add(sum)([G.add(np.sin)(1.0), G.add(abs)(-2.0)])
    assert G.compile(total).reasons == {}
    H = GraphBuilder()
    square = H.add(lambda m: m * m)(H.add(lambda x: x.view(Product))(np.array([3.0])))
    f = H.compile(square)
    assert "is a Product" in f.reasons["lambda_1"]
    assert (type(f(np.array([3.0]))), float(f(np.array([3.0]))[0])) == (Product, 42.0)


class Product(np.ndarray):
    """An array whose product is not numpy's."""

    def __mul__(self, other: Any) -> Any:
        return np.full(self.shape, 42.0).view(Product)
