"""Models of other makers, read as graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx_ir")
onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper

from gradloom.backends.onnx.importer import load
from gradloom.ir.errors import FileError, FileMissing, NotSupported
from gradloom.ir.interpret import interpret
from gradloom.ir.verify import verify
from tests.backends.onnx_running import ort

pytestmark = pytest.mark.framework
RNG = np.random.default_rng(0)


def _save(
    path: Path,
    nodes: list[Any],
    inputs: dict[str, Any],
    arrays: dict[str, np.ndarray],
    opset: int = 18,
) -> Path:
    infos = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in inputs.items()
    ]
    out = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)
    fixed = [numpy_helper.from_array(a, n) for n, a in arrays.items()]
    graph = helper.make_graph(nodes, "net", infos, [out], fixed)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(model, path)
    return path


def _f32(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def _same_as_onnxruntime(path: Path, *arrays: np.ndarray) -> None:
    graph = load(path)
    verify(graph)
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = dict(zip([i.name for i in session.get_inputs()], arrays, strict=True))
    for found, due in zip(interpret(graph, arrays), session.run(None, given), strict=True):
        np.testing.assert_allclose(found, due, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 5])
def test_a_classifier_with_a_free_batch_is_read(tmp_path: Path, batch: int) -> None:
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"], transB=1),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("MatMul", ["r", "v"], ["z"]),
        helper.make_node("Softmax", ["z"], ["p"], axis=-1),
    ]
    arrays = {"w": _f32(4, 3), "b": _f32(4), "v": _f32(4, 2)}
    path = _save(tmp_path / "m.onnx", nodes, {"x": ["N", 3]}, arrays)
    assert load(path).symbols == ("N",)
    _same_as_onnxruntime(path, _f32(batch, 3))


def test_arithmetic_of_sizes_is_done_while_reading(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "zero"], ["n"]),
        helper.make_node("Unsqueeze", ["n", "first"], ["n1"]),
        helper.make_node("Concat", ["n1", "rest"], ["t"], axis=0),
        helper.make_node("Reshape", ["x", "t"], ["y"]),
    ]
    arrays = {"zero": np.array(0), "first": np.array([0]), "rest": np.array([2, -1])}
    path = _save(tmp_path / "m.onnx", nodes, {"x": ["N", 6]}, arrays)
    graph = load(path)
    assert [node.op.name for node in graph] == ["reshape"]
    assert str(graph.results[0].type) == "f32[N,2,3]"


@pytest.mark.parametrize("group", [1, 2])
def test_a_convolution_is_read(tmp_path: Path, group: int) -> None:
    nodes = [
        helper.make_node(
            "Conv", ["x", "w", "b"], ["y"], pads=[1, 0, 1, 2], strides=[2, 1], group=group
        ),
        helper.make_node("Flatten", ["y"], ["z"]),
    ]
    arrays = {"w": _f32(4, 4 // group, 3, 2), "b": _f32(4)}
    path = _save(tmp_path / "m.onnx", nodes, {"x": ["N", 4, 7, 6]}, arrays)
    _same_as_onnxruntime(path, _f32(3, 4, 7, 6))


def test_negative_indices_and_slices_are_read_as_numpy_means_them(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Slice", ["x", "from", "to", "axes"], ["y"]),
        helper.make_node("Gather", ["y", "index"], ["z"], axis=1),
    ]
    arrays = {
        "from": np.array([-3]),
        "to": np.array([-1]),
        "axes": np.array([-1]),
        "index": np.array([-1, 0]),
    }
    path = _save(tmp_path / "m.onnx", nodes, {"x": ["N", 4, 5]}, arrays)
    _same_as_onnxruntime(path, _f32(2, 4, 5))


def test_integers_are_divided_towards_zero(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["i"], to=TensorProto.INT32),
        helper.make_node("Div", ["i", "d"], ["q"]),
        helper.make_node("Cast", ["q"], ["y"], to=TensorProto.FLOAT),
    ]
    path = _save(tmp_path / "m.onnx", nodes, {"x": [4]}, {"d": np.array(3, np.int32)})
    _same_as_onnxruntime(path, np.array([-7, 7, -6, -1], np.float32))


def test_an_op_that_is_not_known_is_refused_by_name(tmp_path: Path) -> None:
    path = _save(
        tmp_path / "m.onnx", [helper.make_node("Det", ["x"], ["y"], name="d")], {"x": [3, 3]}, {}
    )
    with pytest.raises(NotSupported, match="op Det, which gradloom does not read"):
        load(path)


def test_an_old_opset_is_refused(tmp_path: Path) -> None:
    path = _save(
        tmp_path / "m.onnx", [helper.make_node("Relu", ["x"], ["y"])], {"x": [3]}, {}, opset=11
    )
    with pytest.raises(NotSupported, match="opset 11"):
        load(path)


def test_a_foreign_or_missing_file_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no model at all")
    with pytest.raises(FileError):
        load(tmp_path / "m.onnx")
    with pytest.raises(FileMissing):
        load(tmp_path / "other.onnx")
