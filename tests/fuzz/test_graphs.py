"""The strategy itself: it reaches every op, its graphs keep the rules, and its results are
moderate.
"""

import collections

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from gradloom.ir import ops as o
from gradloom.ir.graph import walk
from gradloom.ir.interpret import interpret
from gradloom.ir.verify import verify
from tests.fuzz.graphs import LEFT_OUT, graphs, makeable, maker

SLOW = settings(max_examples=40, suppress_health_check=list(HealthCheck))


def test_every_op_can_be_made_or_is_left_out_with_a_reason():
    nobody = [n for n, op in o.builtin_ops().items() if n not in LEFT_OUT and maker(op) is None]
    assert not nobody, f"give these a maker in tests/fuzz/graphs.py: {nobody}"


@pytest.mark.parametrize("name", [op.name for op in makeable()])
def test_a_graph_of_one_op_is_found(name):
    made = collections.Counter()

    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(graphs(max_nodes=4, only=[name]))
    def collect(case):
        made.update(node.op.name for node in walk(case[0]))

    collect()
    assert made[name]


@SLOW
@given(graphs())
def test_results_are_finite_and_moderate(case):
    graph, arrays = case
    verify(graph)
    for result, due in zip(interpret(graph, arrays), graph.results, strict=True):
        array = np.asarray(result)
        assert (array.dtype, array.shape) == (due.type.dtype, due.type.shape)
        assert np.all(abs(array.astype(complex)) <= 1000)


@SLOW
@given(graphs(symbolic=True))
def test_symbolic_graphs_run_on_their_arrays(case):
    graph, arrays = case
    verify(graph)
    results = interpret(graph, arrays)
    assert all(np.all(np.isfinite(np.asarray(r).astype(complex))) for r in results)
