"""Bands, rest and insides come to the live bytes of the analysis, at every position."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.graph import Graph
from gradloom.passes.liveness import liveness
from gradloom.viz.memory_map.given import given as shown_of
from gradloom.viz.memory_map.scene import NOWHERE, MemoryScene, Panel, memory_scene
from gradloom.viz.memory_map.stack import stacked
from tests.fuzz.graphs import graphs
from tests.viz.memory_map.plans import BUDGET, gradient
from tests.viz.pictured import ALL

ENOUGH = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def bytes_shown(panel: Panel) -> list[int]:
    """What the picture shows at each position."""
    return [
        sum(b.nbytes for b in panel.bands if b.start <= at <= b.end)
        + panel.rest[at]
        + panel.inside[at]
        for at in range(len(panel.live))
    ]


@given(graphs(), st.integers(0, 20))
@ENOUGH
def test_what_is_shown_comes_to_the_live_bytes(case: tuple[Graph, Any], named: int) -> None:
    graph, _ = case
    scene = memory_scene(shown_of(graph), named=named)
    (panel,) = scene.panels
    assert bytes_shown(panel) == list(liveness(graph).live)
    assert len(panel.bands) <= named
    alive = [b for b in liveness(graph).buffers if b.start <= panel.peak_position <= b.end]
    assert sum(o.bytes_at_peak for o in scene.owners) == sum(b.nbytes for b in alive)


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_named_sizes_and_regions_are_counted(make: Callable[[], Graph]) -> None:
    graph = make()
    sizes = {"batch": 17}
    (panel,) = memory_scene(shown_of(graph), sizes=sizes).panels
    assert bytes_shown(panel) == list(liveness(graph, sizes).live)
    assert panel.peak == liveness(graph, sizes).peak


@given(graphs(), st.integers(1, 12))
@ENOUGH
def test_bands_stand_on_each_other_without_gaps(case: tuple[Graph, Any], most: int) -> None:
    graph, _ = case
    (panel,) = memory_scene(shown_of(graph)).panels
    stack = stacked(panel, most)
    assert len(stack.columns) == min(len(panel.live), most)
    if stack.columns:
        assert max(panel.live[p] for p in stack.columns) == panel.peak
    for column, position in enumerate(stack.columns):
        height = panel.rest[position]
        for band, runs in zip(panel.bands, stack.runs, strict=True):
            here = [r for r in runs if r.first <= column <= r.last]
            assert len(here) == (band.start <= position <= band.end)
            if here:
                assert here[0].bottom == height
                height += band.nbytes
        assert height + panel.inside[position] == panel.live[position]


@pytest.fixture(scope="module")
def planned() -> MemoryScene:
    return memory_scene(shown_of(gradient(), BUDGET))


def test_a_plan_is_shown_before_and_after(planned: MemoryScene) -> None:
    before, after = planned.panels
    assert planned.budget == 40 * 1024
    assert before.peak > planned.budget >= after.peak
    plan = gl.plan_memory(gradient(), BUDGET)
    assert (before.peak, after.peak) == (plan.peak_before, plan.peak)
    assert planned.extra_work == plan.extra_work
    assert len(planned.decisions) == len(plan.recompute)


def test_the_decisions_of_a_plan_are_marked(planned: MemoryScene) -> None:
    before, after = planned.panels
    dropped = [b for b in before.bands if b.fate == "dropped"]
    again = [b for b in after.bands if b.fate == "again"]
    assert {b.fate for b in before.bands} == {"kept", "dropped"}
    assert {b.fate for b in after.bands} == {"kept", "again"}
    assert {b.name for b in dropped} == {d.name for d in planned.decisions}
    assert len(again) == len(planned.decisions)


def test_owners_are_lines_with_their_code_and_derivatives_apart(planned: MemoryScene) -> None:
    places = {owner.place.partition(":")[0]: owner for owner in planned.owners}
    assert set(places) == {"plans.py"}
    assert any(o.place.endswith(", derivative") for o in planned.owners)
    assert any("np.sin(np.exp(np.sin(x)))" in o.code for o in planned.owners)
    by_bytes = [o.bytes_at_peak for o in planned.owners]
    assert by_bytes == sorted(by_bytes, reverse=True)


def test_without_source_lines_there_is_one_owner() -> None:
    graph = gl.parse(str(gradient()))
    assert [o.place for o in memory_scene(shown_of(graph)).owners] == [NOWHERE]


def test_what_is_returned_is_marked() -> None:
    (panel,) = memory_scene(shown_of(gradient())).panels
    returned = [b for b in panel.bands if b.returned]
    assert len(returned) == 1
    assert returned[0].end == len(panel.live) - 1


def test_a_graph_without_nodes_has_an_empty_panel() -> None:
    graph = gl.trace(lambda x: x, np.ones(3))
    (panel,) = memory_scene(shown_of(graph)).panels
    assert (panel.bands, panel.live, panel.peak, panel.peak_place) == ((), (), 0, "")
