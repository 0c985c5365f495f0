import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradloom.ir import ops as o
from gradloom.ir.graph import Value
from gradloom.ir.interpret import interpret
from gradloom.ir.verify import verify
from gradloom.passes.sharding.groups import ANYWHERE, Layout, fitting, part_of, plan
from tests.fuzz.graphs import graphs
from tests.passes.graphs import arrays_for, assert_close, graph
from tests.passes.programs import random_program

GROUPS = [ANYWHERE, (0,), (1,), (0, 1), (2, 3), (1, 2, 3), (0, 1, 2, 3)]


def run(g, made, arrays):
    """The results of a plan's steps, one after the other."""
    values = {}
    for p, lies, array in zip(g.parameters, made.parameters, arrays, strict=True):
        for i, name in enumerate(lies.names):
            values[name] = np.asarray(array)[part_of(p.type.shape, lies.layout, i)]
    for step in made.steps:
        verify(step.graph)
        results = interpret(step.graph, [values[n] for n in step.inputs])
        assert not set(step.outputs) & set(values)
        values.update(zip(step.outputs, results, strict=True))
    found = []
    for r, (layout, names) in zip(g.results, made.results, strict=True):
        assert len(names) == max(1, len(layout.workers))
        whole = np.empty(r.type.shape, r.type.dtype)
        for i, name in enumerate(names):
            part = part_of(r.type.shape, layout, i)
            assert np.shape(values[name]) == whole[part].shape
            whole[part] = values[name]
        found.append(whole)
    return found


def random_layout(rng, type):
    axis = rng.choice([None, *range(type.ndim)])
    return fitting(Layout(rng.choice(GROUPS), axis), type)


def random_plan(g, seed):
    rng = random.Random(seed)
    layouts = [random_layout(rng, p.type) for p in g.parameters]
    asked = {node: rng.choice(GROUPS) for node in g.nodes if rng.random() < 0.3}
    wanted = {r: random_layout(rng, r.type) for r in g.results if rng.random() < 0.5}
    return plan(g, layouts, asked, wanted), wanted


@pytest.mark.parametrize("seed", range(40))
def test_random_programs_over_random_groups_equal_the_whole_program(seed):
    g = random_program(seed, length=15, size=random.Random(seed).choice([4, 5, 6]))
    arrays = arrays_for(g, seed, special=False)
    made, wanted = random_plan(g, seed)
    for a, b in zip(interpret(g, arrays), run(g, made, arrays), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    for r, lies in zip(g.results, made.results, strict=True):
        assert r not in wanted or lies.layout == wanted[r]


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(case=graphs(max_nodes=10), seed=st.integers(0, 2**16))
def test_graphs_of_all_ops_over_random_groups_equal_the_whole_program(case, seed):
    g, arrays = case
    made, _ = random_plan(g, seed)
    assert_close(interpret(g, arrays), run(g, made, arrays))


def two_layers():
    def f(x, v, w):
        return o.matmul(o.tanh(o.matmul(x, v)), w)

    return graph(f, "f64[8,4]", "f64[4,6]", "f64[6,2]")


def test_two_stages_hand_one_value_over():
    g = two_layers()
    first, second = (Layout((0,)), Layout((1,)))
    asked = {g.nodes[0]: (0,), g.nodes[1]: (0,), g.nodes[2]: (1,)}
    made = plan(g, [first, first, second], asked, {})
    assert [(s.worker, [n.op.name for n in s.graph]) for s in made.steps] == [
        (0, ["matmul", "tanh"]),
        (1, ["matmul"]),
    ]
    assert made.results[0].layout == second


def test_ops_follow_their_operands_onto_the_group_that_has_parts_of_them():
    g = two_layers()
    made = plan(g, [Layout((0, 1), 0), Layout(), Layout()], {}, {})
    assert [s.worker for s in made.steps] == [0, 1]
    assert made.results[0].layout == Layout((0, 1), 0)


def test_groups_of_one_size_hand_parts_over_and_others_join_them():
    g = graph(lambda x: o.tanh(x), "f64[9,4]")
    (node,) = g.nodes
    same = plan(g, [Layout((0, 1), 0)], {node: (2, 3)}, {})
    assert [s.worker for s in same.steps] == [2, 3]
    assert same.results[0].layout == Layout((2, 3), 0)
    other = plan(g, [Layout((0, 1), 0)], {node: (2,)}, {})
    assert [[n.op.name for n in s.graph] for s in other.steps] == [["concatenate"], ["tanh"]]


def test_a_layout_that_a_value_is_too_small_for_is_whole():
    type = Value(graph(lambda x: x, "f64[3,2]").parameters[0].type).type
    assert fitting(Layout((0, 1, 2), -2), type) == Layout((0, 1, 2), 0)
    assert fitting(Layout((0, 1, 2), 1), type) == Layout((0, 1, 2))
    assert fitting(Layout((0, 1, 2), 5), type) == Layout((0, 1, 2))
