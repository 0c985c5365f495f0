import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradloom.ir import ops as o
from gradloom.ir.errors import ShapeError
from gradloom.ir.graph import literal
from gradloom.ir.interpret import interpret
from gradloom.ir.verify import verify
from gradloom.passes.sharding import KEPT, shard
from gradloom.passes.sharding.simulate import COLLECTIVES, simulate
from tests.fuzz.graphs import graphs
from tests.passes.graphs import arrays_for, assert_close, graph
from tests.passes.programs import random_program

MESHES = [{"x": 2}, {"x": 4}, {"x": 3}, {"x": 2, "y": 2}, {"data": 3, "model": 2}]


def collectives(sharded):
    return dict(
        Counter(
            n.op.name for n in sharded.graph if n.op in COLLECTIVES and n.op is not o.axis_index
        )
    )


def assert_equal_to_unsharded(g, sharded, seed=0):
    for local in set(sharded.graphs):
        verify(local)
    arrays = arrays_for(g, seed, special=False)
    for a, b in zip(interpret(g, arrays), simulate(sharded, arrays), strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def random_spec(rng, ndim, mesh, shape):
    axes = [a for a in mesh if rng.random() < 0.6]
    places = rng.sample(range(ndim), min(ndim, len(axes)))
    spec = [None] * ndim
    for place, axis in zip(places, axes, strict=False):
        if shape[place] >= mesh[axis]:
            spec[place] = axis
    return tuple(spec)


@pytest.mark.parametrize("mesh", MESHES, ids=str)
@pytest.mark.parametrize("seed", range(25))
def test_random_programs_with_random_specs_equal_the_unsharded_program(seed, mesh):
    rng = random.Random(seed)
    g = random_program(seed, length=15, size=rng.choice([4, 8, 6]))
    ins = [random_spec(rng, p.type.ndim, mesh, p.type.shape) for p in g.parameters]
    outs = [random_spec(rng, r.type.ndim, mesh, r.type.shape) for r in g.results]
    assert_equal_to_unsharded(g, shard(g, mesh, ins, outs), seed)


def mlp():
    def f(x, w1, b1, w2):
        hidden = o.tanh(o.add(o.matmul(x, w1), o.broadcast_to(b1, shape=(8, 16))))
        return o.matmul(hidden, w2)

    return graph(f, "f64[8,4]", "f64[4,16]", "f64[16]", "f64[16,4]")


def test_a_batch_cut_by_data_needs_no_collective():
    sharded = shard(mlp(), {"data": 4}, [("data", None), None, None, None], [("data", None)])
    assert collectives(sharded) == {}
    assert [str(p.type) for p in sharded.graph.parameters] == [
        "f64[2,4]",
        "f64[4,16]",
        "f64[16]",
        "f64[16,4]",
    ]
    assert_equal_to_unsharded(mlp(), sharded)


def test_two_layers_cut_by_columns_and_rows_need_one_all_reduce():
    """Megatron-LM (Shoeybi et al., 2019), section 3."""
    specs = [None, (None, "model"), ("model",), ("model", None)]
    sharded = shard(mlp(), {"model": 4}, specs)
    assert collectives(sharded) == {"all_reduce": 1}
    assert_equal_to_unsharded(mlp(), sharded)


def test_a_result_that_is_cut_takes_a_reduce_scatter_instead():
    specs = [None, (None, "model"), ("model",), ("model", None)]
    sharded = shard(mlp(), {"model": 4}, specs, [("model", None)])
    assert collectives(sharded) == {"reduce_scatter": 1}
    assert_equal_to_unsharded(mlp(), sharded)


def test_batch_and_model_axes_work_together():
    specs = [("data", None), (None, "model"), ("model",), ("model", None)]
    sharded = shard(mlp(), {"data": 2, "model": 4}, specs, [("data", None)])
    assert collectives(sharded) == {"all_reduce": 1}
    assert_equal_to_unsharded(mlp(), sharded)


def test_a_sum_over_a_cut_axis_is_combined_and_a_maximum_by_its_own_kind():
    g = graph(lambda x: (o.sum(x, axes=(0, 1)), o.max(x, axes=(0,))), "f64[8,4]")
    sharded = shard(g, {"x": 4}, [("x", None)])
    kinds = [n.attrs.reduce for n in sharded.graph if n.op is o.all_reduce]
    assert sorted(kinds) == ["max", "sum"]
    assert_equal_to_unsharded(g, sharded)


def test_an_axis_that_moves_goes_all_to_all():
    g = graph(lambda x: o.tanh(x), "f64[8,4]")
    sharded = shard(g, {"x": 4}, [("x", None)], [(None, "x")])
    assert collectives(sharded) == {"all_to_all": 1}
    assert_equal_to_unsharded(g, sharded)


def test_what_has_no_mapping_is_gathered():
    g = graph(lambda x: o.concatenate(x, x, axis=0), "f64[8,4]")
    sharded = shard(g, {"x": 4}, [("x", None)])
    assert collectives(sharded) == {"all_gather": 1}
    assert_equal_to_unsharded(g, sharded)


def test_an_axis_that_does_not_divide_is_cut_into_parts_that_differ_by_one():
    def f(x, w):
        return o.matmul(o.tanh(x), w), o.sum(x, axes=(0,))

    g = graph(f, "f64[7,6]", "f64[6,5]")
    sharded = shard(g, {"x": 3}, [("x", None), None], [("x", None), None])
    assert [str(p.parameters[0].type) for p in sharded.graphs] == [
        "f64[3,6]",
        "f64[2,6]",
        "f64[2,6]",
    ]
    assert collectives(sharded) == {"all_reduce": 1}
    assert_equal_to_unsharded(g, sharded)
    moved = shard(g, {"x": 3}, [("x", None), None], [(None, "x"), ("x",)])
    assert collectives(moved) == {"all_to_all": 1, "reduce_scatter": 1}
    assert_equal_to_unsharded(g, moved)


def test_axes_that_are_merged_and_split_stay_cut_where_parts_are_equal():
    def f(x, w):
        flat = o.matmul(o.reshape(x, shape=(32, 3)), w)
        return o.reshape(flat, shape=(8, 4, 5))

    g = graph(f, "f64[8,4,3]", "f64[3,5]")
    sharded = shard(g, {"x": 4}, [("x", None, None), None], [("x", None, None)])
    assert collectives(sharded) == {}
    assert_equal_to_unsharded(g, sharded)


def test_a_result_stays_as_it_is_made_where_that_is_asked():
    sharded = shard(mlp(), {"data": 4}, [("data", None), None, None, None], [KEPT])
    assert sharded.out_specs == (("data", None),)
    assert collectives(sharded) == {}


def test_what_no_operand_cuts_is_cut_as_the_result_is_wanted():
    g = graph(lambda x, y: o.matmul(o.permute_dims(x, perm=(1, 0)), y), "f64[8,4]", "f64[8,6]")
    sharded = shard(g, {"x": 2}, [None, None], [("x", None)])
    assert collectives(sharded) == {}
    assert [str(n.result.type) for n in sharded.graph if n.op is o.matmul] == ["f64[2,6]"]
    assert_equal_to_unsharded(g, sharded)


def test_literals_take_the_local_shape():
    g = graph(lambda x: o.multiply(x, literal(2.0, x.type)), "f64[8,4]")
    assert_equal_to_unsharded(g, shard(g, {"x": 4}, [("x", None)], [("x", None)]))


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ([("x", None)], r"axis 0 of f64\[3,8\] cannot be cut into 4 parts"),
        ([("z", None)], "no axis 'z'"),
        ([("x",)], "has 2 axes"),
        ([("x", "x")], "cuts two axes"),
        ([], "0 specs were given for 1 arguments"),
    ],
)
def test_a_spec_that_does_not_fit_is_refused(specs, message):
    with pytest.raises(ShapeError, match=message):
        shard(graph(lambda x: o.tanh(x), "f64[3,8]"), {"x": 4}, specs)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(case=graphs(max_nodes=10), mesh=st.sampled_from(MESHES), seed=st.integers(0, 2**16))
def test_graphs_of_all_ops_with_random_specs_equal_the_unsharded_program(case, mesh, seed):
    g, arrays = case
    rng = random.Random(seed)
    ins, outs = (
        [random_spec(rng, x.type.ndim, mesh, x.type.shape) for x in values]
        for values in (g.parameters, g.results)
    )
    sharded = shard(g, mesh, ins, outs)
    for local in set(sharded.graphs):
        verify(local)
    assert_close(interpret(g, arrays), simulate(sharded, arrays))
