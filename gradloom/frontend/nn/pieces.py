"""Functions that stand in a graph as one named `call`, which a backend with a native kernel takes.

The kind says what the call computes (gradloom/backends/kinds.py); the function is its meaning, its
derivative and its form where a backend has no kernel.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from gradloom.frontend.pieces import as_piece
from gradloom.frontend.tracer import is_tracer

F = TypeVar("F", bound=Callable[..., Any])


def piece(kind: str) -> Callable[[F], F]:
    """The function, recorded as a call of this kind where its arrays are floats of one dtype, as
    kernels take them; else as the ops that it is made of.
    """

    def wrap(f: Any) -> Any:
        f.__name__ = kind  # as graphs call the region
        recorded = as_piece(f, kind)

        @functools.wraps(f)
        def function(*xs: Any) -> Any:
            floats = {x.dtype for x in xs if x.dtype.kind != "b"}
            alike = len(floats) == 1 and floats.pop().kind not in "iuc"
            return recorded(*xs) if alike and any(map(is_tracer, xs)) else f(*xs)

        return function

    return wrap
