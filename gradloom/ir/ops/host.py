"""Prints and asserts: what a program does beside computing. They have no results.

No pass drops or moves a print, and vmap refuses it. An assert stands for all members of a batch;
asserting the same twice is asserting it once.
"""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from gradloom.ir import build
from gradloom.ir.dims import Dim
from gradloom.ir.errors import (
    ArgumentError,
    AssertFailed,
    AxisOutOfRange,
    DtypeError,
    GradloomError,
    IndexOutOfRange,
    MatrixError,
    MissingKey,
    NoAttribute,
    NothingToDivideBy,
    NotSupported,
    NumberOutOfRange,
    ProgramRaised,
    ShapeError,
)
from gradloom.ir.graph import Operand
from gradloom.ir.location import Location
from gradloom.ir.op import Attrs, Op, Zero
from gradloom.ir.ops.rules import per_operand, require_kind
from gradloom.ir.types import TensorType

Types = tuple[TensorType, ...]


def _print_batch(
    attrs: Any, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> tuple[()]:
    raise NotSupported(f"print cannot be mapped by vmap: a loop would do it {size} times")


# ---- print ---------------------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class Print(Attrs):
    """The text to print, with a `{}` or `{number}` for each operand, as `str.format` reads it."""

    format: str


_TOO_MUCH: Final = re.compile(r"\d{4}|[{}]")
"""In a format spec: a width above 999 (billions would take the machine's memory), or a field."""


def _wrong_format(text: str, count: int) -> str:
    """What is wrong with a text that prints `count` operands, or ""."""
    try:
        fields = [part for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        return str(error)
    names = [str(name) for _, name, _, _ in fields]
    if any(names) and not all(names):
        return "{} and {number} are mixed"
    for place, (_, name, spec, conversion) in enumerate(fields):
        if name and not name.isdecimal():
            return f"{name!r} is no operand's number"
        if _TOO_MUCH.search(spec or "") or conversion not in (None, "r", "s", "a"):
            return f"{name}!{conversion}:{spec} is no way to print an operand"
        if int(name or place) >= count:
            return f"there are more fields than operands ({count})"
    return ""


def _print_infer(attrs: Print, *types: TensorType) -> Types:
    """Nothing; a format names operands only, for the graph may come from a stranger's file."""
    if wrong := _wrong_format(attrs.format, len(types)):
        raise ShapeError(f"print: {attrs.format!r} cannot be filled in: {wrong}")
    return ()


def _print_numpy(attrs: Print, *arrays: Any) -> tuple[()]:
    sys.stdout.write(attrs.format.format(*arrays) + "\n")
    return ()


print: Final[Op] = Op(
    "print",
    _print_numpy,
    Zero(),
    attrs=Print,
    infer=_print_infer,
    results=0,
    variadic=True,
    batch=_print_batch,
    effect="print",
    domain="all values; a field with a format spec takes a number, not an array",
)

# ---- assert --------------------------------------------------------------------------------------


ERRORS: Final[dict[str, type[GradloomError]]] = {
    kind.__name__: kind
    for kind in (
        AssertFailed, ArgumentError, ShapeError, DtypeError, IndexOutOfRange, AxisOutOfRange,
        MatrixError, MissingKey, NoAttribute, NothingToDivideBy, NumberOutOfRange, ProgramRaised,
    )
}  # fmt: skip
"""What an assert may raise, by name."""


@final
@dataclass(frozen=True, slots=True)
class Claim(Attrs):
    """What the error says, the name of its class among `ERRORS`, and what the user may do."""

    message: str
    error: str = "AssertFailed"
    hint: str = ""


def error_of(attrs: Any, location: Location | None = None) -> GradloomError:
    """The error of an assert that does not hold."""
    return ERRORS[attrs.error](attrs.message, location=location, hint=attrs.hint)


def _assert_infer(attrs: Claim, holds: TensorType) -> Types:
    require_kind("assert", holds.dtype, "b")
    if attrs.error not in ERRORS:
        due = ", ".join(ERRORS)
        raise DtypeError(f"assert: {attrs.error!r} is no error that it may raise", hint=due)
    return ()


def _assert_numpy(attrs: Claim, holds: Any) -> tuple[()]:
    if not np.all(holds):
        raise error_of(attrs)
    return ()


def _assert_batch(
    attrs: Claim, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> tuple[()]:
    """It holds for all when it holds for each."""
    build.emit(assert_, tuple(operands), attrs)
    return ()


assert_: Final[Op] = Op(
    "assert",
    _assert_numpy,
    Zero(),
    attrs=Claim,
    infer=_assert_infer,
    results=0,
    batch=_assert_batch,
    cost=per_operand(1),
    effect="assert",
    domain="all values: raises the error that it names unless every one is true",
)
