"""The same forward pass elsewhere, as it was written: other backends, and an ONNX file."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

import gradloom as gl
from gradloom import backends
from gradloom.examples.run import Run

_TIMED_CALLS: Final = 9


def on_every_backend(run: Run, forward: Callable[..., Any], *args: Any) -> None:
    """Show how far each installed backend is from numpy, and the time of a call; in whole runs."""
    if run.is_short:
        return
    expected = np.asarray(forward(*args))
    table = Table("the same forward pass on", "largest difference", "ms", box=None, pad_edge=False)
    for name in backends.available():
        if name == "cluster":
            continue  # it has workers to start; `gl.cluster()` shows it
        compiled = gl.compile(forward, backend=name)
        with run.console.status(f"compiling for {name}"):
            worst = np.max(np.abs(np.asarray(compiled(*args)) - expected), initial=0.0)
            took = _milliseconds(lambda compiled=compiled: compiled(*args))  # type: ignore[misc]
        table.add_row(name, f"{worst:.1e}", f"{took:.2f}")
    run.show(table)


def as_onnx(run: Run, forward: Callable[[NDArray[Any]], Any], x: NDArray[Any]) -> None:
    """Export `forward` for a batch of any size, and show how far onnxruntime's answer to x is.

    Nothing happens in short runs, or where onnx and onnxruntime are not installed.
    """
    if run.is_short or any(find_spec(p) is None for p in ("onnx", "onnx_ir", "onnxruntime")):
        return
    import onnxruntime

    kind = {"float32": "f32", "float64": "f64", "int64": "i64"}[x.dtype.name]
    any_batch = gl.spec(f"{kind}[{', '.join(['batch', *map(str, x.shape[1:])])}]")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        gl.export.onnx(forward, (any_batch,), path)
        size = path.stat().st_size
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for batch in (x[:1], x):
        (answer,) = session.run(None, {session.get_inputs()[0].name: batch})
        worst = max(worst, float(np.max(np.abs(answer - np.asarray(forward(batch))))))
    run.show(
        f"as ONNX: {size / 1024:.0f} KiB, for any batch; onnxruntime's answers to batches of 1 and "
        f"{len(x)} differ by {worst:.1e} at most"
    )


def _milliseconds(call: Callable[[], Any]) -> float:
    times = []
    for _ in range(_TIMED_CALLS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * median(times)
