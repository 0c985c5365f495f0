"""print on traced values: an op that prints their numbers each time that the program runs."""

from __future__ import annotations

import builtins
import sys
from typing import Any

from gradloom.frontend.posing import texts_in
from gradloom.frontend.trace import Trace, current_trace
from gradloom.frontend.tracer import Tracer, refuse
from gradloom.ir import ops as o
from gradloom.ir.build import located
from gradloom.ir.graph import Operand
from gradloom.ir.location import user_location


def print_of(
    *values: Any, sep: str | None = None, end: str | None = None, file: Any = None,
    flush: bool = False,
) -> None:  # fmt: skip
    """What `print` does; of traced values their numbers, each time that the program runs.

    Those inside texts (f-strings, `str`, `%s`) and in lists count too, and so does any text where
    a traced condition decides whether it is printed.
    """
    trace = current_trace()
    fields: list[tuple[str, list[Operand]]] = [] if trace is None else _fields(values, trace)
    operands = [x for _, own in fields for x in own]
    if trace is None or not (operands or _is_conditional(trace)):
        builtins.print(*values, sep=sep, end=end, file=file, flush=flush)
        return
    after = "\n" if end is None else end
    if file not in (None, sys.stdout) or not after.endswith("\n"):
        raise refuse("print", "a program prints whole lines on standard output",
                     "leave out file= and end=")  # fmt: skip
    text = _literal(" " if sep is None else sep).join(t for t, _ in fields) + _literal(after[:-1])
    with located(user_location()):
        o.print(*operands, format=text)


def _is_conditional(trace: Trace | None) -> bool:
    """Whether only the program knows if, or how often, this point of it is reached."""
    while trace is not None:
        if trace.regions:
            return True
        trace = trace.parent
    return False


def _fields(values: tuple[Any, ...], trace: Trace) -> list[tuple[str, list[Operand]]]:
    """Each value's text, with a field in the place of what is traced, and the operands for it."""
    return [
        ("{}", [x.here(trace)]) if type(x) is Tracer else _filled(str(x), trace) for x in values
    ]


def _filled(text: str, trace: Trace) -> tuple[str, list[Operand]]:
    outer: Trace | None = trace
    while outer is not None:
        pieces = texts_in(text, outer.shown)
        if len(pieces) > 1:
            break
        outer = outer.parent
    if outer is None:
        return _literal(text), []
    made = "".join(_literal(x) if isinstance(x, str) else f"{{:{x[1]}}}" for x in pieces)
    return made, [Tracer(outer, operand).here(trace) for operand, _ in pieces[1::2]]


def _literal(text: str) -> str:
    """Text that str.format leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")
