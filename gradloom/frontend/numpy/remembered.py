"""Calls of ufuncs, remembered: on operands of the same types and the same numbers a call adds the
nodes that the first one made, without asking numpy's promotion and broadcasting again.

What is remembered depends on types, kinds and Python's numbers alone; of named sizes, values that
Python may look at, and literals behind tracers nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gradloom.frontend.layouts import Layout
from gradloom.frontend.numpy.direct import DIRECT
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
    """The nodes of a call, which of their results it gives, and of which kind. `types` are those of
    the operands: the key has their identity, which is theirs as long as they are held here.
    """

    steps: tuple[Step, ...]
    result: Source
    kind: Kind
    types: tuple[TensorType, ...]
    layout: Layout = None
    given: bool = False


Key = tuple[Any, ...]
_recipes: Final[dict[Key, Recipe]] = {}
_MOST: Final = 10_000


_REMEMBERED: Final = frozenset({*DIRECT, np.logical_and, np.logical_or, np.logical_not, np.matmul})


def is_remembered(ufunc: np.ufunc) -> bool:
    """Whether calls of a ufunc depend on no more than what a key says."""
    return ufunc in _REMEMBERED


def key_of(function: Any, xs: tuple[Any, ...], trace: Trace) -> Key | None:
    """What the nodes of a call depend on, and how its result lies in memory; None where that is
    more than types, layouts and numbers.
    """
    if build.current() is not trace.builder:
        return None
    parts: list[Any] = [function]
    for x in xs:
        kind = type(x)
        if kind is Tracer:
            if x.owner is not trace:
                return None
            is_whole = x.alias is None
            value = x._value if is_whole else x.value
            if value.__class__ is not Value:
                return None
            parts += (id(value.type), x.kind, x.layout or is_whole, x.given)
        elif kind is int or (kind is float and x):  # 0.0 and -0.0 are equal keys
            if x != x:
                return None
            parts += (kind, x)
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
    values: list[Any] = [x._value if type(x) is Tracer else x for x in xs]
    made = Tracer(trace, replayed(recipe, values, trace), recipe.kind)
    made.layout, made.given = recipe.layout, recipe.given
    return made


def replayed(recipe: Recipe, values: list[Any], trace: Trace) -> Operand:
    """The result of a recipe on these operands, its nodes added."""
    builder = trace.builder
    for op, sources, attrs, types in recipe.steps:
        operands: tuple[Any, ...] = tuple([values[s] if s.__class__ is int else s for s in sources])
        node = Node(op, operands, attrs, types, (), builder.location)
        builder.nodes.append(node)
        values += node.results
    result: Any = recipe.result
    return values[result] if result.__class__ is int else result  # type: ignore[no-any-return]


def learn(key: Key, xs: tuple[Any, ...], made: Any, trace: Trace, mark: int) -> None:
    """Remember a call that gave `made` and added the nodes from `mark` on, where that is safe."""
    if type(made) is not Tracer or not _is_plain(made, trace):
        return
    operands = [x._value if type(x) is Tracer else None for x in xs]
    recipe = recipe_of(operands, made._value, made.kind, trace, mark, key[-1] == "same")
    if recipe is not None:
        if len(_recipes) >= _MOST:
            _recipes.clear()
        _recipes[key] = recipe._replace(layout=made.layout, given=made.given)


def recipe_of(
    operands: Sequence[Operand | None],
    result: Operand,
    kind: Kind,
    trace: Trace,
    mark: int,
    same: bool = False,
) -> Recipe | None:
    """How the nodes from `mark` on make `result` of these operands, where they are made of nothing
    else. `same`: the operands are one value by what is called, not by chance.
    """
    given = [(x, i) for i, x in enumerate(operands) if x is not None]
    places: dict[Operand, int] = dict(given)
    if len(places) < len(given) and not same:
        return None
    count = len(operands)
    steps: list[Step] = []
    for node in trace.builder.nodes[mark:]:
        found = [_source(x, places) for x in node.operands]
        sources = tuple([s for s in found if s is not None])
        if node.regions or node.copy or len(sources) < len(found) or _is_named(node):
            return None
        steps.append(Step(node.op, sources, node.attrs, tuple([r.type for r in node.results])))
        for r in node.results:
            places[r] = count
            count += 1
    source = _source(result, places)
    types = tuple([x.type for x, _ in given])
    return None if source is None else Recipe(tuple(steps), source, kind, types)


def _is_plain(made: Tracer, trace: Trace) -> bool:
    """Whether a result is a handle of its own, of which nothing more is known."""
    return (
        made.owner is trace
        and made.alias is None
        and not (made.frozen or made.reshaped)
        and made.links is None
    )


def _source(x: Operand, places: dict[Operand, int]) -> Source | None:
    return x if isinstance(x, Literal) else places.get(x)


def _is_named(node: Node) -> bool:
    """Whether any size is named: what holds for it may be assumed in one place and not another."""
    types = [x.type for x in (*node.operands, *node.results)]
    return any(d.__class__ is not int for t in types for d in t.shape)
