"""The ways to run a function that the tests of plain Python try."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

import gradloom as gl

X: Final = np.array([0.5, -1.25, 2.0])


def _traced(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: gl.trace(f, *args)(*args)


def _pushed(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: gl.jvp(f, args, tuple(np.zeros_like(x) for x in args))[0]


WAYS: Final = {"trace": _traced, "compile": gl.compile, "jvp": _pushed}
