"""What onnxruntime makes of exported models, op by op, against the reference interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx_ir")
pytest.importorskip("onnxruntime")

from gradloom.backends.lower import INLINED
from gradloom.backends.onnx.export import IR_VERSION, OPSET, export_graph, model_of
from gradloom.backends.onnx.table import ABSENT, DECOMPOSED, TABLE
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, literal
from gradloom.ir.types import parse_type
from tests.backends import onnx_cases
from tests.backends.array_cases import control_cases
from tests.backends.cases import Case
from tests.backends.onnx_running import (
    by_onnxruntime,
    by_reading_back,
    differences,
    in_batches,
    sample_cases,
    sayable,
)
from tests.ops.samples import SAMPLES

pytestmark = pytest.mark.framework
FAMILIES: dict[str, Callable[[], Iterator[Case]]] = {
    "samples": sample_cases,
    "index": onnx_cases.index_cases,
    "window": onnx_cases.window_cases,
    "order": onnx_cases.order_cases,
    "matrix": onnx_cases.matrix_cases,
    "loop": onnx_cases.loop_cases,
    "control": control_cases,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_onnxruntime_agrees_with_the_reference(family: str) -> None:
    cases = [case for case in FAMILIES[family]() if sayable(case)]
    told = [line for batch in in_batches(cases) for line in differences(batch, by_onnxruntime)]
    assert told == []


@pytest.mark.parametrize("family", FAMILIES)
def test_an_exported_model_reads_back_as_the_same_program(family: str) -> None:
    cases = [case for case in FAMILIES[family]() if sayable(case)]
    told = [line for batch in in_batches(cases) for line in differences(batch, by_reading_back)]
    assert told == []


def test_every_op_has_a_row_a_decomposition_or_a_reason() -> None:
    known = {*TABLE, *DECOMPOSED, *ABSENT, *INLINED}
    missing = [
        op.name for op in o.builtin_ops().values() if op not in known and op.decompose is None
    ]
    assert missing == []
    assert not ABSENT.keys() & (TABLE.keys() | DECOMPOSED.keys())


_UNSAYABLE = (
    *("complex", "real", "imag", "fft", "ifft", "rfft", "irfft"),  # complex numbers
    *("all_reduce", "all_gather", "reduce_scatter", "all_to_all", "permute", "axis_index"),
    *(
        "print",
        "assert",
        "python_call",
        "custom_vjp_linear",
        "nextafter",
    ),  # effects; no program; bits
)


def test_beyond_what_onnx_cannot_say_at_most_one_op_in_twenty_is_absent() -> None:
    chosen = [op.name for op in ABSENT if op.name not in _UNSAYABLE]
    assert len(chosen) <= 0.05 * len(o.builtin_ops()), chosen


@pytest.mark.parametrize("name", sorted(op.name for op in ABSENT if op.name in SAMPLES))
def test_an_absent_op_is_refused_with_its_reason(name: str) -> None:
    with pytest.raises(NotSupported) as caught:
        model_of(SAMPLES[name][0].graph(name))
    assert ABSENT[o.by_name(name)] in str(caught.value) or "complex numbers" in str(caught.value)


@pytest.mark.parametrize("op", ["Add", "Abs"])
def test_onnxruntime_has_no_complex_arithmetic(op: str) -> None:
    """The reason given for refusing complex numbers."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    kernels = [k for k in state.get_all_opkernel_def() if k.op_name == op]
    taken = {dtype for k in kernels for dtypes in k.type_constraints.values() for dtype in dtypes}
    assert kernels
    assert not any("complex" in dtype for dtype in taken)


def _types(*texts: str) -> list[Any]:
    return [parse_type(text) for text in texts]


def _net() -> Graph:
    def body(w: Any, b: Any, x: Any) -> Any:
        z = o.tanh(o.matmul(x, w) + o.broadcast_to(b, shape=(x.type.shape[0], 4)))
        count = o.astype(o.dim(size=x.type.shape[0]), dtype=np.dtype(np.float64))
        return o.sum(z, axes=(0, 1)) / count, o.reshape(z, shape=(x.type.shape[0] * 4,))

    return build.graph_of(body, _types("f64[3,4]", "f64[4]", "f64[batch,3]"), ["w", "b", "x"])


