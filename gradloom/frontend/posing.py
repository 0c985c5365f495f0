"""What a tracer tells of itself besides its numbers: its class, attributes of scalars, its text."""

from __future__ import annotations

import dis
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gradloom.frontend.asked import no_attribute
from gradloom.frontend.trace import current_trace
from gradloom.ir.errors import CallError, NotSupported
from gradloom.ir.location import user_location

if TYPE_CHECKING:
    from gradloom.frontend.tracer import Tracer


class Posing(type):
    """A class that leaves it to its instances what they are (`x.__class__`).

    `isinstance(x, collections.abc.Iterable)` asks `x.__class__`, and then whether x's true class
    has the methods, which it has for arrays; a traced scalar would be an iterable.
    """

    @property
    def __mro__(cls) -> tuple[type, ...]:
        return ()


# ---- attributes ----------------------------------------------------------------------------------


def _is_integer(x: Any) -> Any:
    return np.equal(x, np.trunc(x)) & np.isfinite(x) if x.dtype.kind == "f" else np.equal(x, x)


def _bit_count(x: Any) -> Any:
    return np.bitwise_count(x).astype(np.int64)


_OF_SCALARS: Final[dict[str, Callable[[Any], Any]]] = {
    "is_integer": _is_integer,
    "bit_count": _bit_count,
}


def attribute(x: Tracer, name: str) -> Any:
    """A method that scalars have and arrays do not; raises `AttributeError` else."""
    cls = x.__class__
    if cls is np.ndarray or name.startswith("__") or not callable(getattr(cls, name, None)):
        raise no_attribute(name, cls)
    rule = _OF_SCALARS.get(name)

    def method(*args: Any, **kwargs: Any) -> Any:
        if rule is None or args or kwargs:
            raise NotSupported(
                f"{cls.__name__}.{name}: a traced number has no digits yet",
                location=user_location(),
                hint="fractions, decimals and texts are made of what the traced function returns",
            )
        made = rule(x)
        return type(x)(made.owner, made.value, "weak")

    return method


def no_hash(x: Tracer) -> CallError:
    """The error where Python asks for a hash; a `TypeError`, as of a list."""
    if x.kind == "array":
        return CallError("unhashable type: 'numpy.ndarray'", location=user_location())
    return CallError(
        f"a traced number ({x.aval}) has no hash: it cannot be a key of a dict, a member of a set "
        "or an argument of a cached function",
        location=user_location(),
        hint="leave functools.cache out of the traced function (f.__wrapped__ is f without it), "
        "and choose by np.where or an index instead of a key",
    )


def no_pickle(x: Tracer) -> CallError:
    """The error where a traced value is pickled."""
    return CallError(
        f"a traced value ({x.aval}) cannot be pickled: it has no numbers yet",
        location=user_location(),
        hint="pickle what the traced function returns",
    )


# ---- text ----------------------------------------------------------------------------------------


_REMAINDER: Final = (6, 19)
"""The arguments of BINARY_OP that mean `%` and `%=` (CPython's opcode.h)."""


def is_formatted(depth: int) -> bool:
    """Whether the frame so many calls up is at `text % values`."""
    frame = sys._getframe(depth + 1)
    code, at = frame.f_code.co_code, frame.f_lasti
    return dis.opname[code[at]] == "BINARY_OP" and code[at + 1] in _REMAINDER


def text_of(x: Tracer, spec: str = "") -> str:
    """`<traced f64[3] from model.py:19>`; a second one that would read alike ends in `, #2`.

    The trace remembers which value each text stands for, so that `print` can show its numbers
    when the program runs.
    """
    where = f" from {x.origin}" if x.origin is not None else ""
    start = f"<traced {x.aval}{where}"
    if current_trace() is not x.owner:
        return start + ">"
    shown = x.owner.shown.setdefault(start, [])
    entry = (x.value, spec)
    if entry not in shown:
        shown.append(entry)
    number = shown.index(entry) + 1
    return f"{start}, #{number}>" if number > 1 else f"{start}>"


def texts_in(text: str, shown: dict[str, list[tuple[Any, str]]]) -> list[Any]:
    """The text, cut at what stands for traced values: plain pieces and `(operand, spec)` pairs in
    turn.
    """
    if not shown or "<traced" not in text:
        return [text]
    starts = "|".join(re.escape(start) for start in sorted(shown, key=len, reverse=True))
    pieces: list[Any] = re.split(rf"({starts})(?:, #(\d+))?>", text)
    out: list[Any] = pieces[:1]
    for start, number, rest in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        out += [shown[start][int(number or 1) - 1], rest]
    return out
