"""Stores of traced values into arrays that no trace sees: what to tell about them."""

from __future__ import annotations

import dis
import sys
from typing import Final

from gradloom.ir.errors import TraceError
from gradloom.ir.location import user_location

_HINT: Final = "make the array inside the traced function (np.zeros, x.copy())"


def is_stored(depth: int) -> bool:
    """Whether the frame so many calls up is at an assignment `array[key] = value`."""
    frame = sys._getframe(depth + 1)
    return dis.opname[frame.f_code.co_code[frame.f_lasti]] == "STORE_SUBSCR"


def store_refused() -> TraceError:
    """The error for `array[key] = traced` of an array from outside."""
    return TraceError(
        "a traced value is stored into an array that the trace neither made nor received",
        location=user_location(),
        hint=_HINT,
    )


def foreign_target(name: str, path: str | None) -> TraceError:
    """The error for a function of numpy that writes into an array from outside."""
    which = "an array that the trace neither made nor received"
    return TraceError(
        f"np.{name} writes a traced value into {which}" + (f": {path}" if path else ""),
        location=user_location(),
        hint=_HINT,
    )
