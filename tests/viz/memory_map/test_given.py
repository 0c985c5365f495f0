"""A picture of memory is of a graph, of a plan, or of what was compiled; nothing else."""

import numpy as np
import pytest

import gradloom as gl
from gradloom.passes.liveness import liveness
from gradloom.viz.memory_map.given import given
from tests.viz.memory_map.plans import BUDGET, deep, gradient
from tests.viz.pictured import small


def test_a_graph_without_a_budget_is_shown_as_it_is() -> None:
    graph = gradient()
    shown = given(graph)
    assert (shown.graph, shown.before, shown.budget, shown.plan) == (graph, None, None, None)


def test_a_graph_that_keeps_to_its_budget_needs_no_plan() -> None:
    shown = given(gradient(), "1GiB")
    assert shown.before is None
    assert shown.budget == 1 << 30


def test_a_plan_is_followed() -> None:
    plan = gl.plan_memory(gradient(), BUDGET)
    shown = given(plan)
    assert shown.before is plan.graph
    assert liveness(shown.graph).peak == plan.peak
    assert len(shown.dropped) == len({v for v, _ in plan.recompute})


def test_a_compiled_function_is_shown_around_its_remat() -> None:
    f = gl.compile(gl.grad(deep), memory_budget=BUDGET)
    x = np.ones(1000, np.float32)
    f(x)
    shown = given(f)
    assert shown.graph is f.history[-1][1]
    assert shown.before is not None
    assert shown.budget == 40 * 1024
    assert liveness(shown.graph).peak <= shown.budget < liveness(shown.before).peak


def test_a_compiled_function_without_a_budget_is_its_last_graph() -> None:
    f = gl.compile(gl.grad(deep))
    f(np.ones(1000, np.float32))
    assert given(f).graph is f.history[-1][1]
    assert given(f).before is None


def test_a_function_that_was_never_called_has_no_program() -> None:
    with pytest.raises(gl.ArgumentError, match="never called") as raised:
        given(gl.compile(deep))
    assert "call it once" in raised.value.hint


@pytest.mark.parametrize("wrong", [3, "loss.gir", deep, None])
def test_other_things_are_refused(wrong: object) -> None:
    with pytest.raises(gl.ArgumentError, match="picture of the memory of"):
        given(wrong)


def test_named_sizes_have_no_budget() -> None:
    with pytest.raises(gl.NotSupported, match="batch"):
        given(small(), "1KiB")


def test_a_budget_that_nothing_keeps_to_is_told() -> None:
    with pytest.raises(gl.BudgetError, match="lowest peak found"):
        given(gradient(), 10)


def test_a_budget_that_is_no_number_is_told() -> None:
    with pytest.raises(gl.PipelineError, match="lots"):
        given(gradient(), "lots")
