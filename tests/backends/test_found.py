"""Programs that find a size while they run, on every backend and in every export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gradloom as gl
from gradloom import backends
from tests.ir.test_found import positives

INPUTS = ([1.0, -2.0, 3.0, 0.5, -1.0], [-1.0, -2.0, -3.0, -4.0, -5.0], [1.0, 2.0, 3.0, 4.0, 5.0])


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_every_backend_finds_the_same(backend: str):
    if backend != "numpy":
        pytest.importorskip(backend)
    program = backends.get(backend).build(positives())
    mapped = gl.compile(gl.vmap(lambda x: positives()(x)[1]), backend=backend)
    for x in INPUTS:
        array = np.array(x)
        due = array[array > 0] * 2
        y, total, rows = program.numpy(array)
        np.testing.assert_array_equal(y, due)
        assert total == due.sum()
        assert rows.shape == (3, due.size)
    np.testing.assert_allclose(
        mapped(np.array(INPUTS)), [np.sum(np.maximum(x, 0)) * 2 for x in INPUTS]
    )


def _answers(run) -> None:
    for x in INPUTS:
        array = np.array(x)
        np.testing.assert_array_equal(np.asarray(run(array)), array[array > 0] * 2)


@pytest.mark.parametrize("way", ["onnx"])
def test_a_model_in_onnx_finds_it_and_reads_back(way: str, tmp_path: Path):
    ort = pytest.importorskip("onnxruntime")
    graph = gl.trace(lambda x: positives()(x)[0], gl.spec("f64[n]"))
    gl.export.onnx(graph, (gl.spec("f64[n]"),), tmp_path / "m.onnx")
    session = ort.InferenceSession(tmp_path / "m.onnx")
    name = session.get_inputs()[0].name
    _answers(lambda x: session.run(None, {name: x})[0])
    _answers(gl.from_onnx(tmp_path / "m.onnx"))


@pytest.mark.parametrize("way", ["torchscript"])
def test_torchscript_finds_it(way: str, tmp_path: Path):
    torch = pytest.importorskip("torch")
    gl.export.torchscript(lambda x: positives()(x)[0], (np.ones(5),), tmp_path / "m.pt")
    module = torch.jit.load(str(tmp_path / "m.pt"))
    _answers(lambda x: module(torch.from_numpy(x)))


@pytest.mark.parametrize("way", ["tensorflow"])
def test_a_saved_model_finds_it(way: str, tmp_path: Path):
    tf = pytest.importorskip("tensorflow")
    gl.export.saved_model(lambda x: positives()(x)[0], (np.ones(5),), tmp_path / "m")
    served = tf.saved_model.load(str(tmp_path / "m")).signatures["serving_default"]
    (name,) = served.structured_input_signature[1]
    _answers(lambda x: next(iter(served(**{name: tf.constant(x)}).values())))
