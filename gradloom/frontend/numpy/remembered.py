"""Calls of ufuncs, remembered: on operands of the same types and the same numbers a call adds the
nodes that the first one made, without asking numpy's promotion and broadcasting again.

What is remembered depends on types, kinds and Python's numbers alone; of named sizes, values that
Python may look at, and literals behind tracers nothing is kept.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from gradloom.frontend.trace import Trace
from gradloom.frontend.tracer import Kind, Tracer
from gradloom.ir import build
from gradloom.ir.graph import Literal, Node, Operand, Value
from gradloom.ir.op import Attrs, Op
from gradloom.ir.types import TensorType

Source = int | Literal
"""A number of the operands followed by the results of the nodes so far; or a literal."""


class Step(NamedTuple):
    """One node of a call."""

    op: Op
    sources: tuple[Source, ...]
    attrs: Attrs | None
    types: tuple[TensorType, ...]


class Recipe(NamedTuple):
    """The nodes of a call, which of their results it gives, and of which kind."""

    steps: tuple[Step, ...]
    result: Source
    kind: Kind


Key = tuple[Any, ...]
_recipes: Final[dict[Key, Recipe]] = {}
_MOST: Final = 10_000


def key_of(function: Any, xs: tuple[Any, ...], trace: Trace) -> Key | None:
    """What the nodes of a call depend on; None where that is more than types and numbers."""
    if build.current() is not trace.builder:
        return None
    parts: list[Any] = [function]
    for x in xs:
        kind = type(x)
        if kind is Tracer:
            if x.owner is not trace:
                return None
            value = x._value if x.alias is None else x.value
            if value.__class__ is not Value:
                return None
            parts.append(value.type)
            parts.append(x.kind)
        elif kind is int or (kind is float and x):  # 0.0 and -0.0 are equal keys
            if x != x:
                return None
            parts.append(kind)
            parts.append(x)
        elif kind is float:
            parts.append(str(x))
        else:
            return None
    if len(xs) == 2 and xs[0] is xs[1]:
        parts.append("same")
    return tuple(parts)


def recalled(key: Key, xs: tuple[Any, ...], trace: Trace) -> Tracer | None:
    """The call's result by its recipe, its nodes added; None where there is none."""
    recipe = _recipes.get(key)
    if recipe is None:
        return None
    nodes, location = trace.builder.nodes, trace.builder.location
    values: list[Any] = [x._value if type(x) is Tracer else x for x in xs]
    for op, sources, attrs, types in recipe.steps:
        operands: tuple[Any, ...] = tuple([values[s] if s.__class__ is int else s for s in sources])
        node = Node(op, operands, attrs, types, (), location)
        nodes.append(node)
        values += node.results
    result: Any = recipe.result
    return Tracer(trace, values[result] if result.__class__ is int else result, recipe.kind)


def learn(key: Key, xs: tuple[Any, ...], made: Any, trace: Trace, mark: int) -> None:
    """Remember a call that gave `made` and added the nodes from `mark` on, where that is safe."""
    if type(made) is not Tracer or not _is_plain(made, trace):
        return
    handles = [(x._value, i) for i, x in enumerate(xs) if type(x) is Tracer]
    places: dict[Operand, int] = dict(handles)
    if len(places) < len(handles) and key[-1] != "same":
        return  # two handles of one value, which others of these types are not
    count = len(xs)
    steps: list[Step] = []
    for node in trace.builder.nodes[mark:]:
        found = [_source(x, places) for x in node.operands]
        sources = tuple([s for s in found if s is not None])
        if node.regions or node.copy or len(sources) < len(found) or _is_named(node):
            return
        types = tuple([r.type for r in node.results])
        steps.append(Step(node.op, sources, node.attrs, types))
        for r in node.results:
            places[r] = count
            count += 1
    result = _source(made._value, places)
    if result is not None:
        if len(_recipes) >= _MOST:
            _recipes.clear()
        _recipes[key] = Recipe(tuple(steps), result, made.kind)


def _is_plain(made: Tracer, trace: Trace) -> bool:
    """Whether a result is a handle of its own, of which nothing more is known."""
    return (
        made.owner is trace
        and made.alias is None
        and not (made.frozen or made.in_order or made.turned or made.reshaped)
        and made.links is None
    )


def _source(x: Operand, places: dict[Operand, int]) -> Source | None:
    return x if isinstance(x, Literal) else places.get(x)


def _is_named(node: Node) -> bool:
    """Whether any size is named: what holds for it may be assumed in one place and not another."""
    types = [x.type for x in (*node.operands, *node.results)]
    return any(d.__class__ is not int for t in types for d in t.shape)
