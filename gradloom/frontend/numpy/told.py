"""Errors as the user knows them: typed, and named after the function that was written."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final

import numpy as np

from gradloom.frontend.callers import is_users
from gradloom.ir.errors import (
    ArgumentError,
    AxisOutOfRange,
    CallError,
    GradloomError,
    IndexOutOfRange,
    MatrixError,
    NumberOutOfRange,
)
from gradloom.ir.location import Location
from gradloom.ir.shipped import is_ours

_KINDS: Final[tuple[tuple[type[Exception], type[GradloomError]], ...]] = (
    (np.exceptions.AxisError, AxisOutOfRange),
    (np.linalg.LinAlgError, MatrixError),
    (OverflowError, NumberOutOfRange),
    (IndexError, IndexOutOfRange),
    (ValueError, ArgumentError),
    (TypeError, CallError),
)
"""What numpy raises -> ours, which is that too; the first that fits."""

_SHORT: Final = {"numpy.lib.scimath": "np.emath", "numpy.lib.stride_tricks": "np.lib.stride_tricks"}
_PREFIX: Final = re.compile(r"((?:np|ndarray)\.)?([\w.]+): ")
_OURS: Final = "gradloom.frontend."
_WAYS_IN: Final = frozenset(
    _OURS + name
    for name in (
        "tracer", "patches", "proxies", "libraries", "listed", "numpy.dispatch",
        "numpy.ndarray", "numpy.ufuncs", "numpy.told", "numpy.operators",
    )
)  # fmt: skip
"""Modules between the user's call and our functions."""


def public_name(function: Callable[..., Any]) -> str:
    """`np.linalg.norm`, as users write it."""
    module = getattr(function, "__module__", None) or "numpy"
    return f"{_SHORT.get(module) or module.replace('numpy', 'np', 1)}.{function.__name__}"


def told(error: Exception, what: str, location: Location | None) -> Exception:
    """The error to raise from a call of `what`: itself, or a typed one that names the function.

    `what` is "" for an operator, whose line says enough.

    What the user's own code raised (in a function handed to `np.apply_along_axis`, say) stays as
    it is; so does an error on its way from one of our functions to another.
    """
    if isinstance(error, GradloomError):
        error.location = error.location or location
        if not error.is_told and _called_by_user():
            error.message = _named(error.message, what)
            error.is_told = True
        return error
    kind = next((ours for theirs, ours in _KINDS if isinstance(error, theirs)), None)
    if kind is None or not _called_by_user() or _is_users_own(error.__traceback__):
        return error
    made = kind(_named(str(error), what), location=location)
    made.is_told = True
    made.__cause__ = error
    return made


def _named(message: str, what: str) -> str:
    """The message, begun with the function's name in place of another's."""
    if not what or message.startswith((f"{what}:", f"{what} ", f"{what}(")):
        return message
    found = _PREFIX.match(message)
    if found is not None and (found[1] or hasattr(np, found[2]) or hasattr(np.linalg, found[2])):
        message = message[found.end() :]
    return f"{what}: {message}"


def _called_by_user() -> bool:
    """Whether the running call comes from outside our functions."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name not in _WAYS_IN and not frame.f_code.co_filename.startswith("<__array_function__"):
            return not is_ours(name)
        frame = frame.f_back
    return True


def _is_users_own(trace: TracebackType | None) -> bool:
    """Whether an error was raised in, or went through, the user's code."""
    while trace is not None:
        if is_users(trace.tb_frame):
            return True
        trace = trace.tb_next
    return False
