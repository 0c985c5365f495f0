"""The array object's operators, indexing and methods, by a table of the functions they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gradloom.array_api.array import Array
from gradloom.array_api.data_types import to_device
from gradloom.array_api.dtypes import Raw, is_number
from gradloom.array_api.elementwise import BINARY, UNARY
from gradloom.array_api.indexing import getitem, setitem
from gradloom.array_api.linalg import matmul, matrix_transpose
from gradloom.array_api.places import backend_of
from gradloom.array_api.run import run
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.location import user_location

Function = Callable[..., Any]

_BINARY: Final[dict[str, Function]] = {
    "add": BINARY["add"],
    "sub": BINARY["subtract"],
    "mul": BINARY["multiply"],
    "truediv": BINARY["divide"],
    "floordiv": BINARY["floor_divide"],
    "mod": BINARY["remainder"],
    "pow": BINARY["pow"],
    "matmul": matmul,
    "and": BINARY["bitwise_and"],
    "or": BINARY["bitwise_or"],
    "xor": BINARY["bitwise_xor"],
    "lshift": BINARY["bitwise_left_shift"],
    "rshift": BINARY["bitwise_right_shift"],
}
_COMPARE: Final[dict[str, Function]] = {
    "eq": BINARY["equal"],
    "ne": BINARY["not_equal"],
    "lt": BINARY["less"],
    "le": BINARY["less_equal"],
    "gt": BINARY["greater"],
    "ge": BINARY["greater_equal"],
}
_UNARY: Final[dict[str, Function]] = {
    "neg": UNARY["negative"],
    "pos": UNARY["positive"],
    "abs": UNARY["abs"],
    "invert": UNARY["bitwise_invert"],
}


def _fits(other: Any) -> bool:
    """Whether an operand is an array or a number; anything else may know what to do with us."""
    return type(other) in (Array, Tracer) or is_number(other) or isinstance(
        other, np.ndarray | np.generic
    )


def _forward(rule: Function) -> Function:
    def method(self: Array, other: Any, /) -> Any:
        return rule(self, other) if _fits(other) else NotImplemented

    return method


def _reflected(rule: Function) -> Function:
    def method(self: Array, other: Any, /) -> Any:
        return rule(other, self) if _fits(other) else NotImplemented

    return method


def _in_place(rule: Function) -> Function:
    def method(self: Array, other: Any, /) -> Any:
        if not _fits(other):
            return NotImplemented
        result = rule(self, other)
        if result.dtype != self.dtype or result.shape != self.shape:
            raise _misfit(result, self)
        if backend_of(self._value) in ("numpy", "traced"):
            run(_overwrite, (self, result), {})
        else:
            self._value = result._value
        return self

    return method


def _overwrite(x: Raw, value: Raw) -> None:
    x[...] = value


def _misfit(result: Array, x: Array) -> Exception:
    kind = DtypeError if result.dtype != x.dtype else ShapeError
    return kind(
        f"a result of {result.dtype} and shape {result.shape} does not fit in place into "
        f"{x.dtype} and {x.shape}",
        location=user_location(), hint="write  x = x + y  instead of  x += y",
    )  # fmt: skip


def _unary(rule: Function) -> Function:
    def method(self: Array, /) -> Any:
        return rule(self)

    return method


def _transposed(self: Array) -> Any:
    if self.ndim != 2:
        raise ShapeError(
            f"x.T of an array of shape {self.shape}", location=user_location(),
            hint="x.mT transposes stacks of matrices, permute_dims any axes",
        )  # fmt: skip
    return matrix_transpose(self)


def _namespace(self: Array, /, *, api_version: str | None = None) -> Any:
    from gradloom.array_api.namespace import namespace_of

    return namespace_of(self, api_version)


def _to_device(self: Array, device: Any, /, *, stream: Any = None) -> Any:
    return to_device(self, device, stream=stream)


def _getitem(self: Array, key: Any, /) -> Any:
    return getitem(self, key)


def _setitem(self: Array, key: Any, value: Any, /) -> None:
    setitem(self, key, value)


def _named(method: Function, name: str, text: str) -> Function:
    method.__name__ = name
    method.__qualname__ = f"Array.{name}"
    method.__doc__ = text
    return method


def install() -> None:
    """Give the array object its operators and the methods that run functions."""
    for name, rule in _BINARY.items():
        for prefix, make, text in (
            ("", _forward, "self, then other"),
            ("r", _reflected, "other, then self"),
            ("i", _in_place, "self changed in place"),
        ):
            dunder = f"__{prefix}{name}__"
            setattr(Array, dunder, _named(make(rule), dunder, f"`{rule.__name__}` of {text}."))
    for name, rule in _COMPARE.items():
        dunder = f"__{name}__"
        setattr(Array, dunder, _named(_forward(rule), dunder, f"`{rule.__name__}`."))
    for name, rule in _UNARY.items():
        dunder = f"__{name}__"
        setattr(Array, dunder, _named(_unary(rule), dunder, f"`{rule.__name__}`."))
    for name, method, text in (
        ("__getitem__", _getitem, "The part that a key names."),
        ("__setitem__", _setitem, "Write into the part that a key names."),
        ("__array_namespace__", _namespace, "The namespace for arrays that live where this does."),
        ("to_device", _to_device, "The array on another device of its backend."),
    ):
        setattr(Array, name, _named(method, name, text))
    Array.T = property(_transposed, doc="A matrix transposed.")  # type: ignore[attr-defined]
    Array.mT = property(  # type: ignore[attr-defined]
        lambda self: matrix_transpose(self), doc="Matrices transposed."
    )
