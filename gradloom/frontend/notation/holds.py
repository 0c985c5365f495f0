"""Which `$` belong to which function, and the function that is made of them.

The rules are pipescript's. A `$` belongs to the smallest pipeline step, macro or chain of calls,
attributes and items around it; each bare `$` is a new parameter, each `$x` the same one.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

FORWARD: Final = frozenset(
    stars + op for op in ("|>", "?>", "$>", ".>") for stars in ("", "*", "**")
) | {"|>>"}  # fmt: skip
COMPOSING: Final = frozenset({".>", "*.>", "**.>"})

Scope = Literal["step", "chain", "macro", "block"]
"""Where a `$` is looked for: what a step may reach differs from what a macro may (`found`)."""


def is_pipe(node: ast.AST | None) -> bool:
    """Whether this is a pipeline: `a |> b`, but not `f .** 2`."""
    return getattr(node, "pipe", ".**") != ".**"


def seed_of(node: Any) -> ast.expr | None:
    """What a pipeline starts with, where its `$` make the whole pipeline a function."""
    last = ""
    while is_pipe(node):
        if node.pipe not in FORWARD:
            return None
        last, node = node.pipe, node.left
    return None if last in COMPOSING else node


def found(node: ast.AST, scope: Scope, is_macro: Callable[[ast.AST], bool]) -> list[ast.Name]:
    """The `$` of a scope, in the order in which they are written."""
    return list(_search(node, scope, is_macro, top=True))


def _search(
    node: Any, scope: Scope, is_macro: Callable[[ast.AST], bool], top: bool = False
) -> Iterator[ast.Name]:
    deep = scope in ("macro", "block")
    if isinstance(node, ast.Name):
        if getattr(node, "hold", None) is not None:
            yield node
        return
    if isinstance(node, ast.Subscript) and is_macro(node):
        if isinstance(node.value, ast.Attribute):  # `$.foreach[...]`: what stands before the dot
            yield from _search(node.value.value, scope, is_macro)
        return
    if is_pipe(node) and not (top and scope == "step"):
        seed = seed_of(node)
        if deep and seed is not None:
            yield from _search(seed, scope, is_macro)
        return
    if isinstance(node, ast.Call) and scope == "chain" and not top:
        yield from _search(node.func, scope, is_macro)
        return
    if isinstance(node, ast.Call | ast.Attribute | ast.Subscript) and scope == "chain" and top:
        yield from _chain(node, scope, is_macro)
        return
    for child in ast.iter_child_nodes(node):
        yield from _search(child, scope, is_macro)


def _chain(node: Any, scope: Scope, is_macro: Callable[[ast.AST], bool]) -> Iterator[ast.Name]:
    """The `$` of a chain: of what it starts with, and of its own arguments."""
    inner = node.func if isinstance(node, ast.Call) else node.value
    yield from _search(inner, scope, is_macro, top=True)
    if isinstance(node, ast.Call):
        for argument in (*node.args, *(k.value for k in node.keywords)):
            yield from _search(argument, scope, is_macro)
    elif isinstance(node, ast.Subscript):
        yield from _search(node.slice, scope, is_macro)


def parameters(
    holds: Sequence[Any], body: Sequence[ast.AST], one: bool = False, before: Sequence[str] = ()
) -> tuple[list[str], list[str]]:
    """The parameters that these `$` become, renamed in place, and the names that they were given.

    Bare ones come first, then the named ones in the order of the step `before`, then in their own.
    `one`: every bare `$` is the same parameter, as in a block of statements.
    """
    taken = {n.id for b in body for n in ast.walk(b) if isinstance(n, ast.Name) and n not in holds}
    given = list(dict.fromkeys(h.hold for h in holds if h.hold))
    names: dict[str, str] = {}
    for name in given:
        names[name] = _free(name, taken) if name.isidentifier() else _free(f"_{name}", taken)
    bare: list[str] = []
    for hold in holds:
        if not hold.hold:
            if not bare or not one:
                bare.append(_free(f"_{len(bare)}", taken | {*bare}))
            hold.id = bare[-1]
        else:
            hold.id = names[hold.hold]
        del hold.hold
    order = {name: i for i, name in enumerate(before)}
    ordered = sorted(given, key=lambda name: order.get(name, len(order)))
    return bare + [names[name] for name in ordered], given


def _free(name: str, taken: set[str]) -> str:
    """A name that the body does not use for anything else."""
    while name in taken or keyword.iskeyword(name):
        name += "_"
    taken.add(name)
    return name
