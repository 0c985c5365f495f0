"""One file of arrays and plain values: safetensors, with a digest over all of it.

The plain part is JSON in the file's metadata, in which `{"array": NAME}` stands for an array. What
safetensors has no name for (complex numbers, low precision) stands there as bytes, its dtype in the
metadata. A file is written under another name, brought to the disk and then renamed: at every
moment its name stands for the old content or the new.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from gradloom.ir.errors import FileError, FileMissing, FileUnwritable
from gradloom.ir.types import dtype_name, dtype_of

FORMAT: Final = 1
"""Raised when an older gradloom could not read what a newer one writes."""
_KIND: Final = "gradloom-checkpoint"
_NATIVE: Final = frozenset(
    ["bool", *(f"{k}{b}" for k in "iu" for b in (8, 16, 32, 64)), "f16", "f32", "f64"]
)
"""The dtypes that safetensors holds through numpy."""
TEMPORARY: Final = ".tmp"
"""How the names of files that are being written end."""


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a tree of dicts, lists, arrays and plain values; whatever happens meanwhile, a file of
    that name stays as it was until the new one is whole. Raises `FileUnwritable`.
    """
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps(_plain(content, arrays, ""), allow_nan=True)
    dtypes = {name: dtype_name(x.dtype) for name, x in arrays.items()}
    shapes = {name: list(x.shape) for name, x in arrays.items()}
    head = {"content": text, "dtypes": json.dumps(dtypes), "shapes": json.dumps(shapes)}
    held = {name: _held(x) for name, x in arrays.items()}
    metadata = {"format": f"{_KIND} {FORMAT}", **head, "sha256": _digest(head, held)}
    _replace(path, save(held, metadata))


def read(path: Path) -> dict[str, Any]:
    """The tree of a file; raises `FileMissing`, or `FileError` for one that is truncated, damaged,
    foreign or of a newer version.
    """
    metadata, held = _opened(path)
    kind, _, version = metadata.get("format", "").partition(" ")
    if kind != _KIND:
        raise FileError(
            f"{path} is no checkpoint of gradloom", hint="gl.fit(checkpoint=...) writes them"
        )
    if version != str(FORMAT):
        raise FileError(
            f"{path} has format version {version}, and this gradloom reads version {FORMAT}",
            hint="install a newer gradloom",
        )
    head = {name: metadata.get(name, "") for name in ("content", "dtypes", "shapes")}
    if metadata.get("sha256") != _digest(head, held):
        raise FileError(
            f"{path} is damaged: its content has not its digest", hint="use an older one"
        )
    dtypes, shapes = json.loads(head["dtypes"]), json.loads(head["shapes"])
    arrays = {n: _restored(x, dtypes[n], shapes[n]) for n, x in held.items()}
    content: dict[str, Any] = _filled(json.loads(head["content"]), arrays)
    return content


def _opened(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    if not path.is_file():
        raise FileMissing(f"there is no file {path}", hint="is the path right?")
    try:
        with safe_open(path, framework="numpy") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no dict
    except (SafetensorError, ValueError, OSError) as error:
        raise FileError(
            f"{path} is truncated or damaged: {error}", hint="use an older one"
        ) from error


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _to_disk(path.parent)
    except OSError as error:
        raise FileUnwritable(
            f"{path} cannot be written: {error.strerror or error}",
            hint="is there such a folder, with room, and may you write there?",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _to_disk(folder: Path) -> None:
    """Bring the new name itself to the disk, where folders can be opened."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _digest(head: Mapping[str, str], held: Mapping[str, np.ndarray]) -> str:
    made = hashlib.sha256()
    for name in sorted(head):
        made.update(f"{name} {len(head[name])}\n{head[name]}\n".encode())
    for name in sorted(held):
        made.update(f"{name} {held[name].nbytes}\n".encode())
        made.update(np.ascontiguousarray(held[name]).data)
    return made.hexdigest()


# ---- a tree as JSON, its arrays apart ------------------------------------------------------------


def _plain(x: Any, arrays: dict[str, np.ndarray], path: str) -> Any:
    if isinstance(x, np.ndarray | np.generic):
        name = path or "value"
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


def _held(array: np.ndarray) -> np.ndarray:
    whole = np.array(array, order="C")  # safetensors writes the memory as it lies
    if dtype_name(array.dtype) in _NATIVE:
        return whole
    return np.frombuffer(whole.tobytes(), np.uint8)


def _restored(held: np.ndarray, dtype: str, shape: list[int]) -> np.ndarray:
    due = dtype_of(dtype)
    made = held if held.dtype == due else np.frombuffer(held.tobytes(), due)
    return np.array(made).reshape(shape)
