"""Conditions of a program that are known only when it runs: `assert x > 0`, and what numpy checks.

They become `assert` ops. A condition that is known while the function is traced is settled there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from gradloom.frontend.handled import require_unhandled
from gradloom.frontend.trace import current_trace, require_trace
from gradloom.frontend.tracer import is_tracer
from gradloom.ir import ops as o
from gradloom.ir.build import emit
from gradloom.ir.dims import Dim
from gradloom.ir.found import is_found
from gradloom.ir.graph import Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.ops.host import ERRORS, Claim, error_of
from gradloom.ir.ops.rules import BOOL
from gradloom.ir.types import tensor_type

_CHECKED: ContextVar[bool] = ContextVar("checked", default=False)


@contextmanager
def checked() -> Iterator[None]:
    """Inside, traced programs check what they would otherwise leave to the backend, of which one
    raises and another goes on: indices that are known only when they run.
    """
    token = _CHECKED.set(True)
    try:
        yield
    finally:
        _CHECKED.reset(token)


def is_checked() -> bool:
    """Whether the program that is traced here checks its indices."""
    return _CHECKED.get()


def assert_that(
    condition: Any, message: str = "", error: str = "AssertFailed", staged: bool = False
) -> None:
    """Raise the error where the condition does not hold: now when it is no traced value, else when
    the program runs.

    `error` is a name in `gradloom.ir.ops.host.ERRORS`. With `staged`, a condition that fails now
    fails when the program comes here: this line may stand in a branch that is not taken.
    """
    claim = Claim(message or "assertion failed", error)
    trace = current_trace()
    if trace is not None:
        trace.builder.location = user_location()
    if trace is not None and is_tracer(condition):
        _emit(_truth(condition).here(trace), claim, staged)
    elif not condition:
        if trace is None or not staged:
            raise error_of(claim, user_location())
        emit(o.assert_, (literal(False, tensor_type(BOOL, ())),), claim)


def _truth(x: Any) -> Any:
    """What `bool(x)` would be."""
    if x.ndim and x.size != 1:
        bool(x)  # raises as numpy does
    whole = np.reshape(x, ()) if x.ndim else x
    return whole if x.dtype.kind == "b" else np.not_equal(whole, 0)


def require(condition: Any, message: str, error: str = "ArgumentError", hint: str = "") -> None:
    """What numpy checks of values, checked when the program runs: every element has to hold."""
    claim = Claim(message, error, hint)
    if is_tracer(condition):
        _emit(condition.here(require_trace()), claim, False)
    elif not np.all(condition):
        raise error_of(claim, user_location())


def require_some(size: Any, message: str, error: str = "ArgumentError", least: int = 1) -> bool:
    """Raise when the program runs and finds fewer elements; whether the size is one that it finds
    (others are at least 1, or numbers).
    """
    if isinstance(size, Dim) and any(map(is_found, size.symbols)):
        count: Operand = o.dim(size=size)
        enough = o.greater_equal(count, literal(least, count.type))
        _emit(enough, Claim(message, error), False)
        return True
    return False


def _emit(holds: Operand, claim: Claim, staged: bool) -> None:
    known = require_trace().constant_value(holds)
    if known is not None and known.all():
        return
    if known is not None and not staged:
        raise error_of(claim, user_location(1))
    require_unhandled(ERRORS[claim.error], claim.message)
    emit(o.assert_, (holds,), claim)
