"""One of several things that are no numbers, by a traced condition: texts, None, members of an
enum, functions, objects; or one of these and a number.

Which of them it is, a number says that the program knows; Python's own questions to it are answered
by asking all of them where that is a matter of numbers, and refused elsewhere.
"""

from __future__ import annotations

import enum
import operator
import sys
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, MethodType
from typing import Any, Final, NoReturn, final

from gradloom.frontend.trace import Trace, require_trace, stir
from gradloom.frontend.tracer import Tracer
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Operand, literal
from gradloom.ir.location import user_location
from gradloom.ir.ops.host import Claim
from gradloom.ir.ops.rules import BOOL, INDEX
from gradloom.ir.types import tensor_type

VALUE: Final = 0
"""The label of the value that is in the graph: a number, an array, a tuple of these."""
LABEL: Final = tensor_type(INDEX, ())
_BOOL: Final = tensor_type(BOOL, ())
_BY_VALUE: Final = (str, bytes, MethodType, BuiltinFunctionType)
_OURS: Final = frozenset({"gradloom", "numpy", "optree"})


def label_of(x: Any, trace: Trace) -> int:
    """The number that stands for an object in this trace."""
    for i, known in enumerate(trace.labels):
        if known is x or (type(known) is type(x) and isinstance(x, _BY_VALUE) and known == x):
            return i + 1
    trace.labels.append(x)
    return len(trace.labels)


def is_name(x: Any) -> bool:
    """Whether it is one of few, however often a program comes by: None, a text, an enum's."""
    return x is None or isinstance(x, str | bytes | enum.Enum)


