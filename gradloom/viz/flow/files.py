"""Gradient flows in files: arrays as .npz, the rest as JSON in it, nothing pickled."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import FileError, FileMissing
from gradloom.viz.flow.flow import GradientFlow
from gradloom.viz.flow.places import Link, Place
from gradloom.viz.flow.troubles import Thresholds
from gradloom.viz.writers.files import write_file

_FORMAT: Final = "gradloom gradient flow"
_VERSION: Final = 1
_ARRAYS: Final = (
    "steps", "losses", "seconds", "norms", "largest", "zeros", "dead", "nans", "infinities",
    "passed",
)  # fmt: skip


def save(flow: GradientFlow, path: Path) -> Path:
    """Write the flow; the parameters are not in it."""
    told = {
        "format": _FORMAT,
        "version": _VERSION,
        "title": flow.title,
        "backend": flow.backend,
        "limits": asdict(flow.limits),
        "places": [asdict(p) for p in flow.places],
        "links": [asdict(link) for link in flow.links],
    }
    data = io.BytesIO()
    text = np.frombuffer(json.dumps(told).encode(), np.uint8)
    arrays = {name: getattr(flow, name) for name in _ARRAYS}
    np.savez_compressed(data, about=text, **arrays)
    write_file(path, data.getvalue())
    return path


def load(path: Path) -> GradientFlow:
    """What `save` wrote; FileMissing, or FileError for any other file."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        told = json.loads(arrays["about"].tobytes())
    except FileNotFoundError:
        raise FileMissing(f"{path} is not there") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise FileError(f"{path} holds no gradient flow: {error}", hint=_HINT) from error
    return _flow(path, told, arrays)


_HINT: Final = "give a file that flow.save(path) wrote"


def _flow(path: Path, told: Any, arrays: dict[str, np.ndarray]) -> GradientFlow:
    if not isinstance(told, dict) or told.get("format") != _FORMAT:
        raise FileError(f"{path} holds no gradient flow", hint=_HINT)
    if told.get("version") != _VERSION:
        raise FileError(
            f"{path} is of version {told.get('version')}, and this gradloom reads {_VERSION}",
            hint="read it with the gradloom that wrote it",
        )
    try:
        places = tuple(Place(**{**p, "shape": tuple(p["shape"])}) for p in told["places"])
        flow = GradientFlow(
            title=told["title"], backend=told["backend"], places=places,
            links=tuple(Link(**x) for x in told["links"]), limits=Thresholds(**told["limits"]),
            **{name: arrays[name] for name in _ARRAYS},
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise FileError(f"{path}: a gradient flow lacks a part: {error}", hint=_HINT) from error
    _require_shapes(path, flow)
    return flow


def _require_shapes(path: Path, flow: GradientFlow) -> None:
    steps, places, links = len(flow.steps), len(flow.places), len(flow.links)
    wanted: dict[str, tuple[int, ...]] = dict.fromkeys(_ARRAYS[3:9], (steps, places))
    wanted |= {"losses": (steps,), "seconds": (steps,), "passed": (steps, links)}
    for name, shape in wanted.items():
        if getattr(flow, name).shape != shape:
            raise FileError(
                f"{path}: {name} has shape {getattr(flow, name).shape}, and {shape} is due"
            )
    if any(not 0 <= i < places for link in flow.links for i in (link.source, link.target)):
        raise FileError(f"{path}: a link leads to a place that is not there")
