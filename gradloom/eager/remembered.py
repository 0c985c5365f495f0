"""Functions on tensors that are asked once for each kind of arguments.

What a function records is decided by the types of its tensors, by which of them have derivatives,
are the same or have the same derivative, and by its other arguments. The first call with some of
these writes a recipe, which the later calls follow.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from types import EllipsisType, NoneType
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar, cast

import numpy as np

from gradloom.eager import creation, scopes
from gradloom.eager.home import MOST_NODES, Home, lock, mode
from gradloom.eager.recipes import Recipe, Unfit, Writer, follow
from gradloom.eager.tensor import Tensor, View
from gradloom.ir.graph import Node, Operand, Value
from gradloom.ir.location import user_location

P = ParamSpec("P")
T = TypeVar("T")
_MOST: Final = 4_096
_PLAIN: Final = frozenset((int, bool, str, NoneType, EllipsisType, type, np.dtype))
"""Types of arguments that are equal when they mean the same."""


class Part(NamedTuple):
    """A result: the number of its value, and how it is a view of the tensor that was given."""

    value: int
    view: View | None
    lie: np.ndarray | None


class Dish(NamedTuple):
    """What a call gave: its recipe and results; `kind` is None where it is one tensor."""

    recipe: Recipe
    parts: tuple[Part, ...]
    kind: Callable[[list[Tensor]], Any] | None


class Given(NamedTuple):
    """What a call got: a key that is equal for calls that record the same, and the tensors."""

    key: tuple[Any, ...]
    tensors: list[Tensor]
    operands: list[Operand]


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """The function, asked once for each kind of arguments. It may read nothing but those, and do
    nothing but record.
    """

    @functools.wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            given = _given(function, args, kwargs)
        except Unfit:
            return function(*args, **kwargs)
        home = given.tensors[0]._home
        if home.is_learning or scopes.stack.placed is not None:
            return function(*args, **kwargs)
        with lock:
            dish = home.memory.get(given.key, _NEW)
            if dish is _NEW:
                return cast(T, _learn(home, function, given, args, kwargs))
            if dish is None:
                return function(*args, **kwargs)
            return cast(T, _serve(home, dish, given))

    return asked


_NEW: Final = object()


def _serve(home: Home, dish: Dish, given: Given) -> Any:
    """What the function would give."""
    known = home.tape.tangents
    values: list[Any] = [*given.operands, *[known.get(x) for x in given.operands]]
    builder = home.trace.builder
    follow(dish.recipe, values, builder.nodes, home.tape, (user_location(1),))
    home.followed()
    made = []
    for number, view, lie in dish.parts:
        x = values[number] if number >= 0 else dish.recipe.literals[number]
        if view is None:
            made.append(tensor := Tensor(home, x))
        else:
            made.append(tensor := Tensor(home, x, view._replace(base=given.tensors[0])))
        tensor._lie = lie
    if len(builder.nodes) >= MOST_NODES:
        home.flush()
    return made[0] if dish.kind is None else dish.kind(made)


# ---- what a call is known by ---------------------------------------------------------------------


def _given(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Given:
    """What is known of the call; Unfit where something in it is not comparable."""
    tensors: list[Tensor] = []
    operands: list[Operand] = []
    key: list[Any] = [function, mode.grad, creation._default.dtype]
    for x in args:
        _tell(x, key, tensors, operands)
    for name, x in kwargs.items():
        key.append(name)
        _tell(x, key, tensors, operands)
    if not tensors:
        raise Unfit
    return Given(tuple(key), tensors, operands)


def _tell(x: Any, key: list[Any], tensors: list[Tensor], operands: list[Operand]) -> None:
    kind = type(x)
    key.append(kind)
    if kind is Tensor:
        _tell_tensor(x, key, tensors, operands)
    elif kind is float or kind is complex:
        key.append(x if x else str(x))  # 0.0 and -0.0 are equal
    elif kind in _PLAIN or isinstance(x, str | np.dtype):
        key.append(x)
    elif isinstance(x, tuple | list):
        key.append(len(x))
        for part in x:
            _tell(part, key, tensors, operands)
    elif kind is slice:
        _tell((x.start, x.stop, x.step), key, tensors, operands)
    else:
        raise Unfit


def _tell_tensor(x: Tensor, key: list[Any], tensors: list[Tensor], operands: list[Operand]) -> None:
    operand = x.operand()
    home = x._home
    if tensors and tensors[0]._home is not home:
        raise Unfit
    tape = home.tape
    if operand in tape.later:
        raise Unfit
    if type(operand) is Value:
        key.append(operand.type)
    else:
        key.append(operand)
    tangent = tape.tangents.get(operand)
    key.append(tangent is not None)
    if tensors:
        key.append(operands.index(operand) if operand in operands else -1)
        if tangent is not None:  # that of `x + 1` is that of `x`
            known = [tape.tangents.get(y) for y in operands]
            key.append(known.index(tangent) if tangent in known else -1)
        key.append(sum(x is t for t in tensors))
    if x._lie is not None:
        key.append(x._lie.strides)
    tensors.append(x)
    operands.append(operand)


# ---- the first call ------------------------------------------------------------------------------


def _learn(
    home: Home, function: Callable[..., Any], given: Given, args: Any, kwargs: Any
) -> Any:  # fmt: skip
    """Ask the function, and write down what it recorded."""
    trace, start = home.trace, len(home.trace.builder.nodes)
    looks = home.looks
    before = [home.tape.tangents.get(x) for x in given.operands]
    log: list[Node] = []
    home.tape.log = log
    home.is_learning = True
    try:
        result = function(*args, **kwargs)
    finally:
        home.is_learning = False
        home.tape.log = None
    if len(home.memory) > _MOST:
        home.memory.clear()
    home.memory[given.key] = None
    if home.looks != looks:  # what it did depends on a value
        return result
    if home.trace is not trace:  # the fragment was sent meanwhile: the next call tells
        del home.memory[given.key]
        return result
    try:
        dish = _written(home, given, before, trace.builder.nodes[start:], log, result)
    except Unfit:
        return result
    home.memory[given.key] = dish
    return result


def _written(
    home: Home, given: Given, tangents: Sequence[Value | None], nodes: list[Node],
    linear: list[Node], result: Any,
) -> Dish:  # fmt: skip
    writer = Writer([*given.operands, *tangents])
    program = writer.steps(nodes, [0] * len(nodes))
    taped = writer.steps(linear, [0] * len(linear))
    tape = home.tape
    values = [r for node in nodes for r in node.results]
    known = tuple([(writer.number(r), writer.number(tape.tangents[r]))
                   for r in values if r in tape.tangents])  # fmt: skip
    places = {id(node): i for i, node in enumerate(nodes)}
    later = tuple([(writer.number(r), places[id(tape.later[r])])
                   for r in values if r in tape.later])  # fmt: skip
    kind: Any = None if isinstance(result, Tensor) else _kind(result)
    tensors: list[Any] = [result] if kind is None else list(result)
    parts = tuple([_part(x, given, writer) for x in tensors])
    return Dish(writer.recipe(program, taped, known, later), parts, kind)


def _kind(result: Any) -> Callable[[list[Tensor]], Any]:
    """What makes a result of its tensors."""
    if type(result) in (tuple, list):
        return type(result)
    if isinstance(result, tuple) and type(result).__module__.startswith("gradloom.eager"):
        pair: Any = type(result)
        return lambda made: pair(*made)
    raise Unfit


def _part(x: Any, given: Given, writer: Writer) -> Part:
    if (
        type(x) is not Tensor or any(x is t for t in given.tensors) or x._tangent is not None
        or x._parameter or x._version or (x._value in given.operands)
    ):  # fmt: skip
        raise Unfit
    view = x._view
    if view is not None and (len(given.tensors) != 1 or view.base is not given.tensors[0]):
        raise Unfit
    if view is not None and not (_is_free(view.read) and _is_free(view.write)):
        raise Unfit
    return Part(writer.literal(x._value), view and view._replace(base=None), x._lie)  # type: ignore[arg-type]


def _is_free(f: Any) -> bool:
    """Whether a function holds no tensor, which would live on with it."""
    for cell in getattr(f, "__closure__", None) or ():
        held = cell.cell_contents
        parts = held if isinstance(held, tuple | list) else (held,)
        if any(isinstance(x, Tensor) or not _is_free(x) for x in parts):
            return False
    return True
