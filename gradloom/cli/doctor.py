"""What is installed, and whether each backend computes."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil

import numpy as np
from rich.table import Table

from gradloom import __version__, backends
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.types import parse_type

_TOOLS = {
    "onnx": "gradloom[onnx]",
    "onnxruntime": "gradloom[onnx]",
    "pillow": "gradloom[viz]",
    "reportlab": "gradloom[viz]",
    "imageio-ffmpeg": "gradloom[video]",
    "pyzmq": "gradloom[cluster]",
}


def report() -> Table:
    """A table of parts: what each is, whether it works, and how to get it."""
    table = Table(
        "part",
        "version",
        "state",
        title=f"gradloom {__version__}, {_machine()}",
    )
    for name in backends.known():
        table.add_row(f"backend {name}", *_backend(name))
    for package, extra in _TOOLS.items():
        version = _installed(package)
        table.add_row(
            package, version or "-", "installed" if version else f"missing: pip install '{extra}'"
        )
    dot = shutil.which("dot")
    table.add_row(
        "Graphviz dot",
        "",
        "found" if dot else "missing: graphs are drawn by gradloom's own layout",
    )
    return table


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def _installed(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _backend(name: str) -> tuple[str, str]:
    backend = backends.get(name)
    version = _installed(backend.package)
    if not version:
        return "-", f"missing: pip install 'gradloom[{backend.extra}]'"
    graph = build.graph_of(lambda x: o.sum(o.tanh(x), axes=(0,)), [parse_type("f64[3]")])
    x = np.array([0.1, 0.2, 0.3])
    try:
        (result,) = backend.build(graph).numpy(x)
    except Exception as error:  # any failure of a framework is what this command is there to tell
        return version, f"broken: {error}"
    right = np.allclose(result, np.tanh(x).sum(), rtol=1e-12)
    return version, f"works ({', '.join(backend.devices())})" if right else f"wrong: {result}"
