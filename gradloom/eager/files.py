"""Tensors in files: `gt.save` and `gt.load`, by safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from gradloom.eager.creation import from_numpy
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError, FileError, FileMissing


def save(tensors: Any, path: str | PathLike[str]) -> None:
    """Write named tensors (`model.state_dict()`) to a file of safetensors."""
    from safetensors.numpy import save_file

    if not isinstance(tensors, Mapping) or not all(isinstance(t, Tensor) for t in tensors.values()):
        raise ArgumentError(
            "gt.save: names and tensors are saved, nothing else",
            hint="give model.state_dict(), or {'w': tensor}",
        )
    arrays = {str(name): t.array() for name, t in tensors.items()}
    refused = [n for n, a in arrays.items() if a.dtype.kind == "c" or a.dtype.name == "bfloat16"]
    if refused:
        raise ArgumentError(
            f"gt.save: {', '.join(refused)}: complex and bfloat16 tensors are not saved",
            hint="save real and imaginary parts, or x.float()",
        )
    save_file(arrays, path)


def load(path: str | PathLike[str]) -> dict[str, Tensor]:
    """The named tensors of a file of safetensors; nothing in it is executed."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays: dict[str, Any] = load_file(path)
    except FileNotFoundError:
        raise FileMissing(f"gt.load: there is no file {str(path)!r}") from None
    except SafetensorError as error:
        raise FileError(f"gt.load: {str(path)!r} holds no safetensors: {error}") from None
    return {name: from_numpy(array) for name, array in arrays.items()}
