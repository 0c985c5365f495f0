"""A program in the notation as a plain Python program."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

from gradloom.frontend.notation.binding import bound_anywhere
from gradloom.frontend.notation.lower import Lowering
from gradloom.frontend.notation.macros import Macros, Template
from gradloom.frontend.notation.marked import parse

FOREACH = "foreach = method[$$ |> map[do[$$]] |> list]"
"""The one macro of pipescript's that is defined in the notation itself."""


def builtin_templates() -> dict[str, Template]:
    """The macros that every program has."""
    return {**_builtin()}


@cache
def _builtin() -> dict[str, Template]:
    macros = Macros()
    Lowering(macros).program(parse(FOREACH)[0])
    return macros.templates


def to_tree(
    text: str,
    filename: str = "<notation>",
    *,
    templates: dict[str, Template] | None = None,
    namespace: Mapping[str, Any] | None = None,
) -> ast.Module | None:
    """The plain Python of a program, its places the program's; None where it is plain already.

    `templates` are the macros that were defined before, and takes those that the program defines;
    `namespace` are names that have values already, which no macro hides.
    Raises SyntaxError.
    """
    tree, is_notation = parse(text, filename)
    given = builtin_templates() if templates is None else templates
    macros = Macros(given, namespace or {}, bound_anywhere(tree))
    if not is_notation and not any(macros.is_macro(node) for node in ast.walk(tree)):
        return None
    try:
        return Lowering(macros, filename).program(tree)
    except SyntaxError as error:
        lines = text.split("\n")
        if error.text is None and error.lineno is not None and error.lineno <= len(lines):
            error.text = lines[error.lineno - 1]
        raise


def to_python(text: str) -> str:
    """The plain Python program that a program in the notation stands for.

        >>> print(to_python("y = x |> $ @ w").splitlines()[-1])
        y = __notation__.settled(__notation__.pipe(x, lambda _0: _0 @ w))

    Raises SyntaxError.
    """
    tree = to_tree(text)
    return text if tree is None else ast.unparse(tree)