@final
class Chosen:
    """One of the objects with these labels; `value` is the one with the label 0, if that is one of
    them. `why` makes the error of what cannot be asked.
    """

    __slots__ = ("_labels", "_trace", "_value", "_which", "_why")
    __array_priority__ = 3000.0

    _labels: tuple[int, ...]
    _trace: Trace
    _value: Any
    _which: Tracer
    _why: Callable[[], GradloomError]

    def __init__(
        self, labels: tuple[int, ...], which: Tracer, value: Any, why: Callable[[], GradloomError]
    ) -> None:
        stir()
        held = (labels, require_trace(), value, which, why)
        for name, given in zip(self.__slots__, held, strict=True):
            object.__setattr__(self, name, given)

    # ---- what is asked of all of them ------------------------------------------------------------

    def __eq__(self, other: object) -> Any:
        return _equal(self, other)

    def __ne__(self, other: object) -> Any:
        made = _equal(self, other)
        if type(made) is not Tracer:
            return not made
        trace = require_trace()
        test = made.here(trace)
        whole = o.logical_not(test)
        negated(trace, test, whole)
        return Tracer(trace, whole, made.kind)

    def __hash__(self) -> int:
        raise told(self)

    def __repr__(self) -> str:
        return f"<one of {', '.join(map(repr, options(self)))}>"

    def _told(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise told(self)

    __str__ = __format__ = __setattr__ = __delattr__ = __reduce__ = _told

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """Its class, to those who know it; others would take it for one that it is not."""
        asked = sys._getframe(1).f_globals.get("__name__", "")
        if asked.partition(".")[0] in _OURS:
            return Chosen
        raise told(self)

    # ---- what is asked of a number ---------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__array_") or name == "_fields":
            raise AttributeError(name)
        return spread(self, lambda x: getattr(x, name))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return value_of(self).__array__(dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """The ufunc of the number that it is."""
        return getattr(ufunc, method)(*map(plain, inputs), **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """The function of the number that it is."""
        return function(*map(plain, args), **{k: plain(v) for k, v in kwargs.items()})


def _forwarded(name: str) -> Callable[..., Any]:
    def method(self: Chosen, *args: Any) -> Any:
        return getattr(value_of(self), name)(*args)

    return method


_OPERATORS: Final = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "divmod", "and", "or",
    "xor", "lshift", "rshift",
)  # fmt: skip
for _name in (
    *(f"__{side}{op}__" for op in _OPERATORS for side in ("", "r")),
    *(f"__{op}__" for op in ("lt", "le", "gt", "ge", "neg", "pos", "abs", "invert", "bool", "int",
                             "float", "complex", "index", "round", "len", "iter", "contains",
                             "getitem", "setitem", "delitem", "enter", "exit", "next")),
):  # fmt: skip
    setattr(Chosen, _name, _forwarded(_name))


def _in_place(change: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def method(self: Chosen, other: Any) -> Any:
        return change(value_of(self), other)  # an array is changed, for all who hold it

    return method


for _name in _OPERATORS:
    if _name != "divmod":
        setattr(Chosen, f"__i{_name}__", _in_place(getattr(operator, f"__i{_name}__")))


def plain(x: Any) -> Any:
    """The number that a choice is; anything else as it is."""
    if type(x) is Chosen:
        return value_of(x)
    if type(x) in (list, tuple) and any(type(y) is Chosen for y in x):
        return type(x)([plain(y) for y in x])
    return x


def labels_of(x: Chosen) -> tuple[int, ...]:
    """The labels of what it may be, by the conditions that hold where the program is."""
    trace = require_trace()
    labels = x._labels
    facts = [region.fact for region in trace.regions if region.fact is not None]
    for condition, holds in facts if trace.decided else ():
        known = trace.decided.get(condition)
        if known is not None and known[0] is x._which.value:
            held = known[1] if holds else known[2]
            labels = tuple([n for n in labels if n in held])
    return labels or x._labels


def which_of(x: Chosen) -> Tracer:
    """The label of what it is."""
    return x._which


def held_by(x: Chosen) -> Any:
    """The value that it is where its label is 0."""
    return x._value


def why_of(x: Chosen) -> Callable[[], GradloomError]:
    """What makes the error of what cannot be asked of it."""
    return x._why


def told(x: Chosen) -> GradloomError:
    """The error of what cannot be asked of it."""
    return x._why()


def option(x: Chosen, label: int) -> Any:
    """What it is where it has this label."""
    return x._value if label == VALUE else x._trace.labels[label - 1]


def options(x: Chosen) -> list[Any]:
    """What it may be."""
    return [option(x, label) for label in x._labels]


def _names(x: Chosen) -> list[Any]:
    """What it may be that is not in the graph."""
    return [option(x, label) for label in labels_of(x) if label != VALUE]


def is_one_of(x: Chosen, labels: Sequence[int]) -> Any:
    """Whether its label is one of these: a bool, traced unless all or none of them are."""
    may_be = labels_of(x)
    found = [label for label in labels if label in may_be]
    if not found or len(found) == len(may_be):
        return bool(found)
    trace = require_trace()
    which = x._which.here(trace)
    held = [o.equal(which, literal(label, LABEL)) for label in found]
    whole = held[0]
    for more in held[1:]:
        whole = o.logical_or(whole, more)
    trace.decided[whole] = (which, tuple(found), tuple([n for n in may_be if n not in found]))
    return Tracer(trace, whole, "weak")


def negated(trace: Trace, test: Operand, made: Operand) -> None:
    """Take note that `made` is `not test`."""
    if test in trace.decided:
        which, held, others = trace.decided[test]
        trace.decided[made] = (which, others, held)


def is_that(x: Chosen, other: Any) -> Any:
    """`x is other`"""
    if type(other) is Chosen:
        return _joint(x, other, lambda a, b: a is b)
    if isinstance(other, str | bytes):
        return is_one_of(x, [n for n in x._labels if n and option(x, n) == other])
    same = is_one_of(x, [n for n in x._labels if option(x, n) is other])
    value = x._value
    if isinstance(other, bool) and type(value) is Tracer and value.dtype == BOOL:
        return _or(same, _and(is_one_of(x, [VALUE]), _is_bool(value, other)))
    if type(other) is Tracer and VALUE in labels_of(x):
        raise told(x)  # it may be that very array
    return same


def _is_bool(x: Tracer, wanted: bool) -> Tracer:
    trace = require_trace()
    test = x.here(trace)
    return Tracer(trace, test if wanted else o.logical_not(test), "weak")


def _equal(x: Chosen, other: Any) -> Any:
    if type(other) is Chosen:
        return _joint(x, other, lambda a, b: a == b)
    held = [n for n in x._labels if n and _is_equal(x, option(x, n), other)]
    constant = is_one_of(x, held)
    if VALUE not in x._labels or is_name(other):
        return constant
    return spread(x, lambda one: one == other)


def _is_equal(x: Chosen, a: Any, b: Any) -> bool:
    made = a == b if type(b) is not Tracer else False
    if made is not True and made is not False:
        raise told(x)
    return made


def _joint(a: Chosen, b: Chosen, test: Callable[[Any, Any], Any]) -> Any:
    """A test of two choices, by what both may be."""
    if VALUE in a._labels and VALUE in b._labels:
        raise told(a)
    whole: Any = False
    for n in a._labels:
        same = [m for m in b._labels if test(option(a, n), option(b, m)) is True]
        both = _and(is_one_of(a, [n]), is_one_of(b, same))
        whole = _or(whole, both)
    return whole


def _and(a: Any, b: Any) -> Any:
    if a is False or b is False:
        return False
    return b if a is True else a if b is True else _logical(o.logical_and, a, b)


def _or(a: Any, b: Any) -> Any:
    if a is True or b is True:
        return True
    return b if a is False else a if b is False else _logical(o.logical_or, a, b)


def _logical(op: Any, a: Tracer, b: Tracer) -> Tracer:
    trace = require_trace()
    return Tracer(trace, op(a.here(trace), b.here(trace)), "weak")


def value_of(x: Chosen) -> Any:
    """The value in the graph; that it is this one, the program checks. Raises where it is none."""
    if all(isinstance(y, int) for y in _names(x)):
        return spread(x, lambda one: one.value if isinstance(one, enum.Enum) else one)
    if VALUE not in labels_of(x):
        raise told(x)
    holds = is_one_of(x, [VALUE])
    if type(holds) is Tracer:
        trace = require_trace()
        trace.builder.location = user_location()
        others = ", ".join(map(repr, _names(x)))
        claim = Claim(f"a number is asked for where there is {others}", "DtypeError")
        build.emit(o.assert_, (holds.here(trace),), claim)
    return x._value


def truth_of_choice(x: Chosen) -> Any:
    """Whether it counts as true."""
    held = [n for n in x._labels if n != VALUE and option(x, n)]
    names = is_one_of(x, held)
    if VALUE not in x._labels:
        return names
    value = x._value
    if type(value) is not Tracer:
        return _or(names, is_one_of(x, [VALUE])) if value else names
    number = value.reshape(()) if value.ndim else value
    whole = _or(names, _and(is_one_of(x, [VALUE]), number != 0))
    if type(whole) is Tracer and not held:  # what is true is the value
        trace = require_trace()
        trace.decided[whole.here(trace)] = (x._which.here(trace), (VALUE,), labels_of(x))
    return whole


def spread(x: Chosen, ask: Callable[[Any], Any]) -> Any:
    """What `ask` gives of the one that it is; all are asked, each on a way of its own."""
    from gradloom.frontend.staging.branch import both

    *rest, last = labels_of(x)

    def asked(labels: Sequence[int]) -> Any:
        if not labels:
            return ask(option(x, last))
        test = is_one_of(x, labels[:1])
        return both(
            test, lambda: ask(option(x, labels[0])), lambda: asked(labels[1:]),
            "what is asked of one of several",
        )  # fmt: skip

    return asked(rest)
