"""Trees that hold themselves, which no walk comes to the end of."""

from __future__ import annotations

from typing import Any

import optree

from gradloom.frontend.growing import NAMESPACE
from gradloom.ir.errors import ArgumentError


def refuse_endless(tree: Any, name: str = "") -> None:
    """Raise for a tree that was too deep to walk: where it holds itself, or that it is so deep.

    `name` is what the tree is called; without one, a pair of a tuple and a dict are arguments.
    """
    found = _cycle(tree)
    if found is None:
        raise ArgumentError(
            f"{name or 'a tree of arguments'} is nested too deeply to be walked",
            hint="keep what belongs together in lists beside each other",
        )
    path, start, kind = found
    given = not name and isinstance(tree, tuple) and len(tree) == 2 and isinstance(tree[1], dict)
    where = _argument(path[:start]) if given else (name or "the tree") + _text(path[:start])
    raise ArgumentError(
        f"{where} is a {kind} that holds itself, at {_text(path[start:])}",
        hint="a tree of arrays ends in arrays: leave the way back out",
    )


def _cycle(tree: Any) -> tuple[tuple[Any, ...], int, str] | None:
    """The way to a container inside itself, how far it is to that container, and its kind."""
    waiting: list[tuple[Any, tuple[Any, ...], tuple[int, ...]]] = [(tree, (), ())]
    while waiting:
        node, path, above = waiting.pop()
        if id(node) in above:
            return path, above.index(id(node)), type(node).__name__
        try:
            flat = optree.tree_flatten_one_level(node, namespace=NAMESPACE)
        except ValueError:  # a leaf
            continue
        for key, child in zip(flat.entries, flat.children, strict=True):
            waiting.append((child, (*path, key), (*above, id(node))))
    return None


def _text(path: tuple[Any, ...]) -> str:
    return "".join(f"[{key!r}]" for key in path)


def _argument(path: tuple[Any, ...]) -> str:
    if len(path) < 2:
        return "the arguments"
    name = f"argument {path[1] + 1}" if path[0] == 0 else f"argument {path[1]!r}"
    return name + _text(path[2:])
