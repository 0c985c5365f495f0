"""Random programs of all ops in the gradient debugger: no number is lost, none is made up."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.run import execute
from gradloom.ir.graph import Graph
from gradloom.viz.gradients.chosen import Choice
from gradloom.viz.gradients.live import Live
from gradloom.viz.gradients.segments import GraphStage
from gradloom.viz.gradients.source import Snapshot
from tests.fuzz.graphs import graphs

NEAR: dict[str, float] = {"rtol": 1e-5, "atol": 1e-6}


def total(graph: Graph, *args: Any) -> Any:
    """The sum of all float results."""
    made = graph(*args)
    results = made if isinstance(made, tuple) else (made,)
    return sum((np.sum(np.real(r) * 1.0) for r in results if r.dtype.kind in "fc"), 0.0)


def check(graph: Graph, arrays: Sequence[np.ndarray], which: int, layers: Choice) -> None:
    floats = [i for i, a in enumerate(arrays) if a.dtype.kind == "f" and a.size]
    assume(floats)
    at = floats[which % len(floats)]

    def f(*args: Any) -> Any:
        return total(graph, *args)

    live = Live(f, arrays, layers=layers, argnum=at)
    try:
        snapshot = live.read()
    except gl.GradloomError as error:
        if "does not depend" not in str(error) and "the loss is" not in str(error):
            raise
        assume(False)
    gradient = snapshot.layers[0].gradient
    assert gradient is not None
    np.testing.assert_allclose(gradient, gl.grad(f, at)(*arrays), **NEAR)
    check_flows_add_up(snapshot)
    for stage in live.run(arrays[at]).stages:
        assert isinstance(stage, GraphStage)
        check_stage(stage, snapshot)


def check_flows_add_up(snapshot: Snapshot) -> None:
    for layer in snapshot.layers[:-1]:
        assert layer.gradient is not None
        left = np.zeros(layer.size)
        for flow in snapshot.flows:
            if flow.source == layer.name:
                left += np.bincount(flow.sources, flow.values, layer.size)
        np.testing.assert_allclose(left, layer.gradient.ravel(), **NEAR)


def check_stage(stage: GraphStage, snapshot: Snapshot) -> None:
    """It makes the layer, and its derivatives are the same both ways."""
    target = snapshot.layer(stage.target)
    np.testing.assert_allclose(
        execute(stage.segment.graph, stage.given)[0], target.activation, **NEAR
    )
    assert target.activation is not None
    back = stage.pull(units(target.activation))
    for at, name in enumerate(stage.sources):
        source = snapshot.layer(name)
        assert source.activation is not None
        ahead = stage.push(at, units(source.activation)).reshape(source.size, target.size)
        np.testing.assert_allclose(ahead, back[at].reshape(target.size, -1).T, **NEAR)


def units(like: np.ndarray) -> np.ndarray:
    return np.eye(like.size, dtype=like.dtype).reshape(like.size, *like.shape)


CASES: dict[str, Any] = {
    "case": graphs(max_nodes=8),
    "which": st.integers(0, 5),
    "layers": st.sampled_from(["auto", "lines", "values"]),
}
SLOW_TO_DRAW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW_TO_DRAW)
@given(**CASES)
def test_flows_of_random_programs_are_exact(
    case: tuple[Graph, tuple[np.ndarray, ...]], which: int, layers: Choice
) -> None:
    check(*case, which, layers)


@pytest.mark.slow
@settings(max_examples=500, deadline=None, suppress_health_check=SLOW_TO_DRAW)
@given(**CASES)
def test_flows_of_many_random_programs_are_exact(
    case: tuple[Graph, tuple[np.ndarray, ...]], which: int, layers: Choice
) -> None:
    check(*case, which, layers)
