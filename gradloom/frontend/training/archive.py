"""One file of arrays and plain values: the tensors of a checkpoint, and the rest as JSON.

The plain part stands in the file's notes; `{"array": NAME}` in it stands for an array. Files are
`gradloom.ir.tensors`': written whole or not at all, with a digest over everything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import FileError
from gradloom.ir.tensors import read_tensors, write_tensors

FORMAT: Final = 1
"""Raised when an older gradloom could not read what a newer one writes."""
_KIND: Final = "gradloom-checkpoint"


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a tree of dicts, lists, arrays and plain values; whatever happens meanwhile, a file of
    that name stays as it was until the new one is whole. Raises `FileUnwritable`.
    """
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps(_plain(content, arrays, ""), allow_nan=True)
    # No array's name is that of a note: paths begin with a slash.
    write_tensors(path, arrays, {"format": f"{_KIND} {FORMAT}", "content": text})


def read(path: Path) -> dict[str, Any]:
    """The tree of a file; raises `FileMissing`, or `FileError` for one that is truncated, damaged,
    foreign or of a newer version.
    """
    arrays, notes = read_tensors(path)
    kind, _, version = notes.get("format", "").partition(" ")
    if kind != _KIND:
        raise FileError(
            f"{path} is no checkpoint of gradloom", hint="gl.fit(checkpoint=...) writes them"
        )
    if version != str(FORMAT):
        raise FileError(
            f"{path} has format version {version}, and this gradloom reads version {FORMAT}",
            hint="install a newer gradloom",
        )
    content: dict[str, Any] = _filled(json.loads(notes["content"]), arrays)
    return content


# ---- a tree as JSON, its arrays apart ------------------------------------------------------------


def _plain(x: Any, arrays: dict[str, np.ndarray], path: str) -> Any:
    if isinstance(x, np.ndarray | np.generic):
        name = path or "/"
        arrays[name] = np.asarray(x)
        return {"array": name}
    if isinstance(x, Mapping):
        return {"items": [[k, _plain(v, arrays, f"{path}/{k}")] for k, v in x.items()]}
    if isinstance(x, list | tuple):
        return [_plain(v, arrays, f"{path}/{i}") for i, v in enumerate(x)]
    return x


def _filled(x: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(x, list):
        return [_filled(v, arrays) for v in x]
    if isinstance(x, dict):
        if "array" in x:
            return arrays[x["array"]]
        return {k: _filled(v, arrays) for k, v in x["items"]}
    return x
