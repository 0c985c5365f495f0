"""Conversion of dtypes, and questions about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from gradloom.array_api.array import Array
from gradloom.array_api.dtypes import (
    KINDS,
    DType,
    Raw,
    dtype_of,
    is_number,
    promoted,
    require,
    require_scalar,
)
from gradloom.array_api.places import at, backend_of, fetched, place_of, put
from gradloom.array_api.run import run
from gradloom.ir.errors import DtypeError, NotSupported, ShapeError
from gradloom.ir.location import user_location


def _astype(x: Raw, dtype: DType) -> Raw:
    return x.astype(dtype)


_astype.__name__ = "astype"


def astype(x: Raw, dtype: DType, /, *, copy: bool = True, device: Any = None) -> Raw:
    """x as another dtype, on `device` if one is named; with `copy=False` x itself where nothing
    changes. Complex numbers are no real ones: `real` and `imag` say which part is meant.
    """
    require("astype", "any", x)
    wanted = dtype_of(dtype)
    if x.dtype.kind == "c" and wanted.kind in "iuf":
        raise DtypeError(
            f"astype: {x.dtype} would lose its imaginary part as {wanted}",
            location=user_location(), hint="take real(x), imag(x) or abs(x) first",
        )  # fmt: skip
    made = x if x.dtype == wanted and not copy else run(_astype, (x, wanted), {})
    return made if device is None else to_device(made, device)


def to_device(x: Raw, device: Any, /, *, stream: Any = None) -> Raw:
    """x on another device of its backend; x itself where it is there already."""
    if stream is not None:
        raise NotSupported("to_device(stream=...) is not offered", location=user_location())
    value = x._value if type(x) is Array else x
    place = place_of(value)
    there = at(place, device)
    return x if there == place else Array._of(put(fetched(value), there))


def can_cast(from_: Any, to: DType, /) -> bool:
    """Whether promotion leads from one dtype, or an array's, to the other."""
    given = _dtype_in(from_)
    wanted = dtype_of(to)
    try:
        return promoted("can_cast", [given, wanted]) == wanted
    except DtypeError:
        return False


def _dtype_in(x: Any) -> DType:
    return x.dtype if type(x) is Array or backend_of(x) is not None else dtype_of(x)


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype of an operation on these arrays, dtypes and Python numbers; raises `TypeError`
    where the standard has none.
    """
    numbers = [x for x in arrays_and_dtypes if is_number(x)]
    dtypes = [_dtype_in(x) for x in arrays_and_dtypes if not is_number(x)]
    if not dtypes:
        raise ShapeError(
            "result_type takes at least one array or dtype", location=user_location()
        )
    found = promoted("result_type", dtypes)
    for number in numbers:
        require_scalar("result_type", number, found)
    return found


def isdtype(dtype: DType, kind: Any) -> bool:
    """Whether a dtype is of a kind: another dtype, a name such as "real floating", or one of
    a tuple of these.
    """
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if not isinstance(kind, str):
        return dtype_of(dtype) == dtype_of(kind)
    if kind not in KINDS:
        raise ShapeError(
            f"isdtype: there is no kind {kind!r}",
            location=user_location(), hint=f"kinds: {', '.join(KINDS)}",
        )  # fmt: skip
    return dtype_of(dtype).kind in KINDS[kind]


@final
@dataclass(frozen=True, slots=True)
class FloatLimits:
    """What `finfo` gives; of a complex dtype, about its parts."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


@final
@dataclass(frozen=True, slots=True)
class IntegerLimits:
    """What `iinfo` gives."""

    bits: int
    max: int
    min: int
    dtype: DType


def finfo(type: Any, /) -> FloatLimits:
    """The limits of a floating-point dtype, or of an array's."""
    given = _dtype_in(type)
    if given.kind not in "fc":
        raise DtypeError(f"finfo takes floating-point dtypes, not {given}")
    info = np.finfo(given)
    numbers = (info.eps, info.max, info.min, info.smallest_normal)
    return FloatLimits(info.bits, *map(float, numbers), np.dtype(info.dtype))


def iinfo(type: Any, /) -> IntegerLimits:
    """The limits of an integer dtype, or of an array's."""
    given = _dtype_in(type)
    if given.kind not in "iu":
        raise DtypeError(f"iinfo takes integer dtypes, not {given}")
    info = np.iinfo(given)
    return IntegerLimits(info.bits, int(info.max), int(info.min), given)
