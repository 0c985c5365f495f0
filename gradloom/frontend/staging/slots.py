"""Numbers and arrays that a loop carries, with one type each in all turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from gradloom.frontend.growing import State
from gradloom.frontend.staging.ends import Ends, Leaf
from gradloom.frontend.staging.lengthened import hint_of
from gradloom.frontend.tracer import Kind
from gradloom.ir.graph import Operand, Value
from gradloom.ir.types import TensorType


@final
@dataclass(slots=True)
class Slot:
    """One leaf that is carried: what it starts with, and the type it has in every turn."""

    first: Leaf
    type: TensorType
    kind: Kind
    parameter: Value | None = None
    last: Leaf | None = None


def slots_of(first: Ends) -> dict[int, Slot]:
    """All numbers of a value, by their place among its leaves."""
    numbers = [(i, x) for i, x in enumerate(first.leaves) if x.operand is not None]
    return {i: Slot(x, x.type, x.kind) for i, x in numbers}


def parameters_of(slots: Mapping[int, Slot]) -> dict[int, Operand]:
    """What stands for them in the turn that is recorded."""
    return {i: s.parameter for i, s in slots.items() if s.parameter is not None}


def hint(name: str, first: Ends, last: Ends) -> str:
    """What to do where a variable has other types after a turn than before the loop."""
    if isinstance(last.raw, list | State):
        return hint_of(last)
    if first.tree != last.tree or any(leaf.operand is None for leaf in first.leaves):
        return "keep its structure in every turn, with numbers and arrays in it"
    a, b = first.leaves[0].type, last.leaves[0].type
    if a.shape != b.shape:
        return "give it a fixed size before the loop: np.zeros(...), and fill it in"
    return f"start with its dtype: {name} = np.{b.dtype.name}({name})"
