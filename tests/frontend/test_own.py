"""Ops from outside the package: the page's example runs, and every rule of it holds."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir import ops as o
from gradloom.ir.op import Attrs, Op, Opaque, Partials
from gradloom.ir.ops.rules import same_axes
from tests.tree.files import ROOT

TEXT = (ROOT / "docs" / "own-ops.md").read_text(encoding="utf-8")
PROGRAM = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[0]
x = np.array([0.0, 1.0, 2.0])


@pytest.fixture(scope="module")
def page() -> tuple[dict[str, Any], str]:
    names: dict[str, Any] = {}
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(PROGRAM, "own_ops.py", "exec"), names)
    return names, out.getvalue()


def test_the_example_prints_what_the_page_says(page: tuple[dict[str, Any], str]) -> None:
    said = [line[3:] for line in PROGRAM.splitlines() if line.startswith("#> ")]
    assert page[1].splitlines() == said


def test_the_op_has_both_modes_twice_and_text(page: tuple[dict[str, Any], str]) -> None:
    bump = page[0]["bump"]
    value, slope = gl.jvp(bump, (x,), (np.ones(3),))
    np.testing.assert_allclose(value, 1 / (1 + x * x))
    np.testing.assert_allclose(slope, -2 * x / (1 + x * x) ** 2)
    second = gl.elementwise_grad(gl.elementwise_grad(bump))(x)
    np.testing.assert_allclose(second, (6 * x * x - 2) / (1 + x * x) ** 3)
    graph = gl.trace(bump, x)
    assert gl.parse(str(graph)) == graph


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_the_op_runs_on_every_backend(page: tuple[dict[str, Any], str], backend: str) -> None:
    pytest.importorskip(backend)
    slope = gl.compile(gl.grad(lambda x: page[0]["bump"](x).sum()), backend)
    np.testing.assert_allclose(slope(x), -2 * x / (1 + x * x) ** 2)


@pytest.mark.framework
@pytest.mark.parametrize("derived", [False, True])
def test_the_op_and_its_derivative_are_exported_as_what_they_are_made_of(
    page: tuple[dict[str, Any], str], tmp_path: Path, derived: bool
) -> None:
    runtime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    bump = page[0]["bump"]
    f = gl.grad(lambda x: bump(x).sum()) if derived else bump
    gl.export.onnx(f, (x,), tmp_path / "bump.onnx")
    session = runtime.InferenceSession(tmp_path / "bump.onnx", providers=["CPUExecutionProvider"])
    made = session.run(None, {session.get_inputs()[0].name: x})[0]
    np.testing.assert_allclose(made, -2 * x / (1 + x * x) ** 2 if derived else 1 / (1 + x * x))


@dataclass(frozen=True, slots=True)
class By(Attrs):
    k: float


def test_attributes_are_given_by_name_and_missing_rules_are_told() -> None:
    scaled = gl.register_op(
        Op("own.scaled", lambda a, x: x * a.k, Opaque("scale by hand"), axes=same_axes, attrs=By,
           elementwise=True)
    )  # fmt: skip
    np.testing.assert_allclose(scaled(x, k=2.0), 2 * x)
    np.testing.assert_allclose(gl.trace(lambda x: scaled(x, k=3.0), x)(x), 3 * x)
    with pytest.raises(gl.NotDifferentiable, match="scale by hand"):
        gl.grad(lambda x: scaled(x, k=3.0).sum())(x)
    with pytest.raises(gl.NotSupported, match=r"own\.scaled"):
        gl.compile(lambda x: scaled(x, k=3.0))(x)
    with pytest.raises(gl.CallError, match="takes 1 arrays and got 2"):
        scaled(x, x, k=2.0)
    with pytest.raises(TypeError, match="neither an axis mapping nor a type rule"):
        Op("own.none", np.sin, Partials(None))
    with pytest.raises(ValueError, match="is an op of gradloom"):
        gl.register_op(o.add)
