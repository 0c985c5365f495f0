"""The pieces of a compiled graph: runs of calls that are traced and compiled together, and single
calls that stay in Python.

A piece is a closure over the users' functions and over what they are given, in cells that
`gl.compile` looks into: what changes there between two calls is seen there.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from gradloom.frontend.compile import compile as compiled
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.step import Step
from gradloom.frontend.environment import scan
from gradloom.ir.ops.called import spread

_MOST: Final = 500
"""Calls of one program: what they reach is watched by one condition, and it has 2,000 terms."""


@final
@dataclass(frozen=True, slots=True)
class Piece:
    """Calls that run as one, as a function of `inputs` that gives a tuple, one value per output;
    `reason` tells why a single call stays in Python; `watched` are those of its inputs that it may
    not change.
    """

    steps: Sequence[Step]
    inputs: tuple[DataNode, ...]
    outputs: tuple[DataNode, ...]
    function: Callable[..., tuple[Any, ...]]
    reason: str = ""
    watched: tuple[DataNode, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Given:
    """What calls are given from outside: the inputs of the whole, and values that stay; and which
    of all values share memory in plain calls and do not when compiled.
    """

    inputs: Container[DataNode]
    known: Mapping[DataNode, Any]
    apart: Container[DataNode]


def pieces(
    steps: Sequence[Step],
    reasons: Mapping[str, str],
    given: Given,
    outputs: Iterable[DataNode],
    options: Mapping[str, Any],
) -> tuple[Piece, ...]:
    """All calls in order, those without a reason compiled together as long as no other comes
    between; a piece gives what later ones use, and what `outputs` names.
    """
    wanted = set(outputs)
    found: list[Piece] = []
    for group in reversed(list(_groups(steps, reasons, given))):
        made = [node for step in group for node in step.outputs if node not in given.inputs]
        piece = piece_of(group, tuple([node for node in made if node in wanted]), given)
        wanted.update(piece.inputs)
        reason = reasons.get(group[0].uid, "")
        run = piece.function if reason else compiled(piece.function, **options)
        watched = [node for node in piece.inputs if node in given.apart] if reason else []
        found.append(Piece(group, piece.inputs, piece.outputs, run, reason, tuple(watched)))
    return tuple(reversed(found))


def _groups(
    steps: Iterable[Step], reasons: Mapping[str, str], given: Given
) -> Iterator[list[Step]]:
    together: list[Step] = []
    for step in steps:
        if together and (step.uid in reasons or len(together) == _MOST):
            yield from _watchable(together, given)
            together = []
        if step.uid in reasons:
            yield [step]
        else:
            together.append(step)
    if together:
        yield from _watchable(together, given)


def _watchable(steps: list[Step], given: Given) -> Iterator[list[Step]]:
    """The calls in parts of which all that they reach can be watched."""
    if len(steps) == 1 or not scan(piece_of(steps, (), given).function).impure:
        yield steps
        return
    half = len(steps) // 2
    yield from _watchable(steps[:half], given)
    yield from _watchable(steps[half:], given)


def piece_of(steps: Sequence[Step], outputs: tuple[DataNode, ...], given: Given) -> Piece:
    """Calls as one function, not compiled."""
    made = {node for step in steps for node in step.outputs if node not in given.inputs}
    used = dict.fromkeys(node for step in steps for node in step.inputs)
    inputs = tuple([node for node in used if node not in made and node not in given.known])
    fixed = tuple([node for node in used if node in given.known])
    wiring = _Wiring(tuple(steps), inputs, fixed, outputs)
    return Piece(steps, inputs, outputs, _replayed(wiring, [given.known[node] for node in fixed]))


@final
@dataclass(frozen=True, slots=True)
class _Wiring:
    """Which value goes where."""

    steps: tuple[Step, ...]
    inputs: tuple[DataNode, ...]
    fixed: tuple[DataNode, ...]
    outputs: tuple[DataNode, ...]

    def run(
        self, functions: Sequence[Any], constants: Sequence[Any], values: Sequence[Any]
    ) -> tuple[Any, ...]:
        """The outputs for these values of the inputs."""
        there = dict(zip((*self.inputs, *self.fixed), (*values, *constants), strict=True))
        for step, function in zip(self.steps, functions, strict=True):
            args, kwargs = step.call.arguments.filled([there[node] for node in step.inputs])
            result = step.checked(function(*args, **kwargs))
            results = spread(step.uid, result, len(step.outputs))
            for node, value in zip(step.outputs, results, strict=True):
                there.setdefault(node, value)  # an input of the whole stays what it is
        return tuple([there[node] for node in self.outputs])


def _replayed(wiring: _Wiring, given: Sequence[Any]) -> Callable[..., tuple[Any, ...]]:
    functions = tuple([step.call.function for step in wiring.steps])
    constants = tuple(given)
    beside = tuple([x for step in wiring.steps for x in step.call.arguments.beside])

    def replayed(*values: Any) -> tuple[Any, ...]:
        assert beside is not None  # in a cell, where it is watched; the arguments hold it too
        return wiring.run(functions, constants, values)

    return replayed
