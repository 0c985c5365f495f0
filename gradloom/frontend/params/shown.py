"""Parameters as text, and as a table of their arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradloom.frontend.params.layout import Branch, Slot
from gradloom.frontend.params.table import Row, Table, row_of, type_of
from gradloom.frontend.params.tree import ParamDict, form_of, store_of


def table_of(tree: ParamDict) -> Table:
    """The table of a tree's arrays."""
    form, values = form_of(tree), store_of(tree).now()
    return Table(tuple([_row(form, slot, values[slot.index]) for slot in form.slots]))


def _row(form: Branch, slot: Slot, value: Any) -> Row:
    first = form.aliases.get(slot.path)
    return row_of(slot.path, value, f"tied to {first}" if first is not None else _role(slot))


def _role(slot: Slot) -> str:
    role = "trained" if slot.trainable else "buffer" if slot.mutable else "frozen"
    return f"{role} on {slot.device}" if slot.device else role


# ---- as text -------------------------------------------------------------------------------------


def text_of(tree: ParamDict) -> str:
    """An outline of the parameters with their types and roles."""
    lines = list(_lines(form_of(tree), store_of(tree).now(), form_of(tree), "  "))
    return "\n".join(["ParamDict(", *lines, ")"]) if lines else "ParamDict()"


def _lines(node: Branch, values: list[Any], whole: Branch, indent: str) -> Iterator[str]:
    for key, child in zip(node.keys, node.children, strict=True):
        if isinstance(child, Branch):
            yield f"{indent}{key}:"
            yield from _lines(child, values, whole, indent + "  ")
            continue
        first = whole.aliases.get(child.path)
        role = _role(child).removeprefix("trained").strip()
        told = f" = {first}" if first is not None else f" {role}" if role else ""
        yield f"{indent}{key}: {_told(values[child.index])}{told}"


def _told(value: Any) -> str:
    """The type of what stands at a leaf: a tree, in a matrix of derivatives."""
    kind = type_of(value)
    return type(value).__name__ if kind is None and value is not None else str(kind)
