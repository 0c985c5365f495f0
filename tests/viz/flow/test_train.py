"""A run is measured while it trains, and trains as it would without."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.viz.flow.programs import batch, deep, layers


def by_hand(params: Any, x: Any, y: Any, steps: int, rate: float) -> tuple[Any, list[float]]:
    import optree

    losses = []
    for _ in range(steps):
        value, slope = gl.value_and_grad(deep)(params, x, y)
        losses.append(float(value))
        params = optree.tree_map(lambda p, g: p - rate * g, params, slope)
    return params, losses


def test_the_run_is_that_of_gradient_descent() -> None:
    x, y = batch()
    flow = gl.viz.gradient_flow(deep, layers(2), [(x, y)], steps=5, update=0.5)
    params, losses = by_hand(layers(2), x, y, 5, 0.5)
    np.testing.assert_allclose(flow.losses, losses, rtol=1e-12)
    np.testing.assert_allclose(flow.params["hidden"][0][0], params["hidden"][0][0], rtol=1e-12)
    assert flow.steps.tolist() == [0, 1, 2, 3, 4]
    assert flow.norms.shape == (5, len(flow.names))
    assert flow.backend == "numpy"


def test_an_update_of_ones_own_is_called_with_parameters_and_gradients() -> None:
    seen = []

    def update(params: Any, gradients: Any) -> Any:
        seen.append(gradients["out"].shape)
        return params

    flow = gl.viz.gradient_flow(deep, layers(1), [batch()], steps=3, update=update)
    assert seen == [(4, 1)] * 3
    assert len(set(flow.losses.tolist())) == 1


def test_results_arrive_while_the_run_goes_on() -> None:
    heard: list[int] = []
    gl.viz.gradient_flow(
        deep, layers(1), [batch()], steps=4, told=lambda flow: heard.append(len(flow.steps))
    )
    assert heard == [1, 2, 3, 4]


def test_every_other_step_may_be_measured() -> None:
    flow = gl.viz.gradient_flow(deep, layers(1), [batch()], steps=7, every=3)
    whole = gl.viz.gradient_flow(deep, layers(1), [batch()], steps=7)
    assert flow.steps.tolist() == [0, 3, 6]
    np.testing.assert_allclose(flow.norms, whole.norms[::3], rtol=1e-9)


def test_a_list_of_batches_begins_anew_and_an_iterator_ends() -> None:
    two = [batch(6), batch(6)]
    assert len(gl.viz.gradient_flow(deep, layers(1), two, steps=5).steps) == 5
    assert len(gl.viz.gradient_flow(deep, layers(1), two).steps) == 2
    assert len(gl.viz.gradient_flow(deep, layers(1), iter(two), steps=5).steps) == 2


def test_batches_of_other_lengths_are_measured_too() -> None:
    flow = gl.viz.gradient_flow(deep, layers(1), [batch(6), batch(3)], steps=4)
    assert flow.norms.shape[0] == 4


def test_a_single_array_is_a_batch_and_parameters_may_be_one() -> None:
    flow = gl.viz.gradient_flow(lambda w, x: np.sum((x @ w) ** 2), np.ones(2), [np.eye(2)], steps=2)
    assert flow.names[0] == "parameter"


def test_a_leaf_without_gradient_stays() -> None:
    flow = gl.viz.gradient_flow(
        lambda p, x: np.sum((x * p["w"]) ** 2), {"w": np.ones(2), "name": "mine"}, [np.ones(2)],
        steps=1,
    )  # fmt: skip
    assert flow.params["name"] == "mine"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batches": []}, "nothing to measure"),
        ({"steps": 0}, "nothing to measure"),
        ({"batches": batch()}, "a list of batches is due"),
        ({"every": 0}, "every=0"),
    ],
    ids=["no batch", "no step", "a tuple", "never"],
)
def test_a_run_that_cannot_be_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(gl.ArgumentError, match=words) as raised:
        gl.viz.gradient_flow(deep, layers(1), **{"batches": [batch()], "steps": 2, **options})
    assert raised.value.hint or "every" in str(raised.value)


def test_a_page_is_written_while_training_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gradloom.viz.flow import train

    monkeypatch.setattr(train, "_REFRESH_S", 0.0)
    page, states = tmp_path / "flow.html", []

    def update(params: Any, gradients: Any) -> Any:
        states.append('"live":true' in page.read_text() if page.exists() else None)
        return params

    gl.viz.gradient_flow(deep, layers(1), [batch()], steps=3, update=update, path=page)
    assert states == [None, True, True]
    assert '"live":false' in page.read_text()


def test_a_probe_measures_ones_own_loop() -> None:
    probe = gl.viz.GradientProbe(deep, every=2)
    params, (x, y) = layers(1), batch()
    for _ in range(3):
        value, gradients = probe(params, x, y)
    theirs = gl.value_and_grad(deep)(params, x, y)
    assert value == pytest.approx(theirs[0])
    np.testing.assert_allclose(gradients["out"], theirs[1]["out"], rtol=1e-12)
    assert probe.calls == 3
    assert probe.flow.steps.tolist() == [0, 2]


def test_a_probe_refuses_another_program() -> None:
    probe = gl.viz.GradientProbe(deep)
    probe(layers(1), *batch())
    with pytest.raises(gl.ArgumentError, match="another program"):
        probe(layers(2), *batch())
    assert len(probe.flow.steps) == 1
