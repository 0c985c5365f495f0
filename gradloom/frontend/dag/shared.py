"""Arrays that share memory: a view and what it looks into, a result that is an argument. Compiled
programs hand each on as an array of its own. Where one is changed in place and another piece uses
the others, what makes them share and what changes them stay in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np

from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.step import Step
from gradloom.ir.errors import NotSupported

Changed = Mapping[Step, Set[DataNode]]
"""The arguments that each call changes in place."""


def sharing(there: Mapping[DataNode, Any]) -> list[frozenset[DataNode]]:
    """The nodes whose arrays lie in one memory, for each memory of several."""
    found: dict[int, set[DataNode]] = {}
    for node, value in there.items():
        if isinstance(value, np.ndarray):
            found.setdefault(id(_owner(value)), set()).add(node)
    return [frozenset(nodes) for nodes in found.values() if len(nodes) > 1]


def _owner(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def why_together(
    steps: Iterable[Step], groups: Iterable[frozenset[DataNode]], changed: Changed
) -> dict[str, str]:
    """The calls that stay in Python for what they share, each with the reason."""
    every = list(steps)
    reasons: dict[str, str] = {}
    for group in groups:
        if not any(group & changed.get(step, frozenset()) for step in every):
            continue
        names = " and ".join(sorted(node.uid for node in group)[:2])
        for step in every:
            if _joins(step, group) or group & changed.get(step, frozenset()):
                reasons[step.uid] = f"{names} share memory that is changed in place"
    return reasons


def apart(traced: Iterable[Step], groups: Iterable[frozenset[DataNode]]) -> frozenset[DataNode]:
    """The nodes that share memory in plain calls, and lie apart where traced calls make them."""
    steps = list(traced)
    found = [group for group in groups if any(_joins(step, group) for step in steps)]
    return frozenset().union(*found)


def _joins(step: Step, group: frozenset[DataNode]) -> bool:
    """Whether the call makes nodes share: with its arguments, or its results with one another."""
    made = sum(node in group for node in step.outputs)
    return made > 1 or (made == 1 and any(node in group for node in step.inputs))


def contents(values: Sequence[Any]) -> list[bytes | None]:
    """What stands in these arrays, None for other values; to be compared with what does later."""
    numeric = [isinstance(x, np.ndarray) and not x.dtype.hasobject for x in values]
    return [x.tobytes() if known else None for x, known in zip(values, numeric, strict=True)]


def check_unchanged(
    step: Step, nodes: Sequence[DataNode], values: Sequence[Any], before: Any
) -> None:
    """Raise `NotSupported` where a call has changed an array whose memory others shared when the
    graph was compiled.
    """
    for node, old, new in zip(nodes, before, contents(values), strict=True):
        if old != new:
            raise NotSupported(
                f"{step.uid} changed {node.uid} in place, whose memory another value shares; "
                "compiled, they lie apart",
                hint="let the function return a new array, or compile after such a call",
            )
