"""Calls of ufuncs, remembered: on operands of the same types and the same numbers a call adds the
nodes that the first one made, without asking numpy's promotion and broadcasting again.

What is remembered depends on types, kinds and Python's numbers alone; of named sizes, values that
Python may look at, and literals behind tracers nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple, final

import numpy as np

from gradloom.frontend.layouts import Layout
from gradloom.frontend.numpy.direct import DIRECT
from gradloom.frontend.trace import Trace
from gradloom.frontend.tracer import Kind, Tracer
from gradloom.ir.graph import Literal, Node, Operand, Value, node_of_one
from gradloom.ir.op import Attrs, Op
from gradloom.ir.types import TensorType

Values = list[Any]
Pick = Callable[[Sequence[Any]], tuple[Any, ...]]


class Step(NamedTuple):
    """One node of a call. `pick` takes its operands from those of the call, the literals of the
    recipe, and the results of the nodes so far.
    """

    op: Op
    pick: Pick
    attrs: Attrs | None
    types: tuple[TensorType, ...]


@final
class Recipe:
    """The nodes of a call, the literals that stand in it, the number of what it gives among the
    values that steps pick from, and of which kind that is. `types` are those of the operands: the
    key has their identity, which is theirs as long as they are held here.
    """

    __slots__ = (
        "attrs", "given", "kind", "layout", "literals", "op", "pick", "result", "steps", "type",
        "types",
    )  # fmt: skip

    def __init__(
        self, steps: tuple[Step, ...], literals: tuple[Literal, ...], result: int, kind: Kind,
        types: tuple[TensorType, ...], takes: int,
    ) -> None:  # fmt: skip
        self.steps = steps
        self.literals = literals
        self.result = result
        self.kind = kind
        self.types = types
        self.layout: Layout = None
        self.given = False
        # Of a call that is one node of one result, most often: its parts, and how to take its
        # operands where they are not those of the call.
        self.op: Op | None = None
        self.pick: Pick | None = None
        if len(steps) == 1 and len(steps[0].types) == 1 and result == takes + len(literals):
            self.op, self.pick, self.attrs, (self.type,) = steps[0]
            if not literals and self.pick(_AS_GIVEN[:takes]) == _AS_GIVEN[:takes]:
                self.pick = None


_new: Final = object.__new__
_AS_GIVEN: Final = (0, 1)
Key = tuple[Any, ...]
_recipes: Final[dict[Key, Recipe]] = {}
_met: Final = _recipes.get
_MOST: Final = 10_000


_REMEMBERED: Final = frozenset({*DIRECT, np.logical_and, np.logical_or, np.logical_not, np.matmul})


def is_remembered(ufunc: np.ufunc) -> bool:
    """Whether calls of a ufunc depend on no more than what a key says."""
    return ufunc in _REMEMBERED


def of_one(function: Any, x: Any, trace: Trace) -> Tracer | Key | None:
    """The result of a call that is remembered, its nodes added; of another, what its nodes depend
    on, to be learnt, or None where that is more than types, layouts and numbers.
    """
    if type(x) is not Tracer or x.owner is not trace or not trace.builder.is_open:
        return None
    is_whole = x.alias is None
    value = x._value if is_whole else x.value
    if type(value) is not Value:
        return None
    key = (function, id(value.type), x.kind, x.layout or is_whole, x.given)
    recipe = _met(key)
    return key if recipe is None else _made(recipe, (value,), trace)


def of_two(function: Any, a: Any, b: Any, trace: Trace) -> Tracer | Key | None:
    """The same for a call of two operands, one of which may be a number."""
    if not trace.builder.is_open:
        return None
    if type(b) is not Tracer:
        told = _told(b)
        if told is None or type(a) is not Tracer or a.owner is not trace:
            return None
        whole_a = a.alias is None
        x, y = a._value if whole_a else a.value, b
        if type(x) is not Value:
            return None
        key: Key = (function, id(x.type), a.kind, a.layout or whole_a, a.given, type(b), told)
    elif b.owner is not trace:
        return None
    elif type(a) is Tracer:
        if a.owner is not trace:
            return None
        whole_a, whole_b = a.alias is None, b.alias is None
        x = a._value if whole_a else a.value
        y = b._value if whole_b else b.value
        if type(x) is not Value or type(y) is not Value:
            return None
        key = (
            function, id(x.type), a.kind, a.layout or whole_a, a.given,
            id(y.type), b.kind, b.layout or whole_b, b.given, a is b,
        )  # fmt: skip
    else:
        told, whole_b = _told(a), b.alias is None
        x, y = a, b._value if whole_b else b.value
        if told is None or type(y) is not Value:
            return None
        key = (function, type(a), told, id(y.type), b.kind, b.layout or whole_b, b.given)
    recipe = _met(key)
    return key if recipe is None else _made(recipe, (x, y), trace)


def _told(x: Any) -> Any:
    """A number as keys have it, beside its type; None for what is none, and for NaN."""
    if type(x) is int:
        return x
    if type(x) is float and x == x:
        return x or str(x)  # 0.0 and -0.0 are equal
    return None


def _made(recipe: Recipe, values: tuple[Any, ...], trace: Trace) -> Tracer:
    """The result of a recipe as a handle: what `Tracer(trace, value)` makes, in half the time."""
    builder = trace.builder
    op = recipe.op
    made = _new(Tracer)
    if op is None:
        made._value = replayed(recipe, [*values], trace)
    else:
        pick = recipe.pick
        if pick is not None:
            values = pick(values + recipe.literals)
        node = node_of_one(op, values, recipe.attrs, recipe.type, builder.location)
        builder.nodes.append(node)
        (made._value,) = node.results
    made.owner = trace
    made.kind = recipe.kind
    made.alias = None
    made.version = 0
    made.frozen = ""
    made.layout = recipe.layout
    made.given = recipe.given
    made.reshaped = False
    made.links = None
    made.born = builder
    made.origin = builder.location
    return made


def replayed(recipe: Recipe, values: Values, trace: Trace) -> Operand:
    """The result of a recipe on these operands, its nodes added."""
    builder = trace.builder
    values += recipe.literals
    for op, pick, attrs, types in recipe.steps:
        node = Node(op, pick(values), attrs, types, (), builder.location)
        builder.nodes.append(node)
        values += node.results
    return values[recipe.result]  # type: ignore[no-any-return]


def learn(key: Key | None, xs: tuple[Any, ...], made: Any, trace: Trace, mark: int) -> None:
    """Remember a call that gave `made` and added the nodes from `mark` on, where that is safe."""
    if key is None or type(made) is not Tracer or not _is_plain(made, trace):
        return
    operands = [x._value if type(x) is Tracer else None for x in xs]
    same = len(xs) == 2 and xs[0] is xs[1]
    recipe = recipe_of(operands, made._value, made.kind, trace, mark, same)
    if recipe is not None:
        if len(_recipes) >= _MOST:
            _recipes.clear()
        recipe.layout, recipe.given = made.layout, made.given
        _recipes[key] = recipe


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
    nodes = trace.builder.nodes[mark:]
    if any(node.regions or node.copy or _is_named(node) for node in nodes):
        return None
    read = (*[x for node in nodes for x in node.operands], result)
    literals = tuple(dict.fromkeys([x for x in read if isinstance(x, Literal)]))
    values = [*operands, *literals, *[r for node in nodes for r in node.results]]
    places |= {x: i for i, x in enumerate(values) if i >= len(operands) and x is not None}
    if not all(x in places for x in read):
        return None
    steps = [
        Step(
            node.op, _picking([places[x] for x in node.operands]), node.attrs,
            tuple([r.type for r in node.results]),
        )
        for node in nodes
    ]  # fmt: skip
    types = tuple([x.type for x, _ in given])
    return Recipe(tuple(steps), literals, places[result], kind, types, len(operands))


def _picking(places: Sequence[int]) -> Pick:
    """What takes the values at these places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple([values[i] for i in places])


def _is_plain(made: Tracer, trace: Trace) -> bool:
    """Whether a result is a handle of its own, of which nothing more is known."""
    return (
        made.owner is trace
        and made.alias is None
        and not (made.frozen or made.reshaped)
        and made.links is None
    )


def _is_named(node: Node) -> bool:
    """Whether any size is named: what holds for it may be assumed in one place and not another."""
    types = [x.type for x in (*node.operands, *node.results)]
    return any(d.__class__ is not int for t in types for d in t.shape)
