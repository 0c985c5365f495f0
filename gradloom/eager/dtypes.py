"""Dtypes by torch's names, and which one comes of several (torch's promotion)."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Final, final

import numpy as np

from gradloom.ir.errors import DtypeError
from gradloom.ir.types import dtype_of, is_inexact


@final
class dtype(str):  # noqa: N801, RUF100  (torch's spelling)
    """A dtype: equal to its name, so `x.dtype == "float32"` holds too."""

    __slots__ = ()

    @property
    def numpy(self) -> np.dtype:
        """numpy's dtype of this name."""
        return dtype_of(str(self))

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return int(self.numpy.itemsize)

    @property
    def is_floating_point(self) -> bool:
        """Whether it is one of floats."""
        return is_inexact(self.numpy) and not self.is_complex

    @property
    def is_complex(self) -> bool:
        """Whether it is one of complex numbers."""
        return self.numpy.kind == "c"

    def __repr__(self) -> str:
        return f"gt.{self}"


_ALIASES: Final = {
    "float": "float32", "double": "float64", "half": "float16", "int": "int32", "long": "int64",
    "short": "int16", "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip
DTYPES: Final = {
    name: dtype(name)
    for name in (
        "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8",
        "uint16", "uint32", "uint64", "bool", "complex64", "complex128",
    )
}  # fmt: skip
NAMES: Final = {**DTYPES, **{alias: DTYPES[name] for alias, name in _ALIASES.items()}}
"""Every name of a dtype, torch's short ones too."""
FLOAT32: Final = DTYPES["float32"].numpy
INT64: Final = DTYPES["int64"].numpy
BOOL: Final = DTYPES["bool"].numpy
COMPLEX64: Final = DTYPES["complex64"].numpy
_PYTHON: Final[dict[Any, np.dtype]] = {
    float: FLOAT32, int: INT64, bool: BOOL, complex: COMPLEX64
}  # fmt: skip


def name_of(found: np.dtype) -> dtype:
    """torch's name of a numpy dtype."""
    return DTYPES[found.name]


def read_dtype(given: Any, what: str) -> np.dtype:
    """numpy's dtype of what names one: `gt.float32`, "float32", torch's, numpy's, float."""
    if isinstance(given, str):
        text = given.removeprefix("torch.")
        if text in NAMES:
            return NAMES[text].numpy
    elif given in _PYTHON:
        return _PYTHON[given]
    elif type(given).__module__ == "torch":
        return read_dtype(str(given), what)
    else:
        made: np.dtype | None = None
        with contextlib.suppress(TypeError):
            made = np.dtype(given)
        if made is not None and made.name in DTYPES:
            return made
    raise DtypeError(f"{what}: {given!r} is no dtype", hint=f"dtypes: {', '.join(DTYPES)}")


def category(found: np.dtype) -> int:
    """0 for bool, 1 for integers, 2 for floats, 3 for complex numbers."""
    if found.kind == "c":
        return 3
    return 2 if is_inexact(found) else 0 if found.kind == "b" else 1


def promote(a: np.dtype, b: np.dtype) -> np.dtype:
    """The dtype of an operation on tensors of both."""
    if a == b:
        return a
    ca, cb = category(a), category(b)
    if ca < 2 <= cb:
        return b
    if cb < 2 <= ca:
        return a
    if ca < 2 and "uint64" in (a.name, b.name) and "int" in (a.kind + b.kind):
        raise DtypeError(f"{a} and {b} have no common dtype")
    if "bfloat16" in (a.name, b.name):
        other = b if a.name == "bfloat16" else a
        return FLOAT32 if other == np.float16 else other
    made: np.dtype = np.result_type(a, b)
    return made


def _complex_of(found: np.dtype) -> np.dtype:
    return np.dtype(np.complex128) if found == np.float64 else COMPLEX64


def _combined(higher: np.dtype | None, lower: np.dtype | None) -> np.dtype | None:
    """What operands that count more and operands that count less make together."""
    if higher is None or lower is None:
        return higher if lower is None else lower
    if category(lower) <= category(higher):
        return higher
    if category(lower) == 3 and category(higher) == 2:
        return _complex_of(higher)
    return lower


def result_dtype(tensors: Sequence[tuple[np.dtype, int]], numbers: Sequence[Any]) -> np.dtype:
    """The dtype of an operation on tensors (dtype, number of axes) and Python numbers: one with
    axes counts more than one without, that more than a number, and only a higher kind widens.
    """
    groups: list[np.dtype | None] = [None, None, None]
    for found, ndim in tensors:
        i = 0 if ndim else 1
        before = groups[i]
        groups[i] = found if before is None else promote(before, found)
    for number in numbers:
        found = _PYTHON[type(number)]
        before = groups[2]
        groups[2] = found if before is None else promote(before, found)
    made = _combined(groups[0], _combined(groups[1], groups[2]))
    assert made is not None
    return made


def floating(found: np.dtype) -> np.dtype:
    """The dtype itself where it has fractions, else float32."""
    return found if category(found) >= 2 else FLOAT32


@final
class finfo:  # noqa: N801, RUF100  (torch's spelling)
    """The limits of a dtype of floats: `bits`, `eps`, `max`, `min`, `tiny`."""

    def __init__(self, dtype: Any = "float32") -> None:
        found = read_dtype(dtype, "finfo")
        if not category(found) >= 2:
            raise DtypeError(f"finfo is for floats, not {found}", hint="use gt.iinfo")
        import ml_dtypes

        limits: Any = ml_dtypes.finfo(found)  # type: ignore[no-untyped-call]
        self.dtype, self.bits = found.name, int(limits.bits)
        self.eps, self.max, self.min = float(limits.eps), float(limits.max), float(limits.min)
        self.tiny = self.smallest_normal = float(limits.smallest_normal)
        self.resolution = float(limits.resolution)


@final
class iinfo:  # noqa: N801, RUF100  (torch's spelling)
    """The limits of a dtype of integers: `bits`, `max`, `min`."""

    def __init__(self, dtype: Any) -> None:
        found = read_dtype(dtype, "iinfo")
        if category(found) != 1:
            raise DtypeError(f"iinfo is for integers, not {found}", hint="use gt.finfo")
        limits = np.iinfo(found)
        self.dtype, self.bits = found.name, int(limits.bits)
        self.max, self.min = int(limits.max), int(limits.min)
