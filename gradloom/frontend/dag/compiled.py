"""A graph as one function of numbers: calls that are plain numpy are traced through and compiled
together, the others stay Python calls, with the reason.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.dag.bound import Bound
from gradloom.frontend.dag.described import first_line
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.pieces import Given, Piece, piece_of, pieces
from gradloom.frontend.dag.plan import ancestors, steps_before
from gradloom.frontend.dag.shared import apart, check_unchanged, contents, sharing, why_together
from gradloom.frontend.dag.step import Step
from gradloom.frontend.environment import scan
from gradloom.frontend.program import traced
from gradloom.frontend.purity import why_impure
from gradloom.frontend.random.sources import BakedSample
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import ArgumentError, GradloomError, NotSupported, ShapeError

_NUMBERS: Final = (bool, int, float, complex, np.generic)


@final
class CompiledCalls(Bound):
    """The function that `G.compile` gives. `reasons` tells of each call that stays in Python why;
    `fixed` names those that no input reaches, whose values are what they were.

    It can be traced, differentiated and mapped as any function, where no call stays in Python.
    """

    def __init__(
        self,
        inputs: tuple[DataNode, ...],
        outputs: tuple[DataNode, ...],
        parts: Sequence[Piece],
        given: Given,
        reasons: Mapping[str, str],
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        made = dict.fromkeys(node.step for node in given.known)
        self.fixed = tuple([step.uid for step in made if step is not None])
        self.reasons = dict(reasons)
        self._compiled = sum(len(piece.steps) for piece in parts if not piece.reason)
        self._run = _chained(parts, inputs, outputs, given.known)

    def __call__(self, *values: Any) -> Any:
        """The output for these inputs, a tuple of them for several."""
        if len(values) != len(self.inputs):
            names = ", ".join(node.uid for node in self.inputs)
            raise ShapeError(
                f"{len(self.inputs)} inputs are due ({names}), {len(values)} were given"
            )
        found = self._run(*values)
        return found[0] if len(found) == 1 else found

    def __repr__(self) -> str:
        return (
            f"<CompiledCalls: {self._compiled} calls compiled, {len(self.reasons)} stay in Python>"
        )


def _chained(
    parts: Sequence[Piece],
    inputs: Sequence[DataNode],
    outputs: Sequence[DataNode],
    known: Mapping[DataNode, Any],
) -> Callable[..., tuple[Any, ...]]:
    """The pieces as one function, whose cells a trace looks into as into those of any other."""
    functions = tuple([piece.function for piece in parts])
    fixed = {node: known[node] for node in outputs if node in known}
    places = _Places(tuple(parts), tuple(inputs), tuple(outputs), fixed)

    def run(*values: Any) -> tuple[Any, ...]:
        return places.run(functions, values)

    return run


@final
class _Places:
    """Where the values of the pieces go."""

    __slots__ = ("_inputs", "_known", "_outputs", "_parts")

    def __init__(
        self,
        parts: tuple[Piece, ...],
        inputs: tuple[DataNode, ...],
        outputs: tuple[DataNode, ...],
        known: dict[DataNode, Any],
    ) -> None:
        self._parts = parts
        self._inputs = inputs
        self._outputs = outputs
        self._known = known

    def run(self, functions: Sequence[Any], values: Sequence[Any]) -> tuple[Any, ...]:
        """The outputs for these values of the inputs."""
        there = {**self._known, **dict(zip(self._inputs, values, strict=True))}
        for piece, function in zip(self._parts, functions, strict=True):
            given = [there[node] for node in piece.inputs]
            watched = [there[node] for node in piece.watched]
            before = contents(watched)
            try:
                results = function(*given)
            except Exception as error:
                if piece.reason:
                    _explain(error, piece, given)
                raise
            check_unchanged(piece.steps[0], piece.watched, watched, before)
            there.update(zip(piece.outputs, results, strict=True))
        return tuple([there[node] for node in self._outputs])


def _explain(error: Exception, piece: Piece, given: Sequence[Any]) -> None:
    """Tell of a call that stays in Python that it does; `NotSupported` where a transform asked it
    for more than values.
    """
    uid = piece.steps[0].uid
    if any(type(x) is Tracer for x in given) and not isinstance(error, GradloomError):
        raise NotSupported(
            f"{uid} stays a Python call, and nothing is traced through it: {piece.reason}",
            hint="name a node after it as an input: G.compile(node, inputs=[...])",
        ) from error
    error.add_note(f"in {piece.steps[0]!r}, a Python call: {piece.reason}")


def compile_calls(
    outputs: Sequence[DataNode], inputs: Sequence[DataNode] | None, options: Mapping[str, Any]
) -> CompiledCalls:
    """The function from `inputs` to `outputs`. All calls that these need run once, to see what is
    given to them; those that no input reaches only where their values are not there.
    """
    if inputs is not None and len(set(inputs)) < len(inputs):
        twice = next(node.uid for node in inputs if list(inputs).count(node) > 1)
        raise ArgumentError(f"{twice} is an input twice")
    chosen = dict.fromkeys(_inputs(ancestors(outputs)) if inputs is None else inputs)
    steps = steps_before(outputs, lambda node: node.step is not None and node not in chosen)
    depends, varying = _reached(steps, chosen)
    there, changed = _tried([*outputs, *chosen], lambda n: n in depends and n not in chosen)
    known = {node: value for node, value in there.items() if node not in depends}
    reasons = {
        step.uid: why for step in varying if (why := _why_not(step, there, depends, changed))
    }
    groups = sharing(there)
    given = Given(chosen, known, frozenset())
    parts = pieces(varying, reasons, given, outputs, options)
    if len(parts) > 1 and groups:
        reasons = why_together(varying, groups, changed) | reasons
        traced_steps = [step for step in varying if step.uid not in reasons]
        given = Given(chosen, known, apart(traced_steps, groups))
        parts = pieces(varying, reasons, given, outputs, options)
    return CompiledCalls(tuple(chosen), tuple(outputs), parts, given, reasons)


def _reached(steps: Iterable[Step], inputs: Iterable[DataNode]) -> tuple[set[DataNode], list[Step]]:
    """The nodes that the inputs reach, themselves too, and the calls between."""
    depends, varying = set(inputs), []
    for step in steps:
        if any(node in depends for node in step.inputs):
            depends.update(step.outputs)
            varying.append(step)
    return depends, varying


def _tried(
    targets: Sequence[DataNode], varies: Callable[[DataNode], bool]
) -> tuple[dict[DataNode, Any], dict[Step, set[DataNode]]]:
    """Every value that the function needs: what is there now, and the rest computed; and the
    arguments that calls were seen to change.
    """
    changed: dict[Step, set[DataNode]] = {}

    def is_made(node: DataNode) -> bool:
        return node.step is not None and (varies(node) or not node.has_value())

    there: dict[DataNode, Any] = {n: n.content for n in targets if not is_made(n)}
    for step in steps_before(targets, is_made):
        there |= {node: node.content for node in step.inputs if not is_made(node)}
        given = [there[node] for node in step.inputs]
        before = contents(given)
        results = step.applied(given)
        pairs = zip(step.inputs, before, contents(given), strict=True)
        changed[step] = {node for node, old, new in pairs if old != new}
        for node, value in zip(step.outputs, results, strict=True):
            there[node] = value if is_made(node) else node.content
    return there, changed


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


def _is_number(value: Any) -> bool:
    """Whether it is a number or an array; those of other classes compute as these see fit."""
    return type(value) is np.ndarray or isinstance(value, _NUMBERS)


def _why_not(
    step: Step,
    there: Mapping[DataNode, Any],
    depends: set[DataNode],
    changed: dict[Step, set[DataNode]],
) -> str:
    """Why a call cannot be traced on the values that it gets, or ""; what a traced one changes is
    added to `changed`.
    """
    free = [node for node in step.inputs if node in depends]
    for node in [*free, *step.outputs]:
        if not _is_number(there[node]):
            return f"{node.uid} is a {type(there[node]).__name__}, no array"
    known = {node: there[node] for node in step.inputs if node not in depends}
    if unsteady := _unsteady(step, known):
        return f"it uses {unsteady}, which may give another answer in every call"
    piece = piece_of([step], step.outputs, Given((), known, frozenset()))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", BakedSample)
            values = tuple([there[node] for node in piece.inputs])
            recorded = traced(piece.function, values, {})
    except Exception as error:  # whatever a function does on traced values is a reason
        return first_line(error)
    if recorded.written is not None:
        changed[step].update(step.inputs)
    return ""


def _unsteady(step: Step, known: Mapping[DataNode, Any]) -> str:
    """What in a call may give another answer for the same values: a random generator, a clock."""
    beside = {f"an argument of {step.uid}": x for x in step.call.arguments.beside}
    objects = {node.uid: value for node, value in known.items()} | beside
    return why_impure(step.call.function, step.name) or scan(step.call.function, objects).impure
