"""Arrays in safetensors files, whole or not at all.

What safetensors has no name for through numpy (complex numbers, low precision) stands there as
bytes, its type in the metadata under the array's name. A file is written under another name,
brought to the disk and then renamed: at every moment its name stands for the old content or the
new.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import BackendMissing, FileError, FileMissing, FileUnwritable
from gradloom.ir.types import dtype_name, parse_type, tensor_type

NATIVE: Final = frozenset(
    ["bool", *(f"{k}{b}" for k in "iu" for b in (8, 16, 32, 64)), "f16", "f32", "f64"]
)
"""The dtypes that safetensors holds through numpy."""
_DIGEST: Final = ".sha256"


def write_tensors(path: Path, arrays: Mapping[str, np.ndarray], notes: Mapping[str, str]) -> None:
    """Write arrays by name, and notes that are no arrays' names; raises `FileUnwritable`."""
    metadata, held = dict(notes), {}
    for name, array in arrays.items():
        native = array.dtype.newbyteorder("=")
        whole = np.array(array, native, order="C")  # safetensors writes the memory as it lies
        if dtype_name(whole.dtype) not in NATIVE:
            metadata[name] = str(tensor_type(whole.dtype, whole.shape))
            whole = as_bytes(whole)
        held[name] = whole
    metadata[_DIGEST] = _digest(metadata, held)
    replace_file(path, safetensors_here().numpy.save(held, metadata))


def read_tensors(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of a file and its notes; raises `FileMissing`, or `FileError` for one that is
    truncated, damaged or no safetensors file.
    """
    if not path.is_file():
        raise FileMissing(f"there is no file {path}", hint="is the path right?")
    held: dict[str, np.ndarray] = {}
    name = ""
    try:
        with safetensors_here().safe_open(path, framework="numpy") as file:
            notes = dict(file.metadata() or {})
            held = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no dict)
        due = notes.pop(_DIGEST, None)
        if due is None and any(name.startswith(".") for name in notes):
            raise ValueError("its notes are ours, and its digest is gone")
        if due is not None and due != _digest(notes, held):
            raise ValueError("its content has not its digest")
        for name in held:
            held[name] = typed(held[name], notes.pop(name)) if name in notes else held[name]
    except BackendMissing:
        raise
    except Exception as error:  # whatever a damaged file makes safetensors raise
        where = f" (at {name!r})" if name else ""
        raise FileError(
            f"{path} is truncated, damaged or no safetensors file{where}: {error}",
            hint="save or copy it anew",
        ) from error
    return held, notes


def _digest(notes: Mapping[str, str], held: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of all notes and arrays."""
    made = hashlib.sha256()
    for name in sorted(notes):
        made.update(f"{len(name)} {len(notes[name])} {name}{notes[name]}".encode())
    for name in sorted(held):
        made.update(f"{len(name)} {name} {held[name].dtype.str}{held[name].shape}".encode())
        made.update(held[name].tobytes())
    return made.hexdigest()


def as_bytes(array: np.ndarray) -> np.ndarray:
    """The array's bytes, which safetensors holds whatever they mean."""
    return np.frombuffer(array.tobytes(), np.uint8)


def typed(array: np.ndarray, type_text: str) -> np.ndarray:
    """The array of this type, out of its bytes where safetensors held bytes."""
    type = parse_type(type_text)
    if array.dtype == type.dtype:
        return array
    return np.frombuffer(array.tobytes(), type.dtype).reshape(type.shape).copy()


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole, or leave what stands there as it is; raises `FileUnwritable`."""
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.tmp")
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
        if temporary.exists():
            temporary.unlink()


def _to_disk(folder: Path) -> None:
    """Bring the new name itself to the disk, where folders can be opened."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def safetensors_here() -> Any:
    """The package; raises `BackendMissing` where it is not installed."""
    try:
        import safetensors
        import safetensors.numpy
    except ImportError as error:
        raise BackendMissing(
            "arrays in files are kept by safetensors, and that is not installed",
            hint="pip install safetensors",
        ) from error
    return safetensors
