"""What a node tells without being run."""

import numpy as np

import gradloom as gl
from gradloom.viz.explorer.facts import facts, literals, named
from tests.viz.explorer.explored import W, X, history, looped, loss


def test_a_matrix_product_tells_its_cost_types_and_line() -> None:
    node = gl.trace(loss, W, X).nodes[0]
    told = facts(node)
    assert (told.op, told.kind, told.types, told.dtype) == ("matmul", "op", ("f64[5,2]",), "f64")
    assert (told.flops, told.bytes, told.moved) == (2 * 5 * 3 * 2, 80, 80 + X.nbytes + W.nbytes)
    assert told.where is not None
    assert told.where.file.endswith("explored.py")
    assert told.where.function == "layer"


def test_a_derivative_says_whose() -> None:
    told = [facts(node) for node in history()]
    backward = [t for t in told if t.note.startswith("transpose of tanh")]
    assert backward
    assert {(t.kind, t.of) for t in backward} == {("derivative", "tanh")}
    forward = [t for t in told if t.op == "tanh"]
    assert {t.of for t in forward} == {"tanh"}
    assert {t.where for t in forward} & {t.where for t in backward}


def test_attributes_and_literals_are_told() -> None:
    graph = gl.trace(lambda x: np.sum(x * 2.5, axis=0), X)
    assert list(literals(graph.nodes[0])) == ["2.5"]
    assert facts(graph.nodes[1]).attrs == "axes=(0,)"


def test_named_sizes_count_as_they_are_said_to() -> None:
    graph = gl.trace(np.tanh, gl.spec("f64[n]"))
    assert facts(graph.nodes[0], {"n": 10}).bytes == 80
    assert facts(graph.nodes[0]).bytes == 64 * 8


def test_nodes_in_regions_have_ids_too() -> None:
    ids = dict(named(looped()))
    assert ids["n0"].op.name == "scan"
    assert ids["n0"].regions[0].nodes[0] is ids["n0.0.0"]
    assert facts(ids["n0"]).kind == "region"


def test_a_constant_as_long_as_a_book_is_shortened() -> None:
    graph = gl.trace(lambda x: x + np.arange(15.0) * np.pi, np.ones(15))
    assert all(len(facts(node).attrs) < 1000 for node in graph)
