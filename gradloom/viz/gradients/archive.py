"""Our own file of gradients: `NAME.gradients.npz`, arrays and one JSON text (`about`) beside them.

about   {"format": 1, "layers": [{name, shape, op, node, file, line, function, source}],
         "flows": [{source, target, kind, total, selected}], "loss": number, text or null,
         "notes": [text]}
input, target, a0, g0 (activation and gradient of layer 0), f0s, f0t, f0v, f0d (sources,
targets, values and slopes of flow 0), ...
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np

from gradloom.ir.errors import FileError, FileMissing
from gradloom.ir.tensors import replace_file
from gradloom.viz.gradients.document import number
from gradloom.viz.gradients.layer import Flow, Kind, Layer
from gradloom.viz.gradients.source import Snapshot

FORMAT: Final = 1
MOST_BYTES: Final = 1 << 30
"""What a file may hold unpacked, far above what a page can show: a small one can claim any size."""
_FACTS: Final = {"op": str, "node": int, "file": str, "line": int, "function": str, "source": str}


def write_archive(snapshot: Snapshot, input: np.ndarray, path: Path) -> None:
    """Write everything, with this input; the file is written whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays_of(snapshot, input))
    replace_file(path, buffer.getvalue())


def arrays_of(snapshot: Snapshot, input: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of such a file, by name."""
    arrays = {"input": input}
    if snapshot.target is not None:
        arrays["target"] = snapshot.target
    layers = []
    for i, layer in enumerate(snapshot.layers):
        numbers = {f"a{i}": layer.activation, f"g{i}": layer.gradient}
        arrays.update({key: x for key, x in numbers.items() if x is not None})
        facts = {name: getattr(layer, name) for name in _FACTS}
        layers.append({"name": layer.name, "shape": list(layer.shape), **facts})
    loss = None if snapshot.loss is None else number(snapshot.loss)
    about = {"format": FORMAT, "layers": layers, "flows": flow_facts(snapshot.flows),
             "loss": loss, "notes": snapshot.notes}  # fmt: skip
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    return arrays | flow_arrays(snapshot.flows)


def flow_facts(flows: Sequence[Flow]) -> list[dict[str, Any]]:
    """What is to be told of flows beside their arrays."""
    return [
        {"source": flow.source, "target": flow.target, "kind": flow.kind, "total": flow.total,
         "selected": flow.selected}
        for flow in flows
    ]  # fmt: skip


def flow_arrays(flows: Sequence[Flow]) -> dict[str, np.ndarray]:
    """The links of flows, in arrays by name."""
    arrays = {}
    for i, flow in enumerate(flows):
        columns = {"s": flow.sources, "t": flow.targets, "v": flow.values, "d": flow.slopes}
        arrays.update({f"f{i}{key}": x for key, x in columns.items() if x is not None})
    return arrays


def flows_in(facts: Sequence[Any], arrays: Mapping[str, np.ndarray]) -> tuple[Flow, ...]:
    """The flows of `flow_facts` and `flow_arrays`."""
    return tuple(_flow(i, one, arrays) for i, one in enumerate(facts))


def read_archive(path: Path) -> Snapshot:
    """What was written; raises `FileMissing` or `FileError`."""
    try:
        with zipfile.ZipFile(path) as file:
            if sum(info.file_size for info in file.infolist()) > MOST_BYTES:
                raise FileError(f"{path} unpacks to more than {MOST_BYTES:,} bytes")
        with np.load(path, allow_pickle=False) as held:
            arrays = {key: held[key] for key in held.files}
        return snapshot_in(arrays)
    except FileNotFoundError as error:
        raise FileMissing(f"{path} is not there") from error
    except FileError:
        raise
    except Exception as error:  # zipfile, zlib, numpy and json have many words for broken bytes
        raise FileError(f"{path} is no file of gradients, or is broken: {error}") from error


def snapshot_in(arrays: Mapping[str, np.ndarray]) -> Snapshot:
    """What `arrays_of` was given."""
    about: Any = json.loads(arrays["about"].tobytes())
    if about["format"] != FORMAT:
        raise FileError(f"its format is {about['format']!r:.20}, and {FORMAT} is read")
    layers = tuple(_layer(i, facts, arrays) for i, facts in enumerate(about["layers"]))
    loss = None if about["loss"] is None else float(about["loss"])
    return Snapshot(
        arrays["input"], layers, flows_in(about["flows"], arrays), arrays.get("target"), loss,
        notes=tuple(map(str, about.get("notes", ()))),
    )  # fmt: skip


def _layer(i: int, facts: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Layer:
    told = {name: kind(facts[name]) for name, kind in _FACTS.items()}
    shape = tuple(int(n) for n in facts["shape"])
    return Layer(str(facts["name"]), shape, arrays.get(f"a{i}"), arrays.get(f"g{i}"), **told)


def _flow(i: int, facts: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Flow:
    kind = facts["kind"]
    if kind not in get_args(Kind):
        raise FileError(f"a flow is {kind!r:.40}, which none is")
    sources, targets, values = (arrays[f"f{i}{key}"] for key in "stv")
    return Flow(
        str(facts["source"]), str(facts["target"]), sources, targets, values, kind,
        arrays.get(f"f{i}d"), int(facts["total"]), int(facts.get("selected", -1)),
    )  # fmt: skip
