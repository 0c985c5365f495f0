"""Ops as functions of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradloom.frontend.numpy.lift import Array, as_array, broadcast_operands
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import wrap
from gradloom.ir.op import Op


def of(op: Op, **attrs: Any) -> Callable[..., Array]:
    """The op on arrays of equal dtype, broadcast."""

    def function(*xs: Any) -> Array:
        operands = [as_array(x).here(require_trace()) for x in xs]
        return wrap(op(*broadcast_operands(f"scipy.special.{op.name}", operands), **attrs))

    return function
