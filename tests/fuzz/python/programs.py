"""Random programs as text, the modules made of them, and arguments for them."""

from __future__ import annotations

import copy
import linecache
from itertools import count
from random import Random
from types import ModuleType
from typing import Any, Final

import numpy as np

from tests.fuzz.python.expressions import EXPRESSIONS
from tests.fuzz.python.forms import Scope, Writer
from tests.fuzz.python.prelude import PRELUDE
from tests.fuzz.python.statements import STATEMENTS

PARAMETERS: Final = {
    "x": "v", "y": "v", "a": "m", "s": "f", "n": "i", "flag": "b", "xs": "l", "table": "d"
}  # fmt: skip
"""The parameters of every program, with the types of expressions.py."""
GLOBALS: Final = {"STORE": "v", "SEEN": "l", "TABLE": "d", "KEEP": "o"}
_RESULTS: Final = ("f", "f", "v", "v", "i", "b", "w", "m", "l", "d", "t")
_POOL: Final = (-1.5, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 2.5)
_numbers: Final = count(1)


def program(rng: Random, size: int | None = None) -> str:
    """The text of a module with a function `program`."""
    writer = Writer(rng, EXPRESSIONS, STATEMENTS, size or rng.choice([3, 6, 10, 16]))
    names = dict(PARAMETERS)
    if rng.random() < 0.15:
        names |= {n: t for n, t in GLOBALS.items() if rng.random() < 0.5}
    returns = tuple(rng.choice(_RESULTS) for _ in range(rng.randint(1, 4)))
    scope = Scope(names, frozenset(PARAMETERS), returns)
    lines = []
    for type, name in (("f", "u"), ("o", "box")):
        lines.append(f"{name} = {writer.expression(type, scope, 2)}")
        scope = scope.having({name: type})
    while writer.left > 0:
        text, gives = writer.statement(scope)
        lines.append(text)
        scope = scope.having(gives)
    lines.append(writer.returned(scope))
    body = "\n".join(lines).replace("\n", "\n    ")
    return f"{PRELUDE}\ndef program({', '.join(PARAMETERS)}):\n    {body}\n"


def module(text: str) -> ModuleType:
    """The module of this text, freshly run; `inspect` finds its source."""
    name = f"<program {next(_numbers)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    made = ModuleType("random_program")
    exec(compile(text, name, "exec"), vars(made))
    return made


def globals_of(made: ModuleType) -> list[Any]:
    """What the program's module holds that programs change."""
    found = [getattr(made, name, None) for name in GLOBALS]
    return [dict(vars(x)) if hasattr(x, "__dict__") else x for x in found]


def arguments(rng: Random, smooth: bool = False) -> tuple[Any, ...]:
    """Arguments of a program; `smooth`: apart from the numbers that programs compare with."""

    def number() -> float:
        return rng.choice(_POOL) + (rng.uniform(0.01, 0.09) if smooth else 0.0)

    return (
        np.array([number() for _ in range(3)]), np.array([number() for _ in range(3)]),
        np.array([[number() for _ in range(3)] for _ in range(2)]), np.float64(number()),
        np.int64(rng.randint(0, 4)), np.bool_(rng.random() < 0.5),
        [np.float64(number()), np.float64(number())],
        {"p": np.float64(number()), "q": np.float64(number())},
    )  # fmt: skip


def same(draw: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same arguments, for another call."""
    return copy.deepcopy(draw)
