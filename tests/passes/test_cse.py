import dataclasses

import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import Graph, Node, literal
from gradloom.passes.cse import cse
from tests.passes.graphs import assert_same_meaning, graph, ops_of


def test_the_first_of_equal_nodes_stands_for_all_transitively():
    g = graph(lambda x: o.add(o.tanh(o.sin(x)), o.tanh(o.sin(x))), "f64[3]")
    new = cse(g)
    assert ops_of(new) == ["sin", "tanh", "add"]
    assert_same_meaning(g, new)


def test_commutative_operands_are_matched_either_way_and_never_turned_round():
    g = graph(lambda x, y: o.subtract(o.multiply(y, x), o.multiply(x, y)), "f64[3]", "f64[3]")
    new = cse(g)
    assert ops_of(new) == ["multiply", "subtract"]
    assert new.nodes[0].operands == (g.parameters[1], g.parameters[0])


def test_operands_that_do_not_commute_bit_for_bit_are_kept_apart():
    product = graph(lambda x, y: (o.multiply(y, x), o.multiply(x, y)), "c128[3]", "c128[3]")
    assert cse(product) is product
    largest = graph(lambda x, y: (o.maximum(y, x), o.maximum(x, y)), "f64[3]", "f64[3]")
    assert cse(largest) is largest
    assert ops_of(
        cse(graph(lambda x, y: (o.maximum(y, x), o.maximum(x, y)), "i64[3]", "i64[3]"))
    ) == ["maximum"]
    difference = graph(lambda x, y: (o.subtract(y, x), o.subtract(x, y)), "f64[3]", "f64[3]")
    assert cse(difference) is difference


def test_zero_and_minus_zero_and_other_attributes_are_different():
    g = graph(lambda x: (o.add(x, literal(0.0, x.type)), o.add(x, literal(-0.0, x.type))), "f64[3]")
    assert cse(g) is g
    casts = graph(
        lambda x: (o.astype(x, dtype=np.dtype("f4")), o.astype(x, dtype=np.dtype("f8"))), "f16[3]"
    )
    assert cse(casts) is casts


def test_effects_are_never_merged():
    noisy = dataclasses.replace(o.tanh, name="noisy_tanh", effect="print")
    g = graph(lambda x: (noisy(x), noisy(x)), "f64[3]")
    assert cse(g) is g


def test_recomputed_copies_are_kept_apart_and_equal_copies_are_merged():
    g = graph(lambda x: o.sin(x), "f64[3]")
    (sin,) = g.nodes
    copies = [Node(sin.op, sin.operands, None, (sin.result.type,), copy=c) for c in (0, 1, 1)]
    g = Graph(g.parameters, tuple(copies), tuple(n.result for n in copies))
    assert [node.copy for node in cse(g)] == [0, 1]


def test_equal_regions_make_equal_nodes_and_regions_are_entered():
    def body():
        return graph(lambda x: o.add(o.sin(x), o.sin(x)), "f64[3]")

    def calls(x):
        return [o.call(x, regions=(body(),), name="piece")[0] for _ in range(2)]

    g = graph(calls, "f64[3]")
    new = cse(g)
    assert ops_of(new) == ["call"]
    assert ops_of(new.nodes[0].regions[0]) == ["sin", "add"]
    assert_same_meaning(g, new)
