import pytest

from gradloom.ir import ops as o
from gradloom.passes.liveness import liveness
from tests.passes.graphs import arrays_for, graph
from tests.passes.measure import run_and_measure
from tests.passes.programs import random_program


def test_a_value_is_alive_from_its_node_to_its_last_use_and_a_result_to_the_end():
    g = graph(lambda x: (o.add(b := o.sin(o.cos(x)), o.tanh(b)), b), "f64[4]")
    plan = liveness(g)
    assert [(b.start, b.end) for b in plan.buffers] == [(0, 1), (1, 4), (2, 3), (3, 4)]
    assert plan.live == (32, 64, 64, 96)
    assert (plan.peak, plan.peak_position, plan.peak_node) == (96, 3, g.nodes[3])


def test_parameters_and_constants_are_not_counted():
    assert liveness(graph(lambda x: x, "f64[4]")).peak == 0
    assert liveness(graph(lambda x: o.permute_dims(x, perm=(1, 0)), "f64[4,4]")).peak == 0


def test_a_view_keeps_the_buffer_behind_it_alive_and_counts_once():
    g = graph(lambda x: o.tanh(o.reshape(o.flip(o.sin(x), axes=(0,)), shape=(2, 2))), "f64[4]")
    plan = liveness(g)
    assert [(b.root.node.op.name, b.start, b.end) for b in plan.buffers] == [
        ("sin", 0, 3), ("reshape", 2, 3), ("tanh", 3, 4)
    ]  # fmt: skip
    direct = graph(lambda x: o.tanh(o.reshape(o.sin(x), shape=(2, 2))), "f64[4]")
    assert [b.root.node.op.name for b in liveness(direct).buffers] == ["sin", "tanh"]


def test_the_real_part_is_a_view_that_keeps_the_complex_array():
    g = graph(lambda x: o.tanh(o.real(o.conj(x))), "c128[4]")
    assert liveness(g).live == (64, 64, 96) == tuple(run_and_measure(g, arrays_for(g))[1])


def test_a_region_adds_its_own_peak():
    body = graph(lambda x: o.tanh(o.sin(o.cos(x))), "f64[4]")
    g = graph(lambda x: o.call(x, regions=(body,), name="piece")[0], "f64[4]")
    assert liveness(g).peak == 32 + 64


def test_named_sizes_count_as_given():
    g = graph(lambda x: o.tanh(x), "f64[n]")
    assert (liveness(g, {"n": 10}).peak, liveness(g).peak) == (80, 512)


@pytest.mark.parametrize("seed", range(40))
def test_the_planned_bytes_are_the_bytes_that_a_run_on_numpy_holds(seed):
    g = random_program(seed, flatten=False)
    measured = run_and_measure(g, arrays_for(g, seed, special=False))[1]
    assert list(liveness(g).live) == measured


@pytest.mark.parametrize("seed", range(40))
def test_where_numpy_may_copy_or_look_the_plan_is_an_upper_bound(seed):
    g = random_program(seed)
    measured = run_and_measure(g, arrays_for(g, seed, special=False))[1]
    assert all(p >= m for p, m in zip(liveness(g).live, measured, strict=True))
