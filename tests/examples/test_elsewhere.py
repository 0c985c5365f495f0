"""What is shown of other backends and of ONNX files is measured."""

from io import StringIO
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from gradloom import backends
from gradloom.examples import elsewhere
from gradloom.examples.elsewhere import as_onnx, on_every_backend
from gradloom.examples.run import Run


def run_into() -> tuple[Run, StringIO]:
    file = StringIO()
    return Run(Console(file=file, width=100)), file


def forward(x: Any) -> Any:
    return np.tanh(x.reshape(len(x), -1)) * 2


def test_short_runs_show_nothing() -> None:
    _, file = run_into()
    run = Run(Console(file=file), steps=1)
    on_every_backend(run, forward, np.ones((2, 3)))
    as_onnx(run, forward, np.ones((2, 3)))
    assert file.getvalue() == ""


@pytest.mark.framework
def test_each_installed_backend_has_a_line_and_is_close() -> None:
    run, file = run_into()
    on_every_backend(run, forward, np.linspace(-1, 1, 12).reshape(3, 2, 2))
    lines = {line.split()[0]: line.split()[1:] for line in file.getvalue().splitlines()[1:]}
    assert set(lines) == set(backends.available())
    for difference, milliseconds in lines.values():
        assert float(difference) < 1e-12
        assert float(milliseconds) >= 0


@pytest.mark.framework
def test_an_onnx_file_is_asked_for_batches_of_other_sizes() -> None:
    pytest.importorskip("onnxruntime")
    run, file = run_into()
    as_onnx(run, forward, np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 2, 2))
    text = file.getvalue()
    assert "batches of 1 and 3 differ by " in text
    assert float(text.rsplit("differ by ", 1)[1].split()[0]) < 1e-6


@pytest.mark.framework
def test_an_onnx_file_that_answered_otherwise_would_be_seen() -> None:
    pytest.importorskip("onnxruntime")
    run, file = run_into()
    calls = []

    def unsteady(x: Any) -> Any:
        calls.append(x)
        return x + (1.0 if len(calls) == 1 else 0.0)  # the file keeps what the first call did

    as_onnx(run, unsteady, np.ones((2, 2), np.float32))
    assert float(file.getvalue().rsplit("differ by ", 1)[1].split()[0]) == 1.0


def test_without_the_packages_no_file_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "find_spec", lambda name: None)
    run, file = run_into()
    as_onnx(run, forward, np.ones((2, 3), np.float32))
    assert file.getvalue() == ""
