"""Findings name the place, the trouble and when it began; sound flows have none."""

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.flow.findings import findings
from gradloom.viz.flow.troubles import TROUBLES, Thresholds, jumps, states
from tests.viz.flow.programs import batch, deep, layers, made, rectified

SOUND = [1.0, 1.0, 0.5, 0.7, 1.0, 1.0]


def told(flow: gl.viz.GradientFlow) -> list[tuple[str, str]]:
    return [(f.trouble, f.place.name) for f in flow.findings]


def test_a_sound_flow_has_no_findings() -> None:
    assert made([SOUND] * 4).findings == ()


def test_the_head_is_where_the_last_parameter_enters() -> None:
    flow = made([SOUND])
    assert flow.places[flow.head.value].name == "head"
    assert [flow.places[i].name for i in flow.head.parameters] == ["v"]


def test_what_is_small_beside_the_head_vanishes() -> None:
    row = [1e-5, 1.0, 1e-6, 0.7, 1.0, 1.0]
    flow = made([row] * 4)
    assert told(flow) == [("vanishing", "matmul"), ("vanishing", "w")]
    found = flow.findings[0]
    assert (found.first, found.count) == (0, 4)
    assert found.worst == pytest.approx(1e-6)
    assert str(found) == (
        "vanishing: matmul: down to 1.0e-06 of the gradient at head, in 4 of 4 measured steps, "
        "first in step 0\n  model.py:2:  line 2"
    )


def test_what_vanishes_in_few_steps_alone_is_no_finding() -> None:
    small = [1.0, 1.0, 1e-6, 0.7, 1.0, 1.0]
    assert made([small, SOUND, SOUND, SOUND]).findings == ()


def test_gradients_that_shrink_together_do_not_vanish() -> None:
    assert made([np.array(SOUND) * 10.0**-k for k in range(12)]).findings == ()


def test_what_is_great_beside_the_head_explodes_even_once() -> None:
    great = [1.0, 1.0, 1e5, 0.7, 1.0, 1.0]
    flow = made([SOUND, great, SOUND, SOUND])
    assert told(flow) == [("exploding", "matmul")]
    assert flow.findings[0].first == 1


def test_a_jump_over_its_own_past_explodes_once_that_is_settled() -> None:
    jump = [*SOUND[:2], 20.0, *SOUND[3:]]
    assert made([SOUND, jump]).findings == ()
    flow = made([*[SOUND] * 6, jump])
    assert told(flow) == [("exploding", "matmul")]
    assert "40 times its own median before" in flow.findings[0].text


def test_units_without_a_gradient_are_dead_and_so_is_a_parameter_of_zeros() -> None:
    dead = [0, 0, 0, 0.75, 0, 0]
    flow = made([SOUND] * 2, dead=dead)
    assert told(flow) == [("dead", "tanh")]
    assert "75 %" in flow.findings[0].text
    nothing = made([[0.0, *SOUND[1:]]] * 2, zeros=[1.0, 0, 0, 0, 0, 0])
    assert told(nothing) == [("dead", "w")]


def test_numbers_that_are_none_come_first() -> None:
    flow = made([SOUND] * 3, nans=[0, 0, 0, 2, 0, 0], dead=[0, 0, 0.9, 0, 0, 0])
    assert told(flow) == [("non-finite", "tanh"), ("dead", "matmul")]
    assert "up to 2 NaN numbers" in flow.findings[0].text


def test_states_stand_for_every_step_by_itself() -> None:
    small = [1.0, 1.0, 1e-6, 0.7, 1.0, 1.0]
    flow = made([small, SOUND, SOUND])
    found = states(flow, flow.limits)
    assert found.shape == flow.norms.shape
    assert [TROUBLES[s] if s >= 0 else "" for s in found[:, 2]] == ["vanishing", "", ""]


def test_other_thresholds_find_other_things() -> None:
    flow = made([[1.0, 1.0, 0.05, 0.7, 1.0, 1.0]] * 2)
    strict = Thresholds(vanishing=0.1)
    assert [f.place.name for f in findings(flow, strict)] == ["matmul"]


def test_jumps_compare_with_the_median_of_what_was_before() -> None:
    got = jumps(np.array([1.0, 2.0, 9.0, np.nan, 4.0]))
    np.testing.assert_array_equal(got[[0, 1, 2, 4]], [1, 2, 6, 2])
    assert np.isnan(got[3])


def test_a_real_deep_net_vanishes_from_the_front() -> None:
    x, y = batch(16)
    flow = gl.viz.gradient_flow(deep, layers(12), [(x, y)], steps=4)
    names = [f.place.name for f in flow.findings if f.trouble == "vanishing"]
    assert "hidden[0][0]" in names
    assert "out" not in names
    assert all(f.place.source.startswith("h =") for f in flow.findings if f.place.where)


def test_a_layer_of_dead_units_is_found_at_its_line() -> None:
    params = layers(3)
    params["hidden"][1][1][:] = -100.0
    flow = gl.viz.gradient_flow(rectified, params, [batch()], steps=3, update=0.0)
    dead = [f for f in flow.findings if f.trouble == "dead"]
    assert {"hidden[1][0]", "hidden[1][1]"} <= {f.place.name for f in dead}
    assert any(f.place.source == "h = np.maximum(h @ w + b, 0)" for f in dead)


def test_weights_that_are_too_great_explode() -> None:
    flow = gl.viz.gradient_flow(rectified, layers(8, 20.0), [batch()], steps=2, update=0.0)
    assert "exploding" in {f.trouble for f in flow.findings}


def test_a_run_that_leaves_the_numbers_says_so() -> None:
    flow = gl.viz.gradient_flow(
        lambda w, x: np.sum((x @ w) ** 2), np.ones(2), [np.eye(2)], steps=40, update=1e10
    )
    assert flow.findings[0].trouble == "non-finite"
    assert flow.findings[0].first > 0
