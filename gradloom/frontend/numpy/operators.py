"""The tracer's operators: `+`, `@`, `<`, `+=` and the rest."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.frontend.numpy.composites import COMPOSITE, composed
from gradloom.frontend.numpy.direct import apply
from gradloom.frontend.numpy.gufuncs import call_gufunc
from gradloom.frontend.numpy.lift import lift
from gradloom.frontend.numpy.remembered import learn, of_one, of_two
from gradloom.frontend.numpy.told import told
from gradloom.frontend.numpy.ufuncs import call_ufunc, scalars, write_into
from gradloom.frontend.numpy.views import lay, lay_whole
from gradloom.frontend.params.ambient import itself
from gradloom.frontend.revived import plainly
from gradloom.frontend.selection import Selected, is_selected
from gradloom.frontend.trace import stack
from gradloom.frontend.tracer import Kind, Tracer, wrap
from gradloom.ir.errors import CallError, ShapeError
from gradloom.ir.location import user_location

_OPERANDS = (Tracer, np.ndarray, np.generic, int, float, complex, bool, list, tuple)

# While a trace runs, numpy's names stand for other objects (patches.py).
_MATMUL: Final = np.matmul
_POSITIVE: Final = np.positive
_NUMBERS: Final = frozenset({float, int, complex, bool})
_PLAIN: Final = frozenset({Tracer, float, int})
"""Operands that no operator but a square treats in a way of its own."""


def binary(ufunc: np.ufunc, a: Any, b: Any) -> Any:
    """`a <operator> b` where one of them is a tracer; two weak scalars give a weak scalar."""
    trace = stack.trace
    if trace is None:
        return plainly(ufunc, a, b)
    builder = trace.builder
    builder.location = user_location(2)
    try:
        if type(b) is np.ndarray:
            b = lift(b)
        found = of_two(ufunc, a, b, trace)
        if type(found) is Tracer:
            return found
        mark = len(builder.nodes)  # after the nodes of views that have been read anew
        made = _made(ufunc, a, b)
        arrays = [x if type(x) is Tracer else lift(x) for x in (a, b) if type(x) not in _NUMBERS]
        (lay_whole if ufunc is _MATMUL else lay)(made, arrays)
        learn(found, (a, b), made, trace, mark)
        return made
    except Exception as error:
        shown = told(error, "", builder.location)
        if shown is error:
            raise
        raise shown from error


def _made(ufunc: np.ufunc, a: Any, b: Any) -> Any:
    x = a if type(a) is Tracer else lift(a)
    y = b if type(b) is Tracer else lift(b)
    if ufunc is _MATMUL:
        return scalars(call_gufunc(ufunc, (x, y), {}))
    kind: Kind | None = "weak" if x.kind == "weak" and y.kind == "weak" else None
    return apply(ufunc, [x, y], kind=kind)


def in_place(ufunc: np.ufunc, target: Tracer, other: Any) -> Any:
    """`target <operator>= other`: arrays are written, scalars make a new value."""
    if target.kind != "array":
        return (
            _times(target, other)
            if _is_repeat(ufunc, target, other)
            else (binary(ufunc, target, other))
        )
    if ufunc is _MATMUL and not (target.ndim > 0 and np.ndim(other) > 1):
        raise ShapeError(
            "inplace matrix multiplication requires the first operand to have at least one and "
            "the second at least two dimensions",
            location=user_location(2), hint="write  x = x @ y",
        )  # fmt: skip
    result = binary(ufunc, target, other)
    if ufunc == np.matmul and result.shape[-2:] != target.shape[-2:]:  # no part of a broadcast
        raise ShapeError(
            f"np.matmul: a product of shape {result.shape} does not fit into {target.shape}",
            location=user_location(2), hint="write  x = x @ y",
        )  # fmt: skip
    write_into(ufunc.__name__, target, result)
    return target


def unary(ufunc: np.ufunc, x: Tracer) -> Any:
    """`<operator> x`."""
    trace = stack.trace
    if trace is None:
        return plainly(ufunc, x)
    trace.builder.location = user_location(2)
    kind: Kind | None = "weak" if x.kind == "weak" else None
    if ufunc is _POSITIVE:
        same = wrap(composed(ufunc, COMPOSITE[ufunc], [x]).here(trace), kind)
        lay(same, (x,))
        return same
    found = of_one((ufunc, "operator"), x, trace)
    if type(found) is Tracer:
        return found
    mark = len(trace.builder.nodes)
    made = apply(ufunc, [x], kind=kind)
    lay(made, (x,))
    learn(found, (x,), made, trace, mark)
    return made


def divide(a: Any, b: Any) -> Any:
    """`a / b`, where a named dimension stands for its number."""
    return binary(np.divide, a, b)


def _binary_dunder(ufunc: np.ufunc, swap: bool) -> Callable[[Tracer, Any], Any]:
    square = ufunc == np.power and not swap
    usual = frozenset() if square else _PLAIN

    def dunder(self: Tracer, other: Any) -> Any:
        if type(other) in usual:
            return binary(ufunc, other, self) if swap else binary(ufunc, self, other)
        if type(other) is Selected:
            return NotImplemented
        other = itself(other)
        if ufunc in (np.equal, np.not_equal) and _is_never_equal(self, other):
            made = np.ones_like if ufunc == np.not_equal else np.zeros_like
            return scalars(made(self, dtype=bool))  # element by element, as numpy
        if type(other) is np.poly1d and self.kind != "weak":
            other = other.coeffs  # to an array it is one
        if not isinstance(other, _OPERANDS) and (
            getattr(other, "__array_ufunc__", None) is None  # as numpy's own operators do
        ):
            return NotImplemented
        if square and self.kind == "array" and self.dtype.kind == "b" and _is_two(other):
            return unary(np.square, self)  # int8, where np.power gives int64
        if _is_repeat(ufunc, self, other):
            return _times(self, other)
        return binary(ufunc, other, self) if swap else binary(ufunc, self, other)

    return dunder


def _is_never_equal(self: Tracer, other: Any) -> bool:
    """Whether a number equals no such thing, and numpy says so of each element."""
    if other is None:
        return self.kind == "array"
    return isinstance(other, str | bytes | dict | set | frozenset) and self.kind != "weak"


def _is_two(x: Any) -> bool:
    return type(x) is int and x == 2


def _is_repeat(ufunc: np.ufunc, x: Tracer, other: Any) -> bool:
    """Whether it is a number times a list, which repeats the list."""
    return ufunc == np.multiply and x.kind != "array" and isinstance(other, list | tuple)


def _times(x: Tracer, items: Any) -> Any:
    if x.dtype.kind not in "iu":
        raise CallError(
            f"a {type(items).__name__} cannot be multiplied by a number of {x.dtype}",
            location=user_location(2), hint="np.asarray(list) * x multiplies its elements",
        )  # fmt: skip
    return items * operator.index(x)


def _power(self: Tracer, other: Any, modulo: Any = None) -> Any:
    if modulo is not None:
        raise CallError(
            f"pow() of {self.aval} takes no third argument: a power modulo a number is exact, "
            "and a graph's integers are not of any size",
            location=user_location(), hint="write (x ** y) % z where that fits",
        )  # fmt: skip
    return _raised(self, other)


_raised: Final = _binary_dunder(np.power, False)


def _unary_dunder(ufunc: np.ufunc) -> Callable[[Tracer], Any]:
    return lambda self: unary(ufunc, self)


def _in_place_dunder(ufunc: np.ufunc) -> Callable[[Tracer, Any], Any]:
    return lambda self, other: in_place(ufunc, self, other)


_BINARY: Final = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "matmul": np.matmul,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
}
_COMPARE: Final = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}


_UNARY: Final = {
    "neg": np.negative, "pos": np.positive, "abs": np.absolute, "invert": np.invert,
}  # fmt: skip
_DIVMOD: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "divmod": lambda self, other: (self // other, self % other),
    "rdivmod": lambda self, other: (other // self, other % self),
}


def _on_selected(ufunc: np.ufunc, swap: bool = False) -> Callable[..., Any]:
    def dunder(self: Selected, *others: Any) -> Any:
        inputs = (*others, self) if swap else (self, *others)
        return call_ufunc(ufunc, "__call__", inputs, {})

    return dunder


def _in_place_on_selected(ufunc: np.ufunc) -> Callable[[Selected, Any], Any]:
    def dunder(self: Selected, other: Any) -> Any:
        made = call_ufunc(ufunc, "__call__", (self, other), {})
        if not np.can_cast(made.dtype, self.dtype, "same_kind"):
            raise TypeError(
                f"Cannot cast ufunc '{ufunc.__name__}' output from {made.dtype!r} to {self.dtype!r}"
            )
        if not is_selected(made) or self.made is not None:
            whole: Any = self.taken()
            whole[...] = made
            return self
        self.data, self.filled = made.data.astype(self.dtype), made.filled
        return self

    return dunder


def install_operators_on_selected() -> None:
    """Give what a mask selected its operators."""
    for name, ufunc in _BINARY.items():
        setattr(Selected, f"__{name}__", _on_selected(ufunc))
        setattr(Selected, f"__r{name}__", _on_selected(ufunc, True))
        setattr(Selected, f"__i{name}__", _in_place_on_selected(ufunc))
    for name, ufunc in (_COMPARE | _UNARY).items():
        setattr(Selected, f"__{name}__", _on_selected(ufunc))


def install_operators() -> None:
    """Give the tracer its operators."""
    for name, ufunc in _BINARY.items():
        setattr(Tracer, f"__{name}__", _binary_dunder(ufunc, False))
        setattr(Tracer, f"__r{name}__", _binary_dunder(ufunc, True))
        setattr(Tracer, f"__i{name}__", _in_place_dunder(ufunc))
    for name, ufunc in _COMPARE.items():
        setattr(Tracer, f"__{name}__", _binary_dunder(ufunc, False))
    for name, ufunc in _UNARY.items():
        setattr(Tracer, f"__{name}__", _unary_dunder(ufunc))
    for name, function in (_DIVMOD | {"pow": _power}).items():
        setattr(Tracer, f"__{name}__", function)
