"""What is shown as vnittest's three files behind a prefix, for tools that read those.

A layer of more than two axes is folded: its planes stand below each other, so that element i stays
element i; one of fewer is a row. Flows are dense, of zeros where there is no link; index pairs stay
index pairs, and a flow that was made up is None again: who reads it makes it up by a rule of his.
"""

from __future__ import annotations

import io
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import ArgumentError, DtypeError, NotSupported
from gradloom.viz.gradients.layer import MADE_UP, Flow, Layer
from gradloom.viz.gradients.pickled import pickled
from gradloom.viz.gradients.source import Snapshot
from gradloom.viz.gradients.together import replace_together

INFO: Final = "flow_info.pkl"
INPUT: Final = "input_representation.npy"
TARGET: Final = "target_representation.npy"
ELEMENTS: Final = 50_000_000
"""Numbers of all dense flows together: 400 MB, more than readers of such files can show."""


def write_prefix(snapshot: Snapshot, input: np.ndarray, path: Path) -> tuple[Path, ...]:
    """Write `PREFIXflow_info.pkl`, which is `path`, the input and, where there is one, the target:
    all of them, or none where this raises.

    Raises `NotSupported` for flows that are not held whole, or too large for dense arrays, before
    anything is written.
    """
    if not path.name.endswith(INFO):
        raise ArgumentError(f"{path} does not end with {INFO}", hint=f"runs/3_{INFO}, say")
    if not np.array_equal(snapshot.input, input, equal_nan=True):
        raise ArgumentError(
            "the input was edited after what is shown was computed: they do not belong together",
            hint="render first",
        )
    prefix = str(path)[: -len(INFO)]
    files = {path: pickled(flow_info(snapshot)), Path(prefix + INPUT): npy(input)}
    if snapshot.target is not None:
        files[Path(prefix + TARGET)] = npy(snapshot.target)
    replace_together(files)
    return tuple(files)


def flow_info(snapshot: Snapshot) -> dict[str, dict[Any, Any]]:
    """`activation_gradients` and `gradient_flows`, as vnittest's adapters give them.

    >>> a, b = Layer("a", (2,), gradient=np.array([3.0, 4.0])), Layer("b", (), gradient=np.ones(()))
    >>> flow = Flow("a", "b", np.array([1]), np.array([0]), np.array([4.0]), "exact")
    >>> flow_info(Snapshot(np.zeros(2), (a, b), (flow,)))["gradient_flows"]
    {('a', 'b'): array([[0.],
           [4.]])}
    """
    layers = {layer.name: layer for layer in snapshot.layers}
    sizes = [
        (layers[flow.source].size * layers[flow.target].size, f"{flow.source!r} -> {flow.target!r}")
        for flow in _dense(snapshot.flows)
    ]
    total = sum(size for size, _ in sizes)
    if total > ELEMENTS:
        most, flow = max(sizes)
        raise NotSupported(
            f"its flows have {total:,} numbers as dense arrays, {most:,} of them {flow}, and "
            f"{ELEMENTS:,} are the most",
            hint="keep it as .gradients.npz, or choose fewer layers",
        )
    return {
        "activation_gradients": {layer.name: _folded(layer) for layer in snapshot.layers},
        "gradient_flows": {(f.source, f.target): _flow(f, layers) for f in snapshot.flows},
    }


def _dense(flows: tuple[Flow, ...]) -> list[Flow]:
    """The flows that are written as dense arrays."""
    dense = [flow for flow in flows if flow.kind not in {"pairs", *MADE_UP}]
    for flow in dense:
        if not flow.is_whole:
            raise NotSupported(
                f"the flow {flow.source!r} -> {flow.target!r} holds {len(flow.values):,} of its "
                f"{flow.total:,} links, and a dense array would tell that the others are zero",
                hint="keep it as .gradients.npz, or choose fewer layers",
            )
    return dense


def _folded(layer: Layer) -> np.ndarray:
    if layer.gradient is None:
        raise NotSupported(f"layer {layer.name!r} has no gradient, which such a file needs")
    if layer.gradient.dtype.kind == "c":
        raise DtypeError(f"layer {layer.name!r} is complex, and such a file holds real numbers")
    return np.array(_real(layer.gradient)).reshape(prod(layer.leading) * layer.rows, layer.columns)


def _flow(flow: Flow, layers: dict[str, Layer]) -> Any:
    source, target = layers[flow.source], layers[flow.target]
    if flow.kind in MADE_UP:
        return None
    if flow.kind == "pairs":
        pairs = {"indices_in": (flow.sources, source), "indices_out": (flow.targets, target)}
        return {key: _places(at, layer) for key, (at, layer) in pairs.items()}
    return _real(flow.matrix(source.size, target.size))


def _places(elements: np.ndarray, layer: Layer) -> tuple[list[int], list[int]]:
    """Rows and columns in the folded layer."""
    rows, columns = np.divmod(elements, layer.columns)
    return rows.tolist(), columns.tolist()


def _real(array: np.ndarray) -> np.ndarray:
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def npy(array: np.ndarray) -> bytes:
    """The bytes of a `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
