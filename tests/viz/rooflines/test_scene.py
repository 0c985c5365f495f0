"""Points are the graph's nodes with their FLOPs and bytes, under the roofs of the machine."""

import numpy as np
import pytest

import gradloom as gl
from gradloom.passes.cost import cost
from gradloom.viz.rooflines.machine import Machine, machine
from gradloom.viz.rooflines.scene import dtypes_of, roofline_scene
from tests.viz.pictured import looped

M = Machine({"float32": 100e9, "float64": 50e9}, 10e9, 80e9)


def layer(w: np.ndarray, x: np.ndarray) -> np.floating:
    return np.sum(np.tanh(x @ w))


def graph() -> gl.Graph:
    return gl.trace(layer, gl.spec("f32[64, 32]"), gl.spec("f32[16, 64]"))


def test_estimates_stand_on_the_roof_and_count_as_cost_does() -> None:
    scene = roofline_scene(graph(), None, M)
    assert not scene.measured
    assert all(p.rate == p.attainable == M.attainable(p.intensity, "float32") for p in scene.points)
    assert sum(p.flops for p in scene.points) == cost(graph()).flops
    assert [p.total for p in scene.points] == sorted((p.total for p in scene.points), reverse=True)


def test_a_product_of_matrices_has_the_intensity_that_one_computes_by_hand() -> None:
    (product,) = [p for p in roofline_scene(graph(), None, M).points if p.op == "matmul"]
    assert product.flops == 2 * 16 * 64 * 32
    assert product.nbytes == 4 * (64 * 32 + 16 * 64 + 16 * 32)
    assert product.intensity == product.flops / product.nbytes
    assert (product.family, product.dtype) == ("products", "float32")


def test_a_measured_scene_has_seconds_and_rates_that_agree() -> None:
    arrays = [np.ones((64, 32), np.float32), np.ones((16, 64), np.float32)]
    scene = roofline_scene(graph(), arrays, M)
    assert scene.measured
    assert {p.op for p in scene.points} == {"matmul", "tanh", "sum"}
    for p in scene.points:
        assert p.seconds is not None
        assert p.rate == pytest.approx(p.flops / p.seconds)
        assert p.calls == 1
    assert scene.seconds >= sum(p.total for p in scene.points)


def test_the_body_of_a_loop_is_counted_once_per_turn() -> None:
    scene = roofline_scene(looped(), [np.float64(1.0), np.arange(4.0)], M)
    (sin,) = [p for p in scene.points if p.op == "sin"]
    assert sin.calls == 4
    assert "scan" not in {p.op for p in scene.points}


def test_what_computes_nothing_is_added_up() -> None:
    g = gl.trace(lambda x: np.concatenate([x, x]) * 2, np.ones(8))
    scene = roofline_scene(g, [np.ones(8)], M)
    assert scene.moves >= 1
    assert scene.moved_bytes == 8 * (8 + 8 + 16)
    assert [p.op for p in scene.points] == ["multiply"]


def test_an_empty_graph_has_no_points() -> None:
    scene = roofline_scene(gl.trace(lambda x: x, np.ones(2)), None, M)
    assert (scene.points, scene.seconds) == ((), 0.0)


def test_roofs_are_those_of_the_widths_in_use() -> None:
    assert dtypes_of(graph()) == ("float32",)
    mixed = gl.trace(lambda a, b: (np.exp(a), np.exp(b)), np.ones(2, np.float32), np.ones(2))
    assert dtypes_of(mixed) == ("float32", "float64")


def test_this_machine_is_measured_once() -> None:
    first = machine(("float32",))
    assert first == machine(("float32",))
    assert 1e8 < first.flops["float32"] < 1e15
    assert 1e8 < first.memory < 1e13
    assert first.attainable(1e-6, "float32") == pytest.approx(first.memory * 1e-6)
    assert first.attainable(1e9, "float32") == first.flops["float32"]


def test_no_op_is_faster_than_the_peak() -> None:
    slow = Machine({"float32": 1.0, "float64": 1.0}, 10e9, 80e9)
    arrays = [np.ones((64, 32), np.float32), np.ones((16, 64), np.float32)]
    scene = roofline_scene(graph(), arrays, slow)
    assert scene.machine.flops["float32"] == max(p.rate for p in scene.points)
    assert scene.machine.flops["float64"] == 1.0
