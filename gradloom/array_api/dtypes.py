"""The dtypes of the standard, their kinds and their promotion."""

from __future__ import annotations

import builtins
from typing import Any, Final

import numpy as np

from gradloom.frontend.tracer import Tracer, is_tracer
from gradloom.ir.errors import DtypeError
from gradloom.ir.location import user_location

DType = np.dtype
Raw = Any
"""What stands behind an `Array`: a numpy array, a traced value, or a framework's tensor."""

bool: Final[DType] = np.dtype("bool")
int8: Final[DType] = np.dtype("int8")
int16: Final[DType] = np.dtype("int16")
int32: Final[DType] = np.dtype("int32")
int64: Final[DType] = np.dtype("int64")
uint8: Final[DType] = np.dtype("uint8")
uint16: Final[DType] = np.dtype("uint16")
uint32: Final[DType] = np.dtype("uint32")
uint64: Final[DType] = np.dtype("uint64")
float32: Final[DType] = np.dtype("float32")
float64: Final[DType] = np.dtype("float64")
complex64: Final[DType] = np.dtype("complex64")
complex128: Final[DType] = np.dtype("complex128")

STANDARD: Final[dict[str, DType]] = {
    d.name: d
    for d in (
        bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64,
        float32, float64, complex64, complex128,
    )
}  # fmt: skip

KINDS: Final[dict[str, str]] = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "c",
    "numeric": "iufc",
}
"""The standard's names of kinds, as the letters of numpy's."""

_ALLOWED: Final[dict[str, str]] = {
    "numeric": "iufc",
    "real numeric": "iuf",
    "integer": "iu",
    "integer or boolean": "iub",
    "floating-point": "fc",
    "real floating-point": "f",
    "complex floating-point": "c",
    "boolean": "b",
    "any": "biufc",
    "real numeric or boolean": "iufb",
}
_SCALARS: Final[dict[type, str]] = {builtins.bool: "b", int: "iufc", float: "fc", complex: "c"}
"""Beside arrays of which kinds a Python number takes their dtype."""


def dtype_of(given: Any) -> DType:
    """The dtype that a user wrote; raises `TypeError` for what is none, or holds no numbers."""
    if given is None:  # numpy's float64
        raise DtypeError("None is no dtype", location=user_location())
    found = given if isinstance(given, np.dtype) else np.dtype(given)
    if found.kind not in "biufc":
        raise DtypeError(f"{found} is no dtype of the array API", location=user_location())
    return found


def is_number(x: object) -> builtins.bool:
    """Whether `x` is a Python number; numpy's float64 and complex128 pass for one."""
    return not is_tracer(x) and isinstance(x, builtins.bool | int | float | complex)


def is_weak(x: Any) -> builtins.bool:
    """Whether `x` is a Python number, traced or not, which takes the dtype of the array beside
    it.
    """
    return x.kind == "weak" if type(x) is Tracer else is_number(x)


def _python_type(x: Any) -> type:
    if type(x) is Tracer:
        return {"b": builtins.bool, "i": int, "f": float, "c": complex}[x.dtype.kind]
    return next(t for t in _SCALARS if isinstance(x, t))


def require(name: str, category: str, *xs: Raw) -> None:
    """Raise `TypeError` unless all of `xs` are arrays of a dtype that `category` names."""
    letters = _ALLOWED[category]
    for x in xs:
        dtype = getattr(x, "dtype", None)
        if dtype is None:
            raise DtypeError(
                f"{name} takes arrays, and was given {type(x).__name__}",
                location=user_location(), hint="make it one with asarray",
            )  # fmt: skip
        if dtype.kind not in letters:
            what = "every dtype" if category == "any" else f"{category} dtypes"
            raise DtypeError(
                f"{name} takes {what}, and was given {dtype}",
                location=user_location(), hint="convert it with astype",
            )  # fmt: skip


def dtype_beside(number: Any, dtype: DType) -> DType | None:
    """The dtype of a Python number beside an array of this dtype: the array's own, or for a complex
    number beside real floats the complex one of their width; None where the two do not go together.
    """
    kind = _python_type(number)
    if kind is complex and dtype.kind == "f":
        return np.result_type(dtype, 0j)
    return dtype if dtype.kind in _SCALARS[kind] else None


def require_scalar(name: str, number: Any, dtype: DType, widens: builtins.bool = False) -> None:
    """Raise `TypeError` unless a Python number may stand beside an array of this dtype, and, but
    where it `widens`, keeps the dtype.
    """
    found = dtype_beside(number, dtype)
    if found is None or (found != dtype and not widens):
        raise DtypeError(
            f"{name}: the {_python_type(number).__name__} {number!r} does not go with {dtype}",
            location=user_location(), hint="convert the array with astype first",
        )  # fmt: skip


def promoted(name: str, dtypes: list[DType]) -> DType:
    """The dtype that the standard's table gives; raises `TypeError` where kinds are mixed."""
    first = dtypes[0]
    for other in dtypes[1:]:
        found = np.promote_types(first, other) if first != other else first
        if found != first or found != other:
            _refuse_mixture(name, first, other, found)
        first = found
    return first


def _refuse_mixture(name: str, a: DType, b: DType, found: DType) -> None:
    families = {"b": "b", "i": "i", "u": "i", "f": "f", "c": "f"}
    if families[a.kind] != families[b.kind] or families[a.kind] != families[found.kind]:
        raise DtypeError(
            f"{name}: {a} and {b} have no common dtype in the array API",
            location=user_location(), hint="convert one of them with astype",
        )  # fmt: skip
