"""Whether a graph keeps the rules of the IR: values defined once and before use, types as the type
rules say.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Sequence
from typing import Any, Final, Never

from gradloom.ir.attributes import conforms, described, hints_of
from gradloom.ir.errors import GradloomError, NoAttribute, VerifyError
from gradloom.ir.graph import Graph, Literal, Node, Operand, Value
from gradloom.ir.op import Attrs, Effect, Op
from gradloom.ir.scalars import shown
from gradloom.ir.types import Dim, ObjectType, TensorType

MAX_AXES: Final = 64
"""numpy's own limit."""
_MAX_SIZE: Final = 2**63
_EFFECTS: Final = frozenset(typing.get_args(Effect))


def verify(graph: Graph) -> None:
    """Raise `VerifyError`, naming the node and the user's line, unless the graph and its regions
    keep all rules.
    """
    defined: set[Value] = set()  # everywhere: a value is defined once, also across regions
    pending = [graph]
    while pending:
        current = pending.pop()
        local: set[Value] = set()
        _define(current.parameters, local, defined, None)
        for index, node in enumerate(current.nodes):
            _check_operands(node, index, local, defined)
            _check_node(node, index)
            _define(node.results, local, defined, (node, index))
            pending += node.regions
        for position, result in enumerate(current.results):
            if (problem := _undefined(result, local, defined)) is not None:
                raise VerifyError(f"result {position} of {_called(current)}: {problem}")


def _called(graph: Graph) -> str:
    return f"graph {shown(graph.name)}"


def _fail(node: Node, index: int, problem: str, hint: str = "") -> Never:
    raise VerifyError(f"node {index}, {node.op.name}: {problem}", hint=hint, location=node.location)


def _define(
    values: Sequence[Value], local: set[Value], defined: set[Value], by: tuple[Node, int] | None
) -> None:
    for position, value in enumerate(values):
        problem = ""
        if value in defined:
            problem = f"value {position} is defined twice"
        elif by is not None and (value.node is not by[0] or value.index != position):
            problem = f"result {position} says that another node made it"
        if problem:
            if by is None:
                raise VerifyError(
                    f"parameter {position} ({value.name or 'without a name'}): {problem}"
                )
            _fail(*by, problem)
        local.add(value)
        defined.add(value)


def _undefined(operand: Operand, local: set[Value], defined: set[Value]) -> str | None:
    """What is wrong with an operand, if anything."""
    if isinstance(operand, Literal):
        if operand.value.dtype != operand.type.dtype:
            return f"the literal {operand.value!r} has another dtype than its type {operand.type}"
        return None
    if operand in local:
        return None
    if operand in defined:
        return f"{operand!r} is defined in another region; a region captures nothing"
    return f"{operand!r} is not defined before it is used"


def _check_operands(node: Node, index: int, local: set[Value], defined: set[Value]) -> None:
    for position, operand in enumerate(node.operands):
        if (problem := _undefined(operand, local, defined)) is not None:
            _fail(node, index, f"operand {position}: {problem}")


def _check_node(node: Node, index: int) -> None:
    op = node.op
    problem = wrong_counts(op, len(node.operands), len(node.regions)) or _wrong_attrs(
        op, node.attrs
    )
    if problem:
        _fail(node, index, problem)
    if node.copy < 0:
        _fail(node, index, f"copy {node.copy} is negative")
    if op.effect is not None and op.effect not in _EFFECTS:
        _fail(
            node,
            index,
            f"{op.effect!r} is no effect",
            hint="effects are " + ", ".join(sorted(_EFFECTS)),
        )
    try:
        due = inferred(op, node.attrs, [x.type for x in node.operands], node.regions)
    except GradloomError as error:
        said = error.message
        said = said if said.startswith(op.name) else f"{op.name}: {said}"
        raise VerifyError(
            f"node {index}, {said}", hint=error.hint, location=node.location
        ) from error
    given = tuple([r.type for r in node.results])
    if due != given:
        _fail(
            node,
            index,
            f"the results have types {_listed(given)}, where the type rule says {_listed(due)}",
        )


def _listed(types: Sequence[TensorType]) -> str:
    return "(" + ", ".join(map(str, types)) + ")"


def wrong_counts(op: Op, operands: int, regions: int) -> str:
    """What is wrong with the number of operands or regions, or "" when both fit."""
    if not op.variadic and operands != op.arity:
        return f"{op.arity} operand{'s' * (op.arity != 1)} due, {operands} given"
    if regions != op.regions and op.regions >= 0:  # -1: the type rule knows how many
        return f"{op.regions} region{'s' * (op.regions != 1)} due, {regions} given"
    return ""


def _wrong_attrs(op: Op, attrs: Attrs | None) -> str:
    due: Any = op.attrs
    if due is None:
        return "" if attrs is None else f"there are no attributes, and {attrs} is given"
    each = hints_of(due)
    if type(attrs) is not due:
        return f"the attributes are {due.__name__}, and {attrs} is given"
    for name, hints in each.items():
        if not conforms(getattr(attrs, name), hints):
            return f"{name} is {described(hints)}, and {getattr(attrs, name)!r} is given"
    return ""


def inferred(
    op: Op, attrs: Attrs | None, types: Sequence[TensorType], regions: tuple[Graph, ...] = ()
) -> tuple[TensorType, ...]:
    """The types that the type rule gives; whatever it raises is a `GradloomError`."""
    try:
        due = op.types(attrs, tuple(types), regions)
    except Exception as error:
        if isinstance(error, GradloomError) and not isinstance(error, NoAttribute):
            raise
        # A rule may meet attributes and types that no frontend makes; what it trips over is a
        # refusal too.
        given = _listed(types) if len(types) < 10 else f"{len(types)} operands"
        attributes = "" if attrs is None else f" with {shown(str(attrs), 80)}"
        reason = shown(f"{type(error).__name__}: {error}", 100)
        raise VerifyError(f"{op.name} does not take {given}{attributes} ({reason})") from error
    for type_ in due:
        _check_type(op.name, type_)
    return due


def _check_type(name: str, type_: TensorType) -> None:
    if not _sound_type(type_):
        raise VerifyError(f"{name}: no array has type {type_}")


@functools.lru_cache(4096)
def _sound_type(type_: TensorType | ObjectType) -> bool:
    if isinstance(type_, ObjectType):
        return True
    return len(type_.shape) <= MAX_AXES and all(map(_sound_size, type_.shape))


def _sound_size(dim: int | Dim) -> bool:
    if isinstance(dim, int):
        return 0 <= dim < _MAX_SIZE
    return all(abs(coef) < _MAX_SIZE for _, coef in dim.terms)
