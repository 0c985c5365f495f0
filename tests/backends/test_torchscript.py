"""Emitted source that `torch.jit.script` reads, against the reference interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradloom.backends.emit import emit
from gradloom.backends.torch.run import BACKEND as TORCH
from gradloom.backends.torchscript.export import BACKEND, save, script
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.constants import Constant
from gradloom.ir.errors import FileError, NotSupported
from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.ir.types import parse_type
from tests.backends import onnx_cases
from tests.backends.array_cases import array_cases
from tests.backends.cases import Case, difference, elementwise_cases, one_graph

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.framework
FAMILIES: dict[str, Callable[[], Iterator[Case]]] = {
    "elementwise": elementwise_cases,
    "array": array_cases,
    "index": onnx_cases.index_cases,
    "window": onnx_cases.window_cases,
    "order": onnx_cases.order_cases,
    "loop": onnx_cases.loop_cases,
}
_SIGNS = ("eigh", "svd", "qr")
"""Vectors that are right with either sign: the reference's differ from torch's."""
_EITHER_ZERO = (o.maximum, o.minimum, o.max, o.min, o.scatter)


def _emitted(case: Case) -> bool:
    try:
        emit(one_graph([case]), BACKEND, standalone=False, inline=-1)
    except NotSupported:
        return False
    return True


def _run(graph: Graph, arrays: Sequence[Any]) -> list[np.ndarray]:
    made = script(graph)(*[TORCH.from_numpy(np.asarray(a)) for a in arrays])
    return [TORCH.to_numpy(r) for r in (made if isinstance(made, tuple) else (made,))]


@pytest.mark.parametrize("family", FAMILIES)
def test_scripted_source_agrees_with_the_reference(family: str) -> None:
    cases = [c for c in FAMILIES[family]() if c.op.name not in _SIGNS and _emitted(c)]
    graph, arrays = one_graph(cases), [a for case in cases for a in case.arrays]
    found, due, told = iter(_run(graph, arrays)), iter(interpret(graph, arrays)), []
    for case in cases:
        for _ in one_graph([case]).results:
            line = difference(next(found), next(due), case.op not in _EITHER_ZERO)
            told += [f"{case.label}: {line}"] if line is not None else []
    assert told == []


def test_only_what_torch_lacks_is_missing() -> None:
    assert TORCH.table.keys() <= BACKEND.table.keys()
    assert TORCH.absences.keys() == BACKEND.absences.keys()


def _scaled() -> Graph:
    weights = Constant(np.arange(6.0).reshape(2, 3))

    def body(x: Any) -> Any:
        c = o.broadcast_to(o.constant(value=weights), shape=x.type.shape)
        return o.multiply(x, c), o.dim(size=x.type.shape[0])

    return build.graph_of(body, [parse_type("f64[batch,2,3]")], ["images"])


@pytest.mark.parametrize("batch", [1, 4])
def test_a_saved_module_takes_any_batch_and_brings_its_constants(
    tmp_path: Path, batch: int
) -> None:
    save(_scaled(), tmp_path / "m.pt")
    loaded = torch.jit.load(tmp_path / "m.pt")
    x = np.random.default_rng(0).normal(size=(batch, 2, 3))
    product, count = loaded(torch.from_numpy(x))
    np.testing.assert_array_equal(product.numpy(), x * np.arange(6.0).reshape(2, 3))
    assert count.item() == batch
    assert "images" in loaded.code


def test_nothing_is_left_of_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "m.pt").mkdir()
    with pytest.raises(FileError, match="is a folder"):
        save(_scaled(), tmp_path / "m.pt")
    assert [p.name for p in tmp_path.iterdir()] == ["m.pt"]
