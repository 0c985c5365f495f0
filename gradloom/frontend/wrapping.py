"""Flat results as the user's function would give them: tracers where a trace runs, else numpy's."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.signature import Leaf, restore
from gradloom.frontend.trace import require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.graph import Literal, Value


def as_result(value: Any, leaf: Leaf) -> Any:
    """A tracer of the leaf's kind for an operand, an array or number for a plain value."""
    if isinstance(value, Value | Literal):
        return Tracer(require_trace(), value, leaf.kind)
    return value if type(value) is Tracer else restore(np.asarray(value), leaf)
