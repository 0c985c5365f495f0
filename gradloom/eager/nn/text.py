"""A module as text, as torch writes it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradloom.eager.nn.module import Module


def text_of(module: Module) -> str:
    """The module's name, what it says of itself, and the modules inside."""
    name, own = type(module).__name__, module.extra_repr()
    inside = [f"({key}): {_indented(repr(m))}" for key, m in module._modules.items()]
    if getattr(module, "collapsed", False):
        inside = _collapsed(module)
    lines = [*(own.split("\n") if own else []), *inside]
    if not inside and len(lines) <= 1:
        return f"{name}({own})"
    body = "\n  ".join(lines)
    return f"{name}(\n  {body}\n)"


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


def _collapsed(module: Module) -> list[str]:
    """A list's modules, equal ones that follow each other on one line."""
    texts: list[tuple[int, str]] = [(i, repr(m)) for i, m in enumerate(module._modules.values())]
    lines = []
    for text, group in groupby(texts, key=lambda pair: pair[1]):
        places: list[Any] = [i for i, _ in group]
        many = len(places) > 1
        where = f"{places[0]}-{places[-1]}" if many else str(places[0])
        lines.append(f"({where}): {f'{len(places)} x ' if many else ''}{_indented(text)}")
    return lines
