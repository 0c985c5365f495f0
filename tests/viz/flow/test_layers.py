"""A flow by layers: a box per line and turn, parameters where they enter, all numbers kept."""

import numpy as np

import gradloom as gl
from gradloom.viz.flow.board import board
from gradloom.viz.flow.layers import layers_of
from gradloom.viz.motion.lines import stretches, titled
from tests.viz.flow.programs import batch, blocks, deep, layers, made, residual


def test_turns_of_a_loop_are_layers_of_their_own() -> None:
    flow = gl.viz.gradient_flow(deep, layers(3), [batch()], steps=2)
    found = layers_of(flow)
    values = [layer for layer in found.layers if layer.kind == "value"]
    assert [v.title for v in values] == [
        *(f"{i}: h = 1 / (1 + np.exp(-(h @ w + b…" for i in range(3)),
        'np.mean((h @ params["out"] - y)…',
    ]  # fmt: skip
    assert all(v.where.startswith("programs.py:") for v in values)
    parameters = [(p.title, p.row) for p in found.layers if p.kind == "parameter"]
    assert parameters == [("hidden[0] (2)", 0), ("hidden[1] (2)", 1), ("hidden[2] (2)", 2),
                          ("out", 3)]  # fmt: skip


def test_a_layer_has_the_norm_of_what_it_gives_and_parameters_theirs_together() -> None:
    flow = gl.viz.gradient_flow(deep, layers(2), [batch()], steps=2)
    found = layers_of(flow)
    first = found.layers[0]
    np.testing.assert_array_equal(found.norms[:, 0], flow.norms[:, first.places[-1]])
    chip = next(i for i, layer in enumerate(found.layers) if layer.title == "hidden[0] (2)")
    both = np.hypot(flow.of("hidden[0][0]"), flow.of("hidden[0][1]"))
    np.testing.assert_allclose(found.norms[:, chip], both)


def test_wires_carry_what_passes_and_lead_from_what_is_made_to_who_reads_it() -> None:
    flow = gl.viz.gradient_flow(residual, blocks(2), [batch()], steps=1)
    found = layers_of(flow)
    assert found.passed.shape == (1, len(found.wires))
    between = [(w.source, w.target) for w in found.wires if w.source < found.rows]
    assert all(a < b for a, b in between)
    assert (found.passed > 0).all()
    placed = board(found)
    assert len(placed.paths) == len(found.wires)
    assert all(len(path) == 4 for path in placed.paths)


def test_a_program_of_many_lines_has_no_more_layers_than_asked_for() -> None:
    flow = gl.viz.gradient_flow(deep, layers(20), [batch()], steps=1)
    found = layers_of(flow, 6)
    assert found.rows == 6
    held = sorted(i for layer in found.layers for i in layer.places)
    assert held == list(range(len(flow.places)))


def test_no_boxes_overlap() -> None:
    for flow in (
        gl.viz.gradient_flow(deep, layers(20), [batch()], steps=1),
        gl.viz.gradient_flow(residual, blocks(3), [batch()], steps=1),
        gl.viz.gradient_flow(
            lambda p, x: np.sum((x * p["a"] + p["b"] * p["c"] - p["d"] + p["e"]) ** 2),
            {k: np.ones(2) for k in "abcde"}, [np.ones(2)], steps=1,
        ),
    ):  # fmt: skip
        placed = board(layers_of(flow))
        boxes = [(s.x, s.y, s.x + s.width, s.y + s.height) for s in placed.spots]
        for i, a in enumerate(boxes):
            assert a[0] >= 0
            assert a[3] <= placed.height
            for b in boxes[:i]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_the_gravest_trouble_is_a_layers_state() -> None:
    flow = made([[1e-5, 1, 1e-6, 0.7, 1, 1]], nans=[0, 0, 0, 1, 0, 0])
    found = layers_of(flow)
    states = {layer.title: int(found.states[0, i]) for i, layer in enumerate(found.layers)}
    assert states == {"line 2": 2, "line 3": 0, "line 4": -1, "line 5": -1, "w": 2, "v": -1}


def test_stretches_cover_everything_in_order_and_are_as_few_as_asked_for() -> None:
    places, ops = [1] * 6 + [2] * 2 + [1] * 3, list("ababab") + ["c", "d"] + list("abc")
    assert stretches(places, ops, 99) == [
        range(2), range(2, 4), range(4, 6), range(6, 8), range(8, 11)
    ]  # fmt: skip
    few = stretches(places, ops, 2)
    assert [i for run in few for i in run] == list(range(11))
    assert len(few) == 2
    assert stretches([], [], 3) == []


def test_a_line_without_code_is_called_by_its_ops() -> None:
    assert titled("", ["dot", "tanh", "dot"]) == "dot, tanh"
    assert titled("return x + 1", ["add"]) == "x + 1"
    assert len(titled("y = " + "x + " * 20, [])) <= 32
