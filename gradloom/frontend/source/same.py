"""Whether two code objects do the same: everything but the places in the file is compared."""

from __future__ import annotations

import ast
import dis
from collections import Counter
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any, Final

_NESTED: Final = 0x10
"""The flag of code inside another function's; it changes nothing."""
_FIELDS: Final = (
    "co_name",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_varnames",
    "co_cellvars",
    "co_freevars",
    "co_names",
    "co_code",
    "co_exceptiontable",
)
_FLOW: Final = frozenset({"NOP", "RESUME", "CACHE", "PRECALL", "EXTENDED_ARG", "COPY_FREE_VARS"})


def same_code(one: CodeType, other: CodeType) -> bool:
    """Whether two code objects run the same instructions on the same names and constants."""
    return (
        all(getattr(one, field) == getattr(other, field) for field in _FIELDS)
        and (one.co_flags | _NESTED) == (other.co_flags | _NESTED)
        and _same_constant(one.co_consts, other.co_consts)
    )


def _same_constant(one: Any, other: Any) -> bool:
    """Whether two constants are equal in type too: 1, 1.0 and True are three, 0.0 and -0.0 two."""
    if type(one) is not type(other):
        return False
    if isinstance(one, CodeType):
        return same_code(one, other)
    if isinstance(one, tuple):
        pairs = zip(one, other, strict=False)
        return len(one) == len(other) and all(_same_constant(a, b) for a, b in pairs)
    if isinstance(one, frozenset):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    if isinstance(one, float | complex):
        return repr(one) == repr(other)
    return bool(one == other)


def is_asserting(code: CodeType) -> bool:
    """Whether pytest has put its own instructions in the place of an `assert` in here."""
    return any(name.startswith("@py") for name in (*code.co_varnames, *code.co_names)) or any(
        is_asserting(c) for c in code.co_consts if isinstance(c, CodeType)
    )


def same_but_for_asserts(one: CodeType, other: CodeType, node: ast.AST) -> bool:
    """Whether two code objects name the same things on each line of a function that has no
    `assert`.
    """
    told = {
        line
        for a in ast.walk(node)
        if isinstance(a, ast.Assert)
        for line in range(a.lineno, (a.end_lineno or a.lineno) + 1)
    }
    signature = _FIELDS[:4]
    return all(getattr(one, field) == getattr(other, field) for field in signature) and (
        _named(one, told) == _named(other, told)
    )


def _named(code: CodeType, without: Iterable[int]) -> Counter[tuple[int, str]]:
    """How often each line speaks of each name, constant and operator."""
    return Counter(_words(code, frozenset(without)))


def _words(code: CodeType, without: frozenset[int]) -> Iterator[tuple[int, str]]:
    line = code.co_firstlineno
    for i in dis.get_instructions(code):
        at = i.positions.lineno if i.positions is not None else None
        line = at if at is not None else line
        plain = i.opname not in _FLOW and i.opcode not in dis.hasjrel
        if line in without or not plain or isinstance(i.argval, CodeType):
            continue
        if i.argrepr and i.argval is not None:
            yield line, i.argrepr
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _words(inner, without)
