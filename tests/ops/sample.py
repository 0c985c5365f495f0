"""What one sample of an op is, and graphs of single ops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph
from gradloom.ir.types import type_of


@dataclass(frozen=True)
class Sample:
    """Operands and attributes that lie in the op's domain.

    `smooth`: the op has a derivative there, by every operand of an inexact dtype that `fixed` does
    not list, and finite differences of double precision see it. `batches`: for each operand, other
    arrays of its type that fit the others as well (None: the operand turned round).
    """

    operands: tuple[np.ndarray, ...]
    attrs: dict[str, Any] = field(default_factory=dict)
    smooth: bool = False
    fixed: tuple[int, ...] = ()
    batches: dict[int, Sequence[np.ndarray]] = field(default_factory=dict)

    def graph(self, name: str) -> Graph:
        """The graph of the op on parameters of the operands' types."""
        op = o.by_name(name)
        return build.graph_of(
            lambda *xs: op(*xs, **self.attrs),
            [type_of(x) for x in self.operands],
            [f"x{i}" for i in range(len(self.operands))],
        )

    def batch_of(self, position: int) -> np.ndarray:
        """Three variants of one operand, on a new leading axis."""
        x = self.operands[position]
        others = self.batches.get(position, (np.flip(x),))
        return np.stack([x, others[0], others[-1] if len(others) > 1 else x])


def smooth(
    *operands: Any, fixed: tuple[int, ...] = (), batches: Any = None, **attrs: Any
) -> Sample:
    """A sample for finite differences."""
    arrays = tuple(np.asarray(x) for x in operands)
    return Sample(arrays, attrs, smooth=True, fixed=fixed, batches=batches or {})


def edge(*operands: Any, batches: Any = None, **attrs: Any) -> Sample:
    """A sample for everything but finite differences."""
    return Sample(tuple(np.asarray(x) for x in operands), attrs, batches=batches or {})
