"""The passes on what they are for: the value and gradient of a deep network in plain numpy."""

from collections import Counter

import numpy as np
import pytest

import gradloom as gl
from gradloom.passes.liveness import liveness
from gradloom.passes.pipeline import run
from gradloom.passes.remat import remat
from gradloom.passes.sharding import shard
from gradloom.passes.sharding.simulate import simulate
from tests.passes.graphs import assert_close, same_bits
from tests.passes.measure import run_and_measure

LAYERS = 12


def loss(weights, x, y):
    h = x
    for w in weights:
        h = np.tanh(h @ w)
    e = h - y
    return np.mean(e * e)


@pytest.fixture(scope="module")
def step():
    """The optimised graph and its arrays."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(16, 16)) for _ in range(LAYERS)]
    x, y = rng.normal(size=(2, 64, 16))
    graph, _ = run(gl.trace(gl.value_and_grad(loss), weights, x, y))
    return graph, [*weights, x, y]


@pytest.mark.parametrize("fraction", [0.8, 0.65])
def test_it_runs_within_a_budget_with_the_same_bits(step, fraction):
    graph, arrays = step
    expected, before = run_and_measure(graph, arrays)
    assert max(before) == liveness(graph).peak
    budget = int(max(before) * fraction)
    results, measured = run_and_measure(remat(graph, budget=budget), arrays)
    assert max(measured) <= budget
    assert all(map(same_bits, results, expected))


def test_a_cut_batch_needs_one_all_reduce_per_weight_and_one_for_the_loss(step):
    graph, arrays = step
    specs = [*[None] * LAYERS, ("data", None), ("data", None)]
    sharded = shard(graph, {"data": 4}, specs)
    effects = Counter(n.op.name for n in sharded.graph if n.op.effect == "collective")
    assert effects == {"all_reduce": LAYERS + 1}
    assert_close(run_and_measure(graph, arrays)[0], simulate(sharded, arrays))
