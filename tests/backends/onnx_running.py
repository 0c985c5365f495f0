"""Cases of single ops run by onnxruntime, many in one model, and beside the reference
interpreter.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime as ort

from gradloom.backends.onnx.export import model_of
from gradloom.backends.onnx.importer import graph_of_model
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import NotSupported
from gradloom.ir.graph import Graph, Value
from gradloom.ir.interpret import interpret
from gradloom.ir.types import type_of
from tests.backends.cases import UP_TO_PHASE, Case, difference
from tests.ops.samples import SAMPLES

ort.set_default_logger_severity(4)
Run = Callable[[Graph, Sequence[Any]], Sequence[Any]]
_EITHER_ZERO = (
    o.maximum, o.minimum, o.max, o.min, o.where, o.scatter, o.det, o.adjugate, o.expi, o.bessel_j,
    o.bessel_ie,
)  # fmt: skip
"""Ops of which numpy, or onnxruntime's Where and ScatterND, take either of two zeros."""
F32 = np.dtype(np.float32)


def sample_cases() -> Iterator[Case]:
    """Every op's samples."""
    for name, samples in SAMPLES.items():
        op = o.by_name(name)
        for i, sample in enumerate(samples):
            attrs = op.attrs(**sample.attrs) if op.attrs is not None else None
            yield Case(f"{name}[{i}]", op, sample.operands, attrs)


def sayable(case: Case) -> bool:
    """Whether ONNX has words for the case, and it has one answer: a basis of what is left free has
    not (tests/backends/test_onnx_spectral.py says what holds all the same).
    """
    if case.op is o.svd_full:
        return False
    try:
        model_of(_graph([case])[0])
    except NotSupported:
        return False
    return True


def _graph(cases: Sequence[Case]) -> tuple[Graph, list[Any]]:
    """The cases in one graph, and its arguments:
    onnxruntime takes bf16 from no numpy array, so f32 goes in and out.
    """

    def body(*values: Value) -> list[Any]:
        rest, results = iter(values), []
        for case in cases:
            operands = [_as(next(rest), np.asarray(a).dtype) for a in case.arrays]
            made = build.emit(case.op, tuple(operands), case.attrs, case.regions)
            results += [_as(r, F32) if _low(r.type.dtype) else r for r in made]
        return results

    given = [np.asarray(a) for case in cases for a in case.arrays]
    arrays = [a.astype(F32) if _low(a.dtype) else a for a in given]
    return build.graph_of(body, [type_of(a) for a in arrays]), arrays


def _as(x: Any, dtype: Any) -> Any:
    return x if x.type.dtype == dtype else o.astype(x, dtype=dtype)


def _low(dtype: Any) -> bool:
    return bool(dtype.name == "bfloat16")


def by_onnxruntime(graph: Graph, arrays: Sequence[Any]) -> list[Any]:
    """The results of the exported model."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    data = ir.to_proto(model_of(graph)).SerializeToString()
    session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    made: list[Any] = session.run(None, dict(zip(names, arrays, strict=True)))
    return made


def by_reading_back(graph: Graph, arrays: Sequence[Any]) -> Sequence[Any]:
    """The results of the graph that the exported model reads back as."""
    again = graph_of_model(ir.from_proto(ir.to_proto(model_of(graph))))
    return interpret(again, arrays)


def differences(cases: Sequence[Case], run: Run) -> list[str]:
    """Where `run` differs from the reference interpreter, one line per case."""
    graph, arrays = _graph(cases)
    found, due = iter(run(graph, arrays)), iter(interpret(graph, arrays))
    told = []
    for case in cases:
        for _ in range(len(_graph([case])[0].results)):
            a, b = next(found), next(due)
            a, b = (np.abs(a), np.abs(b)) if case.op in UP_TO_PHASE else (a, b)
            line = difference(a, b, case.op not in _EITHER_ZERO)
            if line is not None:
                told.append(f"{case.label}: {line}")
    return told


def in_batches(cases: Sequence[Case], size: int = 200) -> Iterator[list[Case]]:
    """The cases in lists, one model each."""
    rest = iter(cases)
    while batch := list(itertools.islice(rest, size)):
        yield batch