def test_named_sizes_names_and_versions_stand_in_the_model() -> None:
    model = model_of(_net(), names=("mean", "flat"))
    assert [v.name for v in model.graph.inputs] == ["w", "b", "x"]
    assert [v.name for v in model.graph.outputs] == ["mean", "flat"]
    assert [str(d) for d in model.graph.inputs[2].shape] == ["batch", "3"]
    assert str(model.graph.outputs[1].shape[0]) == "4*batch"
    assert model.graph.opset_imports == {"": OPSET}
    assert model.ir_version == IR_VERSION


def test_a_model_passes_onnx_own_checker(tmp_path: Path) -> None:
    import onnx

    export_graph(_net(), tmp_path / "net.onnx")
    onnx.checker.check_model(str(tmp_path / "net.onnx"), full_check=True)


def test_a_broadcast_is_left_to_onnx() -> None:
    assert "Expand" not in [node.op_type for node in model_of(_net()).graph]


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_any_batch_runs(batch: int) -> None:
    rng = np.random.default_rng(batch)
    arrays = [rng.normal(size=s) for s in ((3, 4), (4,), (batch, 3))]
    mean, flat = by_onnxruntime(_net(), arrays)
    z = np.tanh(arrays[2] @ arrays[0] + arrays[1])
    np.testing.assert_allclose(mean, z.sum() / batch, rtol=1e-12)
    np.testing.assert_allclose(flat, z.ravel(), rtol=1e-12)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_linear_algebra_of_a_named_size_runs(size: int) -> None:
    def body(a: Any, b: Any) -> Any:
        low = o.cholesky(a)
        half = o.triangular_solve(low, b, lower=True)
        return o.triangular_solve(low, half, lower=True, transpose_a=True), o.slogdet(a)[1]

    graph = build.graph_of(body, _types("f64[n,n]", "f64[n,2]"), ["a", "b"])
    rng = np.random.default_rng(0)
    a = rng.normal(size=(size, size))
    a, b = a @ a.T + size * np.eye(size), rng.normal(size=(size, 2))
    x, log = by_onnxruntime(graph, [a, b])
    np.testing.assert_allclose(x, np.linalg.solve(a, b), rtol=1e-10)
    np.testing.assert_allclose(log, np.linalg.slogdet(a)[1], rtol=1e-10)


def test_sizes_that_are_polynomials_are_solved_at_entry() -> None:
    graph = build.graph_of(
        lambda x: o.astype(o.dim(size=_first_symbol(x)), dtype=np.dtype(np.float64)),
        _types("f64[2*n + 1]"),
        ["x"],
    )
    assert by_onnxruntime(graph, [np.zeros(9)])[0] == 4.0


def _first_symbol(x: Any) -> Any:
    from gradloom.ir.dims import symbol

    return symbol(x.type.shape[0].symbols[0])


_ACCURATE = (
    "erf", "asin", "acos", "atan", "tan", "sinh", "cosh", "asinh", "atanh", "expm1", "log1p",
    "cbrt", "log2", "log10",
)  # fmt: skip


@pytest.mark.parametrize("name", _ACCURATE)
def test_functions_without_a_kernel_for_f64_keep_its_precision(name: str) -> None:
    x = np.concatenate([s * np.geomspace(1e-17, 0.99999, 4000) for s in (1, -1)])
    wide = name in ("erf", "atan", "sinh", "cosh", "asinh", "expm1", "cbrt")
    x = np.abs(x) if name.startswith("log") else x
    x = np.append(x, np.linspace(-30, 30, 4001)) if wide else x
    op = o.by_name(name)
    graph = build.graph_of(op, [parse_type(f"f64[{len(x)}]")], ["x"])
    (found,) = by_onnxruntime(graph, [x])
    due = op.numpy(x)
    np.testing.assert_allclose(found, due, rtol=2e-14, atol=1e-300)


def test_a_refused_export_leaves_no_file(tmp_path: Path) -> None:
    graph = build.graph_of(lambda x: o.nextafter(x, literal(1.0, x.type)), _types("f64[2]"))
    with pytest.raises(NotSupported, match="bits of a float"):
        export_graph(graph, tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []


def test_complex_numbers_are_refused_with_a_way_out() -> None:
    graph = build.graph_of(lambda x: o.exp(x), _types("c128[2]"))
    with pytest.raises(NotSupported, match="real and imaginary parts as two arrays"):
        model_of(graph)
