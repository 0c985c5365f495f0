"""A graph as one function of numbers: calls that are plain numpy are traced through and compiled
together, the others stay Python calls, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.compile import compile as compiled
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.plan import ancestors
from gradloom.frontend.dag.step import Step
from gradloom.frontend.program import trace
from gradloom.ir.errors import ArgumentError, ShapeError

_NUMBERS: Final = (bool, int, float, complex, np.ndarray, np.generic)


@final
class CompiledCalls:
    """The function that `G.compile` gives; `reasons` tells of each call that stays in Python why.

    It can be traced, differentiated and mapped as any function, where no call stays in Python.
    """

    def __init__(
        self,
        inputs: tuple[DataNode, ...],
        outputs: tuple[DataNode, ...],
        pieces: Sequence[_Piece],
        known: Mapping[DataNode, Any],
        reasons: Mapping[str, str],
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.reasons = dict(reasons)
        self._pieces = tuple(pieces)
        self._known = dict(known)

    def __call__(self, *values: Any) -> Any:
        """The output for these inputs, a tuple of them for several."""
        if len(values) != len(self.inputs):
            names = ", ".join(node.uid for node in self.inputs)
            raise ShapeError(
                f"{len(self.inputs)} inputs are due ({names}), {len(values)} were given"
            )
        there = {**self._known, **dict(zip(self.inputs, values, strict=True))}
        for piece in self._pieces:
            results = piece.function(*[there[node] for node in piece.inputs])
            there.update(zip(piece.outputs, results, strict=True))
        found = tuple([there[node] for node in self.outputs])
        return found[0] if len(found) == 1 else found

    def __repr__(self) -> str:
        fused = sum(len(piece.steps) for piece in self._pieces if piece.is_fused)
        return f"<CompiledCalls: {fused} calls compiled, {len(self.reasons)} stay in Python>"


@final
class _Piece:
    """Calls that run as one: a compiled program, or a single one in Python."""

    def __init__(
        self, steps: Sequence[Step], is_fused: bool, known: Mapping[DataNode, Any]
    ) -> None:
        made = {node for step in steps for node in step.outputs}
        used = dict.fromkeys(node for step in steps for node in step.inputs)
        self.steps = steps
        self.is_fused = is_fused
        self.inputs = tuple([n for n in used if n not in made and n not in known])
        self.outputs = tuple([node for step in steps for node in step.outputs])
        self._known = known
        self.function: Callable[..., Any] = self._replayed

    def _replayed(self, *values: Any) -> tuple[Any, ...]:
        there = dict(zip(self.inputs, values, strict=True))
        for step in self.steps:
            results = step.applied(
                [there[n] if n in there else self._known[n] for n in step.inputs]
            )
            there.update(zip(step.outputs, results, strict=True))
        return tuple([there[node] for node in self.outputs])

    def compiled(self, options: Mapping[str, Any]) -> _Piece:
        """The same, run by a backend where it is plain numpy."""
        if self.is_fused:
            self.function = compiled(self._replayed, **options)
        return self


def compile_calls(
    outputs: Sequence[DataNode], inputs: Sequence[DataNode] | None, options: Mapping[str, Any]
) -> CompiledCalls:
    """The function from `inputs` to `outputs`; all calls run once, to see what they are given."""
    steps = ancestors(outputs)
    chosen = _inputs(steps) if inputs is None else tuple(inputs)
    depends: set[DataNode] = set(chosen)
    there: dict[DataNode, Any] = {}
    reasons: dict[str, str] = {}
    varying: list[Step] = []
    for step in steps:
        there |= {node: node.content for node in step.inputs if node.has_value()}
        results = step.applied([there[node] for node in step.inputs])
        there.update(zip(step.outputs, results, strict=True))
        free = [node for node in step.outputs if node not in depends]
        if free and any(node in depends for node in step.inputs):
            varying.append(step)
            depends.update(free)
            why = _why_not(step, there, depends)
            reasons |= {step.uid: why} if why else {}
    known = {node: value for node, value in there.items() if node not in depends}
    known |= {n: n.content for n in outputs if n not in depends and n.has_value()}
    pieces = [p.compiled(options) for p in _pieces(varying, reasons, known)]
    return CompiledCalls(chosen, tuple(outputs), pieces, known, reasons)


def _inputs(steps: Iterable[Step]) -> tuple[DataNode, ...]:
    """The given arguments that are floating-point arrays or numbers, in order."""
    given = dict.fromkeys(node for step in steps for node in step.inputs if node.step is None)
    found = tuple([node for node in given if _is_float(node.content)])
    if not found:
        raise ArgumentError(
            "no argument is a floating-point number or array, so there is nothing to compute from",
            hint="name the inputs: G.compile(node, inputs=[...])",
        )
    return found


def _is_float(value: Any) -> bool:
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "fc"
    return isinstance(value, float | complex)


def _why_not(step: Step, there: Mapping[DataNode, Any], depends: set[DataNode]) -> str:
    """Why a call cannot be traced on the values that it gets, or ""."""
    free = [node for node in step.inputs if node in depends]
    for node in [*free, *step.outputs]:
        if not isinstance(there[node], _NUMBERS):
            return f"{node.uid} is a {type(there[node]).__name__}, no array"
    known = {node: there[node] for node in step.inputs if node not in depends}
    piece = _Piece([step], True, known)
    try:
        trace(piece.function, *[there[node] for node in piece.inputs])
    except Exception as error:  # whatever a function does on traced values is a reason
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return ""


def _pieces(
    steps: Iterable[Step], reasons: Mapping[str, str], known: Mapping[DataNode, Any]
) -> list[_Piece]:
    """Calls in order, those that can be compiled together as long as no other comes between."""
    found: list[_Piece] = []
    together: list[Step] = []
    for step in steps:
        if step.uid not in reasons:
            together.append(step)
            continue
        found += [_Piece(together, True, known)] if together else []
        found.append(_Piece([step], False, known))
        together = []
    return found + ([_Piece(together, True, known)] if together else [])
