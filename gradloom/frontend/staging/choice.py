"""Expressions that Python decides by a truth value: `a if t else b`, `and`, `or`, `not`, chained
comparisons, `in`, `assert`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any, Final

import numpy as np

from gradloom.frontend.asserted import assert_that
from gradloom.frontend.builtins.truth import asked
from gradloom.frontend.chosen import Chosen, is_name, is_that, negated, spread
from gradloom.frontend.growing import Grown
from gradloom.frontend.params.ambient import itself
from gradloom.frontend.staging.branch import both, condition_of, truth
from gradloom.frontend.staging.ends import Leaf, common, leaf_of
from gradloom.frontend.staging.regions import Region, leave_regions
from gradloom.frontend.staging.searched import contains
from gradloom.frontend.staging.unset import Unset
from gradloom.frontend.trace import current_trace, require_trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir import ops as o
from gradloom.ir.build import located
from gradloom.ir.errors import GradloomError, TraceError, ValueNeeded
from gradloom.ir.graph import Node
from gradloom.ir.location import user_location
from gradloom.ir.ops.rules import BOOL

Thunk = Callable[[], Any]


def choose(test: Any, true: Thunk, false: Thunk) -> Any:
    """`true() if test else false()`"""
    test = asked(test)
    held = truth(test)
    if held is None:
        return both(test, true, false, "the choice `... if ... else ...`")
    return true() if held else false()


def and_(first: Any, *rest: Thunk) -> Any:
    """`first and ...`: the first that is false, else the last."""
    return _joined(first, rest, False)


def or_(first: Any, *rest: Thunk) -> Any:
    """`first or ...`: the first that is true, else the last."""
    return _joined(first, rest, True)


def _joined(value: Any, rest: tuple[Thunk, ...], stops: bool) -> Any:
    for i, following in enumerate(rest):
        held = truth(asked(value))
        if held is None:
            return _either(value, following, rest[i + 1 :], stops)
        if held is stops:
            return value
        value = following()
    return value


def all_true(first: Any, *rest: Thunk) -> Any:
    """The truth of `first and ...`, where nothing but that is asked."""
    return _tested(first, rest, False)


def any_true(first: Any, *rest: Thunk) -> Any:
    """The truth of `first or ...`, where nothing but that is asked."""
    return _tested(first, rest, True)


def _tested(value: Any, rest: tuple[Thunk, ...], stops: bool) -> Any:
    held = _as_bool(value)
    for i, following in enumerate(rest):
        if type(held) is Tracer:
            after = rest[i + 1 :]

            def others(second: Thunk = following, after: tuple[Thunk, ...] = after) -> Any:
                return _tested(second(), after, stops)

            return _either(held, others, (), stops)
        if held is stops:
            return held
        held = _as_bool(following())
    return held


def _as_bool(x: Any) -> Any:
    """The truth of a value, traced where it is not known."""
    x = asked(x)
    held = truth(x)
    if held is not None:
        return held
    if type(x) is Tracer and x.dtype == BOOL and x.kind == "weak":
        return x
    return Tracer(require_trace(), condition_of(x), "weak")


def _either(value: Any, following: Thunk, rest: tuple[Thunk, ...], stops: bool) -> Any:
    """The value where its truth stops the search, else what follows."""

    def others() -> Any:
        return _joined(following(), rest, stops)

    if type(value) is not Tracer and type(value) is not Chosen:
        value = asked(value)  # which object it is, no program can tell
    if type(value) is Tracer and value.dtype == BOOL and value.kind != "array":
        made = _plainly(value, others, stops)
        if made is not None:
            return made
    way = (lambda: value, others) if stops else (others, lambda: value)
    return both(value, *way, "the result of `or`" if stops else "the result of `and`")


def _plainly(value: Any, others: Thunk, stops: bool) -> Any:
    """A logical op, where what follows is a bool that has neither cost nor effect; else None."""
    trace = require_trace()
    region = Region(trace)
    try:
        second = leaf_of(others(), trace)
    except GradloomError:
        second = Leaf(None, None)
        leave_regions(trace, trace.regions.index(region) + 1)
    finally:
        region.close()
    nodes = region.builder.nodes
    first = condition_of(value)
    is_bool = second.operand is not None and second.type == first.type
    if region.places or not is_bool or not all(map(_is_free, nodes)):
        region.restore()
        return None
    trace.builder.nodes.extend(nodes)
    with located(user_location()):
        op = o.logical_or if stops else o.logical_and
        agreed = common(Leaf(None, first, value.kind), second)
        return Tracer(trace, op(first, second.held), value.kind if agreed is None else agreed[1])


def _is_free(node: Node) -> bool:
    return node.op.elementwise and node.op.effect is None


def kept(test: Any) -> bool:
    """The truth of the filter of a dict or set, which Python alone can go by."""
    return _known(
        test, "the `if` of a dict's or set's comprehension",
        "make a list of pairs: [(key, value) for ... if ...]",
    )  # fmt: skip


def known(test: Any) -> bool:
    """The truth of a test in a generator, which Python alone can go by."""
    return _known(
        test, "an `if` or `while` in a generator",
        "choose with np.where, or make it a function that returns its items",
    )  # fmt: skip


def _known(test: Any, what: str, hint: str) -> bool:
    held = truth(test)
    if held is None:
        raise ValueNeeded(
            f"{what} needs a number, and {test.aval} here is traced without values",
            location=user_location(), hint=hint,
        )  # fmt: skip
    return held


def not_(x: Any) -> Any:
    """`not x`"""
    x = asked(x)
    held = truth(x)
    if held is not None:
        return not held
    trace = require_trace()
    with located(user_location()):
        test = condition_of(x)
        made = o.logical_not(test)
    negated(trace, test, made)
    return Tracer(trace, made, "weak")


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne, "is": lambda a, b: is_(a, b),
    "is not": lambda a, b: is_not(a, b),
}  # fmt: skip


def chain(left: Any, *parts: Any) -> Any:
    """`left < b < c`, given as operators and functions that make the operands."""
    right = parts[1]()
    first = _compared(left, parts[0], right)
    if len(parts) == 2:
        return first
    return and_(first, lambda: chain(right, *parts[2:]))


def is_(a: Any, b: Any) -> Any:
    """`a is b`"""
    if type(a) in _DECIDED or type(b) in _DECIDED:
        return _is(a, b) if type(a) in _DECIDED else _is(b, a)
    return a is b


def is_not(a: Any, b: Any) -> Any:
    """`a is not b`"""
    return not_(is_(a, b))


_DECIDED: Final = frozenset({Tracer, Chosen, Unset})
"""What stands for objects that the program chooses."""


def _is(a: Any, b: Any) -> Any:
    for x in (a, b):
        if type(x) is Unset:
            raise x.error()
    if type(a) is Chosen or type(b) is Chosen:
        return is_that(a, b) if type(a) is Chosen else is_that(b, a)
    if (b is True or b is False) and a.kind == "weak" and a.dtype == BOOL:
        return a if b else not_(a)
    if a is not b and not is_name(b) and any(map(_is_picked, (a, b))):
        raise TraceError(
            "which of several arrays this one is, a traced condition decided, and `is` asks it",
            location=user_location(), hint="keep a bool that says which",
        )  # fmt: skip
    return a is b


def _is_picked(x: Any) -> bool:
    return type(x) is Tracer and x.here(require_trace()) in require_trace().picked


def _compared(left: Any, what: str, right: Any) -> Any:
    left, right = itself(left), itself(right)
    if what in _COMPARISONS:
        return _COMPARISONS[what](left, right)
    found = _contains(right, left)
    return not_(found) if what == "not in" else found


def _contains(group: Any, x: Any) -> Any:
    if type(group) is Tracer or (isinstance(group, np.ndarray) and type(x) is Tracer):
        return np.any(np.equal(group, x))
    if type(group) is Grown:
        return contains(group, x)
    method = getattr(type(group), "__contains__", None)
    if type(method) is FunctionType:
        return _call(method)(group, x)
    if type(x) is Chosen and isinstance(group, dict | set | frozenset):
        return spread(x, lambda one: one in group)
    if not isinstance(group, list | tuple) or not _has_tracer(group, x):
        return x in group
    found: Any = False
    for item in group:
        found = or_(found, partial(_matches, item, x))
    return found


def _call(method: FunctionType) -> Any:
    """A method of the user's, rewritten."""
    trace = current_trace()
    return method if trace is None or trace.converter is None else trace.converter.c(method)


def _matches(item: Any, x: Any) -> Any:
    return or_(is_(item, x), lambda: item == x)


def _has_tracer(group: Any, x: Any) -> bool:
    return type(x) in _DECIDED or any(type(item) in _DECIDED for item in group)


def assert_(test: Any, message: Thunk | None = None) -> None:
    """`assert test, message()`; of a traced test when the program runs."""
    test = asked(test)
    held = truth(test)
    if held is None:
        assert_that(test, "" if message is None else str(message()), staged=True)
    elif not held:
        _fail(message)


def _fail(message: Thunk | None) -> None:
    """An assert that fails whatever the values: when the program comes here, in a branch."""
    trace = current_trace()
    if trace is None or not trace.regions:
        raise AssertionError(*([] if message is None else [message()]))
    assert_that(False, "" if message is None else str(message()), staged=True)
