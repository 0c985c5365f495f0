"""Arrays that no trace sees: stores of traced values into them, and those that cannot be traced."""

from __future__ import annotations

import ast
import dis
import linecache
import sys
from types import FrameType
from typing import Any, Final

import numpy as np

from gradloom.ir.errors import DtypeError, ForeignTarget
from gradloom.ir.location import user_location

_HINT: Final = "make the array inside the traced function (np.zeros, x.copy())"
_WHICH: Final = "an array that the trace neither made nor received"
_HARMLESS: Final = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Slice, ast.Tuple, ast.UnaryOp,
    ast.USub, ast.Load,
)  # fmt: skip


def is_stored(depth: int) -> bool:
    """Whether the frame so many calls up is at an assignment `array[key] = value`."""
    frame = sys._getframe(depth + 1)
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] == "STORE_SUBSCR"


def store_refused(depth: int) -> ForeignTarget:
    """The error for `array[key] = traced` of an array from outside, so many calls up."""
    text, array = _stored_into(sys._getframe(depth + 1))
    return ForeignTarget(
        f"a traced value is stored into {_WHICH}" + (f": {text}" if text else ""),
        location=user_location(),
        hint=_HINT,
        array=array,
    )


def _stored_into(frame: FrameType) -> tuple[str, Any]:
    """The array of `array[key] = value` as it is written, and itself, where looking at it again
    calls nothing.
    """
    places = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    line, end, start, stop = places
    if line is None or line != end:
        return "", None
    text = linecache.getline(frame.f_code.co_filename, line).encode()[start:stop].decode()
    try:
        target = ast.parse(text, mode="eval").body
        if not isinstance(target, ast.Subscript) or not all(
            isinstance(node, _HARMLESS) for node in ast.walk(target.value)
        ):
            return "", None
        text = ast.unparse(target.value)
        return text, eval(text, frame.f_globals, frame.f_locals)
    except Exception:  # the source is not what runs, or has no such name any more
        return "", None


def foreign_target(name: str, array: Any, path: str | None = None) -> ForeignTarget:
    """The error for a function of numpy that writes into an array from outside."""
    return ForeignTarget(
        f"np.{name} writes a traced value into {_WHICH}" + (f": {path}" if path else ""),
        location=user_location(),
        hint=_HINT,
        array=array if isinstance(array, np.ndarray) else None,
    )


def refuse_foreign(array: np.ndarray, name: str) -> None:
    """Raise `DtypeError` for arrays whose operators mean something else, or that hold no
    numbers.
    """
    if isinstance(array, np.ma.MaskedArray):
        why, hint = "masked arrays cannot be traced", "use np.where with a mask of your own"
    elif isinstance(array, np.matrix):
        why, hint = "np.matrix cannot be traced: its * is a matrix product", "use np.asarray and @"
    elif array.dtype.kind == "O":
        why, hint = "an array of Python objects cannot be traced", "give it a numeric dtype"
    else:
        return
    raise DtypeError(f"{name}: {why}", location=user_location(), hint=hint)
