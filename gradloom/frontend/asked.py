"""What to say where Python asks of a traced value what it does not have."""

from __future__ import annotations

import difflib
import functools
import os
import sys
from types import FrameType
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import ArgumentError, CallError, DtypeError, NoAttribute
from gradloom.ir.location import user_frame, user_location
from gradloom.ir.types import TensorType

_ELSEWHERE: Final = {
    "relu": "np.maximum(x, 0)", "sigmoid": "1 / (1 + np.exp(-x))", "softmax": "np.exp and np.sum",
    "at": "x[i] = v and x[i] += v", "set": "x[i] = v", "numpy": "what the function returns",
    "detach": "gl.stop_gradient(x)", "backward": "gl.grad(f)", "grad": "gl.grad(f)",
    "requires_grad": "gl.grad(f)", "unsqueeze": "np.expand_dims(x, axis)", "cat": "np.concatenate",
    "permute": "np.transpose(x, axes)", "mm": "x @ y", "matmul": "x @ y", "values": "x itself",
    "block_until_ready": "what the function returns", "cpu": "what the function returns",
    "contiguous": "x.copy()", "clone": "x.copy()", "float": "x.astype(np.float32)",
    "double": "x.astype(np.float64)", "long": "x.astype(np.int64)", "norm": "np.linalg.norm(x)",
}  # fmt: skip
"""Attributes of other libraries' arrays -> how numpy or gradloom writes it."""


def ambiguous(type: TensorType) -> ArgumentError:
    """The truth value of an array that has not one element."""
    return ArgumentError(
        "The truth value of an array with more than one element is ambiguous: it has shape "
        f"{type.shape}",
        location=user_location(),
        hint="Use a.any() or a.all(), or np.where(condition, a, b) to choose element by element",
    )


def no_index(type: TensorType) -> CallError:
    """An index or a size that is no whole number."""
    hint = (
        "one element is a number: x[0]"
        if type.shape
        else "an index or a size is a whole number: x.astype(int), or int(x) where it has a value"
    )
    return CallError(
        f"only integer scalar arrays can be converted to a scalar index, and this is {type}",
        location=user_location(),
        hint=hint,
    )


def no_attribute(name: str, cls: type = np.ndarray) -> AttributeError:
    """An attribute that a class does not have; names that Python itself asks for cost little."""
    home = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
    message = f"'{home}{cls.__name__}' object has no attribute {name!r}"
    if name.startswith("__"):
        return AttributeError(message)
    if hasattr(cls, name):
        return NoAttribute(
            f"{cls.__name__}.{name} of a traced value is not offered", location=user_location()
        )
    return NoAttribute(message, location=user_location(), hint=_instead(name))


@functools.lru_cache(maxsize=256)
def _instead(name: str) -> str:
    if name in _ELSEWHERE:
        return f"with numpy, write {_ELSEWHERE[name]}"
    if callable(getattr(np, name, None)):
        return f"it is a function: np.{name}(x)"
    near = difflib.get_close_matches(name, [n for n in dir(np.ndarray) if n[0] != "_"], 3)
    return f"did you mean {' or '.join(near)}?" if near else "an array has numpy's attributes"


_MA: Final = os.path.dirname(np.ma.__file__) + os.sep


def masked_by_numpy(depth: int) -> DtypeError | None:
    """The error for a traced value that `np.ma` takes the numbers of; None where it is not np.ma
    that asks.
    """
    users, frame = user_frame(depth + 1), sys._getframe(depth + 1)
    asked: FrameType | None = None
    inner: FrameType | None = frame
    while inner is not None and inner is not users:
        if inner.f_code.co_filename.startswith(_MA):
            asked = inner
        inner = inner.f_back
    if asked is None:
        return None
    return DtypeError(
        f"{_name_of(asked)}: masked arrays cannot be traced",
        location=user_location(),
        hint="use np.where with a mask of your own, or np.sum(x, where=mask)",
    )


def _name_of(frame: FrameType) -> str:
    """A function of np.ma as the user wrote it."""
    name = frame.f_code.co_name
    if name == "__new__":
        return "np.ma.masked_array"
    owner: Any = frame.f_locals.get("self")
    return f"np.ma.{getattr(owner, '__name__', name) if name.startswith('__') else name}"
