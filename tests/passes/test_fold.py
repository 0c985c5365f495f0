import dataclasses

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.graph import Literal, literal
from gradloom.ir.types import parse_type
from gradloom.passes.fold import fold
from tests.passes.graphs import assert_same_meaning, graph, ops_of


def constant(values, dtype="f8"):
    return o.constant(value=Constant(np.asarray(values, dtype)))


def test_nodes_on_constants_become_one_constant_with_numpys_meaning():
    g = graph(lambda x: o.add(x, o.exp(o.sin(constant([1.0, 2.0])))), "f64[2]")
    new = fold(g)
    assert ops_of(new)[-2:] == ["constant", "add"]
    folded = new.nodes[-2].attrs.value.array
    assert np.array_equal(folded, np.exp(np.sin([1.0, 2.0])))
    assert_same_meaning(g, new)


def test_one_number_everywhere_becomes_a_literal_at_any_size():
    half = literal(0.5, parse_type("f64[]"))
    g = graph(lambda x: o.multiply(x, o.broadcast_to(half, shape=(300, 300))), "f64[300,300]")
    (node,) = fold(g)
    assert node.operands[1] == Literal(np.float64(0.5), parse_type("f64[300,300]"))
    assert_same_meaning(g, fold(g))


def test_minus_zero_is_not_the_same_number_as_zero():
    g = graph(lambda x: o.divide(x, o.negative(constant([0.0, -0.0]))), "f64[2]")
    assert ops_of(fold(g)) == ["constant", "constant", "divide"]
    assert_same_meaning(g, fold(g))


def test_named_sizes_keep_literals_foldable():
    one = literal(1.0, parse_type("f64[]"))
    g = graph(lambda x: o.multiply(x, o.broadcast_to(one, shape=x.type.shape)), "f64[n]")
    assert ops_of(fold(g)) == ["multiply"]


def test_large_results_effects_and_copies_are_left_for_run_time():
    index = np.dtype("int64")
    g = graph(lambda: o.negative(o.iota(dtype=index, shape=(100,), axis=0)))
    assert fold(g, max_elements=99) is g
    assert ops_of(fold(g, max_elements=100)) == ["iota", "constant"]
    noisy = dataclasses.replace(o.tanh, name="noisy_tanh", effect="print")
    g = graph(lambda: noisy(constant([1.0, 2.0])))
    assert fold(g) is g


def test_what_numpy_refuses_stays_to_fail_when_it_runs():
    def refuse(x):
        raise ValueError("not this one")

    picky = dataclasses.replace(o.tanh, name="picky_tanh", numpy=refuse)
    g = graph(lambda: picky(constant([1.0, 2.0])))
    assert fold(g) is g
