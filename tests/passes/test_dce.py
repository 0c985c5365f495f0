import dataclasses

from gradloom.ir import ops as o
from gradloom.passes.dce import dce
from tests.passes.graphs import assert_same_meaning, graph, ops_of


def test_nodes_that_no_result_needs_are_dropped_and_parameters_stay():
    g = graph(lambda x, y: (o.sin(o.cos(y)), o.tanh(x))[1], "f64[3]", "f64[3]")
    new = dce(g)
    assert ops_of(new) == ["tanh"]
    assert new.parameters == g.parameters
    assert_same_meaning(g, new)


def test_a_graph_without_dead_nodes_is_given_back():
    g = graph(lambda x: o.tanh(x), "f64[3]")
    assert dce(g) is g


def test_a_node_with_an_effect_stays_with_all_it_needs():
    noisy = dataclasses.replace(o.tanh, name="noisy_tanh", effect="print")
    g = graph(lambda x: (noisy(o.sin(x)), o.cos(x))[1], "f64[3]")
    assert ops_of(dce(g)) == ["sin", "noisy_tanh", "cos"]


def test_dead_nodes_inside_regions_are_dropped_and_effects_there_keep_the_node():
    body = graph(lambda x: (o.sin(x), o.tanh(x))[1], "f64[3]")
    g = graph(lambda x: o.call(x, regions=(body,), name="piece")[0], "f64[3]")
    new = dce(g)
    assert ops_of(new.nodes[0].regions[0]) == ["tanh"]
    assert_same_meaning(g, new)
    noisy = dataclasses.replace(o.tanh, name="noisy_tanh", effect="print")
    loud = graph(lambda x: noisy(x), "f64[3]")
    g = graph(lambda x: (o.call(x, regions=(loud,), name="piece"), x)[1], "f64[3]")
    assert ops_of(dce(g)) == ["call"]


def test_a_chain_of_100_000_nodes_is_no_deep_recursion():
    def chain(x):
        for _ in range(100_000):
            x = o.negative(x)
        return x

    g = graph(chain, "f64[]")
    assert dce(g) is g
