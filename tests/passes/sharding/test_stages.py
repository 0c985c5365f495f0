import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradloom.ir import ops as o
from gradloom.ir.interpret import interpret
from gradloom.ir.verify import verify
from gradloom.passes.sharding import KEPT, shard, stages
from gradloom.passes.sharding.placement import bounds, places
from gradloom.passes.sharding.simulate import simulate
from gradloom.passes.sharding.stages import schedule
from tests.fuzz.graphs import graphs
from tests.passes.graphs import arrays_for, assert_close, graph
from tests.passes.programs import random_program
from tests.passes.sharding.test_sharding import MESHES, mlp, random_spec


def run(sharded, arrays):
    """The results that the steps give, run one after the other."""
    plan = schedule(sharded)
    where = list(places(sharded.mesh))
    values = {}
    for names, array, spec in zip(plan.parameters, arrays, sharded.in_specs, strict=True):
        for name, place in zip(names, where, strict=True):
            values[name] = np.asarray(array)[bounds(np.shape(array), spec, sharded.mesh, place)]
    for step in plan.steps:
        verify(step.graph)
        made = interpret(step.graph, [values[n] for n in step.inputs])
        assert not set(step.outputs) & set(values)
        values.update(zip(step.outputs, made, strict=True))
    results = []
    for i, (names, spec) in enumerate(zip(plan.results, sharded.out_specs, strict=True)):
        shape = list(np.shape(values[names[0]]))
        for dim, axis in enumerate(spec):
            if axis is not None:
                along = {p[axis]: values[n].shape[dim] for n, p in zip(names, where, strict=True)}
                shape[dim] = sum(along.values())
        whole = np.empty(shape, sharded.graphs[0].results[i].type.dtype)
        for name, place in zip(names, where, strict=True):
            whole[bounds(shape, spec, sharded.mesh, place)] = values[name]
        results.append(whole)
    return results


def assert_as_simulated(sharded, arrays):
    for a, b in zip(simulate(sharded, arrays), run(sharded, arrays), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("mesh", MESHES, ids=str)
@pytest.mark.parametrize("seed", range(12))
def test_steps_give_the_bits_of_the_simulator(seed, mesh):
    rng = random.Random(seed)
    g = random_program(seed, length=15, size=rng.choice([4, 7, 6]))
    ins = [random_spec(rng, p.type.ndim, mesh, p.type.shape) for p in g.parameters]
    outs = [random_spec(rng, r.type.ndim, mesh, r.type.shape) for r in g.results]
    assert_as_simulated(shard(g, mesh, ins, outs), arrays_for(g, seed, special=False))


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(case=graphs(max_nodes=10), mesh=st.sampled_from(MESHES), seed=st.integers(0, 2**16))
def test_steps_of_graphs_of_all_ops_equal_the_whole_program(case, mesh, seed):
    g, arrays = case
    rng = random.Random(seed)
    ins, outs = (
        [random_spec(rng, x.type.ndim, mesh, x.type.shape) for x in values]
        for values in (g.parameters, g.results)
    )
    assert_close(interpret(g, arrays), run(shard(g, mesh, ins, outs), arrays))


def test_a_step_without_talk_is_one_program_per_worker():
    sharded = shard(mlp(), {"data": 4}, [("data", None), None, None, None], [KEPT])
    plan = schedule(sharded)
    assert [s.worker for s in plan.steps] == [0, 1, 2, 3]


def test_a_gradient_over_a_cut_batch_takes_two_steps():
    def step(w, x, ct):
        return o.add(w, o.matmul(o.permute_dims(x, perm=(1, 0)), ct))

    g = graph(step, "f64[4,3]", "f64[8,4]", "f64[8,3]")
    plan = schedule(shard(g, {"data": 2}, [None, ("data", None), ("data", None)]))
    assert [s.worker for s in plan.steps] == [0, 1, 0, 1]
    assert [n.op.name for n in plan.steps[2].graph] == ["add", "add"]


@pytest.mark.parametrize("kind", ["sum", "max"])
def test_a_large_value_is_summed_in_parts(monkeypatch, kind):
    monkeypatch.setattr(stages, "LARGE", 1)
    g = graph(lambda x: getattr(o, kind)(x, axes=(0,)), "f64[9,5]")
    sharded = shard(g, {"x": 3}, [("x", None)])
    levels = len(schedule(sharded).steps) // 3
    assert levels == (3 if kind == "sum" else 2)
    assert_as_simulated(sharded, arrays_for(g, 0, special=False))
