"""What runs tell of nodes: times, numbers, bad numbers, the distance of backends from numpy."""

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.explorer.facts import named
from gradloom.viz.explorer.runs import errors, measured
from tests.viz.explorer.explored import W, X, bad, history, looped, loss


def test_every_node_that_runs_is_seen_with_its_value_and_time() -> None:
    graph = history()
    seen = measured(graph, (W, X))
    assert set(seen) == {id for id, _ in named(graph)}
    assert all(s.seconds > 0 and s.calls == 1 for s in seen.values())
    product = X @ W
    assert seen["n0"].least == product.min()
    assert seen["n0"].most == product.max()
    assert seen["n0"].norm == pytest.approx(np.linalg.norm(product))
    assert not any(s.bad for s in seen.values())


def test_a_loop_counts_its_turns_and_the_time_inside() -> None:
    seen = measured(looped(), (np.float64(1.0), np.arange(4.0)))
    assert seen["n0.0.0"].calls == 4
    assert seen["n0"].calls == 1
    assert seen["n0"].seconds >= seen["n0.0.0"].seconds


def test_the_first_bad_number_is_told_from_those_that_it_made() -> None:
    graph = gl.trace(bad, X)
    seen = measured(graph, (np.array([1.0, 0.0, -1.0] * 5).reshape(5, 3),))
    ops = {node.op.name: seen[id] for id, node in named(graph)}
    assert (ops["multiply"].bad, ops["multiply"].origin) == ("", False)
    assert (ops["log"].bad, ops["log"].origin) == ("NaN", True)
    assert (ops["subtract"].bad, ops["subtract"].origin) == ("NaN", False)
    assert ops["log"].least == ops["log"].most == np.log(2.0)


def test_graphs_with_named_sizes_run_on_any() -> None:
    graph = gl.trace(loss, gl.spec("f64[3,2]"), gl.spec("f64[batch,3]"))
    assert measured(graph, (W, X))["n0"].least == (X @ W).min()


def test_numpy_is_at_no_distance_from_itself() -> None:
    found = errors(history(), (W, X), "numpy")
    assert set(found) == {f"n{i}" for i in range(len(history().nodes))}
    assert max(found.values()) < 1e-12


@pytest.mark.framework
def test_torch_is_near_numpy_and_not_at_no_distance() -> None:
    found = errors(history(), (W, X), "torch")
    assert max(found.values()) < 1e-12
