"""Layers, gradients and flows of functions, against finite differences."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.viz.gradients.chosen import Choice
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.layer import Layer
from gradloom.viz.gradients.live import Live

RNG = np.random.default_rng(3)
W, V = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))
KERNEL = RNG.normal(size=(2, 1, 3, 3))


def dense(x: Any) -> Any:
    h = np.tanh(x @ W)
    return h @ V


def skipping(x: Any) -> Any:
    h = np.exp(-x * x)
    return np.tanh(h + x) * np.sin(x)


def convolved(x: Any) -> Any:
    from gradloom import nn

    return nn.relu(nn.conv2d(np.pad(x, 1)[None, None], KERNEL))


def sliced(x: Any) -> Any:
    return np.concatenate([np.sin(x[1:]), x[:1] ** 3]) @ np.ones((3, 2))


PROGRAMS = {"dense": dense, "skipping": skipping, "convolved": convolved, "sliced": sliced}


def live(f: Callable[..., Any], x: Any, *more: Any, **options: Any) -> Gradients:
    return Gradients(Live(f, [x, *more], **options))


def leaving(shown: Gradients, layer: Layer) -> np.ndarray:
    """The sum of the flows that leave each element."""
    flows = [f for f in shown.flows if f.source == layer.name]
    return sum((np.bincount(f.sources, f.values, layer.size) for f in flows), np.zeros(layer.size))


def gradient(layer: Layer) -> np.ndarray:
    """The layer's gradient, which is there."""
    assert layer.gradient is not None
    return layer.gradient


def check_flows_add_up(shown: Gradients) -> None:
    for layer in shown.layers[:-1]:
        assert layer.gradient is not None
        np.testing.assert_allclose(leaving(shown, layer), layer.gradient.ravel(), atol=1e-9)


def differences(f: Callable[[np.ndarray], Any], x: np.ndarray) -> np.ndarray:
    """The Jacobian `[x, result]` by central differences."""
    rows = []
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = 1e-6
        moved = step.reshape(x.shape)
        rows.append((np.ravel(f(x + moved)) - np.ravel(f(x - moved))) / 2e-6)
    return np.array(rows)


@pytest.mark.parametrize("layers", ["auto", "lines", "values"])
@pytest.mark.parametrize("name", PROGRAMS)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000))
def test_flows_add_up_to_the_gradients_and_those_to_finite_differences(
    name: str, layers: Choice, seed: int
) -> None:
    x = np.random.default_rng(seed).normal(size=(3, 3))
    shown = live(PROGRAMS[name], x, layers=layers)
    check_flows_add_up(shown)
    wanted = differences(lambda x: np.sum(PROGRAMS[name](x)), x).reshape(x.shape)
    assert shown.layers[0].gradient is not None
    np.testing.assert_allclose(shown.layers[0].gradient, wanted, atol=1e-6)


def test_slopes_from_element_to_element_are_those_of_finite_differences() -> None:
    x = RNG.normal(size=(2, 3))
    shown = live(dense, x, layers=["tanh"])
    flow = shown.flows[0]
    assert (flow.source, flow.target, flow.kind) == ("input", "tanh", "exact")
    jacobian = differences(lambda x: np.tanh(x @ W), x)
    slopes = np.zeros((6, 8))
    assert flow.slopes is not None
    slopes[flow.sources, flow.targets] = flow.slopes
    np.testing.assert_allclose(slopes, jacobian, atol=1e-8)
    ct = shown.layer("tanh").gradient
    assert ct is not None
    np.testing.assert_allclose(flow.matrix(6, 8), jacobian * ct.ravel(), atol=1e-8)


def test_local_ops_have_few_links_and_a_convolution_reaches_its_window() -> None:
    shown = live(convolved, RNG.normal(size=(5, 5)))
    flow = shown.flows[0]
    assert (flow.source, flow.target) == ("input", "conv")
    rows, columns = flow.sources // 5, flow.sources % 5
    assert np.abs(rows - flow.targets % 25 // 5).max() == 1
    assert np.abs(columns - flow.targets % 5).max() == 1
    assert flow.total == 2 * 13 * 13  # two channels; 13 = 3 * 5 - 2 neighbours along each axis


ACROSS = {
    "flipped": lambda x: np.tanh(x) + np.tanh(x)[::-1],
    "turned": lambda x: np.tanh(x) * x.T,
    "summed": lambda x: np.tanh(x) * x.sum(axis=0),
    "spread": lambda x: np.tanh(x[:1]) + 0 * x,
}


@pytest.mark.parametrize("name", ACROSS)
def test_what_mixes_elements_is_not_taken_for_elementwise(name: str) -> None:
    x = RNG.normal(size=(3, 3))
    shown = live(ACROSS[name], x, layers=[])
    flow = shown.flows[0]
    assert (flow.source, flow.target) == ("input", "output")
    assert flow.slopes is not None
    slopes = np.zeros((9, 9))
    slopes[flow.sources, flow.targets] = flow.slopes
    np.testing.assert_allclose(slopes, differences(ACROSS[name], x), atol=1e-8)


def test_elementwise_layers_of_any_size_have_their_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradloom.viz.gradients import slopes

    x = RNG.normal(size=(2, 3))
    whole = live(lambda x: np.tanh(x * 2) + np.sin(x), x, layers="values")
    monkeypatch.setattr(slopes, "WORK", 10)
    shown = live(lambda x: np.tanh(x * 2) + np.sin(x), x, layers="values")
    assert shown.data()["notes"] == []
    for a, b in zip(shown.flows, whole.flows, strict=True):
        np.testing.assert_array_equal(a.values, b.values)
    x[0, 0] = np.nan  # an element that is none reaches no other
    assert np.isnan(live(lambda x: np.tanh(x * 2), x).flows[0].values).sum() == 1


def test_layers_know_their_node_and_line() -> None:
    shown = live(dense, RNG.normal(size=(2, 3)))
    names = [layer.name for layer in shown.layers]
    assert names == ["input", "matmul", "tanh", "output", "loss"]
    tanh = shown.layer("tanh")
    assert shown.graph.nodes[tanh.node].op.name == "tanh"
    assert tanh.source == "h = np.tanh(x @ W)"
    assert Path(tanh.file).name == "test_live.py"


def test_an_edit_is_computed_at_once_and_undone_by_its_first_value() -> None:
    x = RNG.normal(size=(2, 3))
    shown = live(dense, x, target=np.zeros((2, 2)))
    before = shown.data()
    shown.set_cell(1, 2, value=0.25)
    edited = x.copy()
    edited[1, 2] = 0.25
    assert shown.loss is not None
    np.testing.assert_allclose(shown.loss, np.sum(dense(edited) ** 2) / 2)
    wanted = differences(lambda x: np.sum(dense(x) ** 2) / 2, edited).reshape(2, 3)
    np.testing.assert_allclose(gradient(shown.layers[0]), wanted, atol=1e-6)
    assert list(shown.edited) == [5]
    shown.set_cell(5, value=float(x[1, 2]))
    assert not shown.edited
    assert shown.data() == before


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_every_backend_gives_the_same(backend: str) -> None:
    x = RNG.normal(size=(2, 3))
    one, other = live(dense, x), live(dense, x, backend=backend)
    for shown in (one, other):
        shown.set_cell(0, 1, value=2.0)
    for a, b in zip(one.layers, other.layers, strict=True):
        np.testing.assert_allclose(gradient(a), gradient(b), atol=1e-9)
    for f, g in zip(one.flows, other.flows, strict=True):
        np.testing.assert_allclose(f.values, g.values, atol=1e-9)


def test_batches_and_channels_are_leading_axes() -> None:
    x = RNG.normal(size=(2, 3, 4, 5))
    shown = live(lambda x: np.tanh(x).sum(axis=(2, 3)), x)
    tanh = shown.layer("tanh")
    assert (tanh.leading, tanh.rows, tanh.columns) == ((2, 3), 4, 5)
    element = tanh.element(1, 2, (1, 0))
    assert tanh.cell(element) == ((1, 0), 1, 2)
    assert np.arange(120).reshape(x.shape)[1, 0, 1, 2] == element
    shown.set_cell(1, 0, 1, 2, value=9.0)
    assert shown.input[1, 0, 1, 2] == 9.0
    check_flows_add_up(shown)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_carried(odd: float) -> None:
    shown = live(dense, np.zeros((2, 3))).set_cell(0, 0, value=odd)
    json.dumps(shown.data(), allow_nan=False)
    assert shown.data()["layers"][0]["activation"][0] in ("NaN", "Infinity", "-Infinity")
    if np.isnan(odd):
        assert shown.data()["loss"] == "NaN"
        assert np.isnan(shown.flows[0].values).any()


def test_a_flow_too_large_to_go_through_is_told_and_asked_by_element(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gradloom.viz.gradients import slopes

    x = RNG.normal(size=(2, 3))
    whole = live(dense, x)
    monkeypatch.setattr(slopes, "WORK", 10)
    shown = live(dense, x)
    assert shown.flows[-1].target == "loss"
    assert "too many links" in " ".join(shown.data()["notes"])
    (asked,), (held,) = (s.links("input", 4) for s in (shown, whole))
    assert asked.sources.tolist() == held.sources.tolist() == [4] * 4
    np.testing.assert_allclose(asked.values, held.values)


def test_slices_and_the_largest_links_agree_with_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradloom.viz.gradients import slopes

    x = RNG.normal(size=(2, 3))
    whole = live(dense, x)
    monkeypatch.setattr(slopes, "SLICE", 17)
    for a, b in zip(whole.flows, live(dense, x).flows, strict=True):
        np.testing.assert_allclose(a.values, b.values)
    monkeypatch.setattr(slopes, "HELD", 3)
    flow = live(dense, x).flows[0]
    assert (flow.total, len(flow.values), flow.is_whole) == (24, 3, False)
    least = np.sort(np.abs(whole.flows[0].values))[-3:]
    np.testing.assert_allclose(np.sort(np.abs(flow.values)), least)


def test_two_inputs_and_two_weights_are_compared() -> None:
    one, other = live(dense, np.zeros((2, 3))), live(dense, np.ones((2, 3)))
    assert one.compare(other).data()["compare"]["layers"][0]["activation"] == [1.0] * 6
    with pytest.raises(gl.ArgumentError, match="different layers"):
        one.compare(live(dense, np.ones((3, 3))))
    assert one.compare(None).data()["compare"] is None


def test_render_traces_anew_with_the_weights_of_then() -> None:
    weights = {"w": 2.0 * np.ones((3, 1))}
    shown = live(lambda x: x @ weights["w"], np.ones((1, 3)))
    weights["w"] = 5.0 * np.ones((3, 1))
    shown.render()
    assert shown.loss == 15.0


def test_weights_that_change_in_place_are_those_of_the_last_render() -> None:
    w = RNG.normal(size=(3, 4))
    shown = live(lambda w, x: np.tanh(x @ w), w, np.ones((2, 3)), argnum=1)
    before = shown.data()
    w *= 2.0
    assert shown.set_cell(0, 0, value=1.0).data() == before
    assert shown.render().data() != before


def test_the_output_is_the_result_whatever_a_function_writes_into() -> None:
    def counting(state: dict[str, Any], x: Any) -> Any:
        state["seen"][...] = state["seen"] + x * 3.0
        x[0] = 5.0
        return [np.sin(x) * 2.0]

    state = {"seen": np.zeros(2)}
    shown = live(counting, state, np.ones(2), argnum=1)
    output = shown.layer("output").activation
    np.testing.assert_allclose(output, 2 * np.sin([5.0, 1.0]))
    np.testing.assert_allclose(gradient(shown.layers[0]), [0.0, 2 * np.cos(1.0)])
    np.testing.assert_array_equal(state["seen"], 0.0)


def test_numbers_of_another_byte_order_are_taken() -> None:
    shown = live(np.sin, np.ones(2, ">f4"))
    assert shown.input.dtype == np.float32


def test_modules_and_graphs_are_functions_too() -> None:
    from gradloom import nn

    x = RNG.normal(size=(2, 3))
    check_flows_add_up(live(nn.Linear(3, 2, key=gl.random.key(0)), x.astype(np.float32)))
    graph = gl.trace(dense, x)
    shown = live(graph, x)
    np.testing.assert_allclose(gradient(shown.layers[0]), gradient(live(dense, x).layers[0]))


def test_another_argument_can_be_the_input() -> None:
    shown = live(lambda w, x: np.tanh(x @ w), W, np.ones((2, 3)), argnum=1)
    assert shown.input.shape == (2, 3)
    check_flows_add_up(shown)


@pytest.mark.parametrize(
    ("f", "x", "options", "error"),
    [
        (lambda x: (x, x), np.ones(2), {}, gl.ArgumentError),
        (lambda x: 3.0, np.ones(2), {}, gl.GradloomError),
        (lambda x: np.floor(x).astype(int), np.ones(2), {}, gl.GradloomError),
        (lambda x: x, np.ones(2) * 1j, {}, gl.DtypeError),
        (lambda x: x, np.ones((0, 2)), {}, gl.ShapeError),
        (lambda x: x, {"a": 1.0, "b": 2.0}, {}, gl.DtypeError),
        (lambda x: np.tanh(x), np.ones(2), {"layers": "tnah"}, gl.ArgumentError),
        (lambda x: x, np.ones(2), {"target": np.ones(3)}, gl.ShapeError),
        (lambda x: x, np.ones(2), {"argnum": 1}, gl.ArgumentError),
        (lambda x: x["a"], {"a": np.ones(2)}, {}, gl.DtypeError),
        (lambda x: x, np.ma.array([1.0, 2.0], mask=[0, 1]), {}, gl.DtypeError),
        (lambda x: x, np.ones(2), {"layers": 3}, gl.ArgumentError),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_told(f: Any, x: Any, options: Any, error: type) -> None:
    with pytest.raises(error):
        live(f, x, **options)


def test_cells_that_are_not_there_are_told_and_change_nothing() -> None:
    shown = live(dense, np.zeros((2, 3)))
    for at in ((2, 0), (0, -1), (6,), (0, 0, 0), ()):
        with pytest.raises(gl.IndexOutOfRange):
            shown.set_cell(*at)
    with pytest.raises(gl.ArgumentError):
        shown.choose(colour=1)
    with pytest.raises(gl.IndexOutOfRange):
        shown.choose(layer="tanh", node=8)
    assert shown.edited == ()


def test_saving_writes_the_input_or_everything(tmp_path: Path) -> None:
    from gradloom.viz.gradients.entry import of_files

    shown = live(dense, np.zeros((2, 3))).set_cell(0, 0, value=4.0)
    (path,) = shown.save(tmp_path / "mine.npy")
    assert np.load(path)[0, 0] == 4.0
    (whole,) = shown.save(tmp_path / "run.gradients.npz")
    assert of_files(whole).data()["flows"] == shown.data()["flows"]


def test_the_public_name_takes_functions_files_and_adapters() -> None:
    x = np.zeros((2, 3))
    assert gl.viz.gradients(dense, x, layers=["tanh"]).layers[1].name == "tanh"
    assert gl.viz.gradients(Live(dense, [x])).is_live
    with pytest.raises(gl.CallError, match="no source"):
        gl.viz.gradients(3)
    with pytest.raises(gl.CallError, match="1 inputs"):
        gl.viz.gradients("runs/1_", x)


def test_the_links_of_an_element_are_whole_both_ways_where_few_are_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(8)
    w, x = rng.normal(size=(6, 5)), rng.normal(size=(2, 6))

    def net(x: Any) -> Any:
        return np.tanh(x @ w) + x[:, :5]

    whole = gl.viz.gradients(net, x)
    slopes = importlib.import_module("gradloom.viz.gradients.slopes")
    monkeypatch.setattr(slopes, "HELD", 3)
    part = gl.viz.gradients(net, x)
    monkeypatch.setattr(slopes, "WORK", 1)
    none = gl.viz.gradients(net, x)
    assert [f.target for f in none.flows] == ["tanh"]  # elementwise: nothing to go through
    for layer in whole.layers:
        for element in range(layer.size):
            for into in (False, True):
                wanted = {
                    (f.source, f.target, int(s), int(t)): v
                    for f in whole.links(layer.name, element, into=into)
                    for s, t, v in zip(f.sources, f.targets, f.values, strict=True)
                }
                for few in (part, none):
                    flows = few.links(layer.name, element, into=into)
                    found = {
                        (f.source, f.target, int(s), int(t)): v
                        for f in flows
                        for s, t, v in zip(f.sources, f.targets, f.values, strict=True)
                    }
                    assert found == pytest.approx(wanted, rel=1e-12)
                    assert all(f.total == len(f.values) for f in flows)
