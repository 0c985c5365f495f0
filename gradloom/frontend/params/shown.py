"""Parameters as text, and as a table of their arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any, final

import numpy as np

from gradloom.frontend.params.layout import Branch, Slot
from gradloom.frontend.params.tree import ParamDict, form_of, store_of
from gradloom.ir.types import TensorType, tensor_type


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One parameter; a tied one counts where it stands first, and names that place elsewhere."""

    path: str
    type: str
    elements: int
    nbytes: int
    role: str

    @property
    def counts(self) -> bool:
        """Whether its array is not counted elsewhere."""
        return not self.role.startswith("tied to")


@final
@dataclass(frozen=True, slots=True)
class Table:
    """The parameters of a tree, in order."""

    rows: tuple[Row, ...]

    @property
    def total(self) -> int:
        """Elements of all arrays."""
        return sum(row.elements for row in self.rows if row.counts)

    @property
    def trained(self) -> int:
        """Elements of the arrays that are trained."""
        return sum(row.elements for row in self.rows if row.role.startswith("trained"))

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(row.nbytes for row in self.rows if row.counts)

    def __str__(self) -> str:
        width = max([len(row.path) for row in self.rows] + [9])
        lines = [f"{'parameter':<{width}}  {'type':<18} {'elements':>12} {'bytes':>14}  role"]
        lines += [
            f"{row.path:<{width}}  {row.type:<18} {row.elements:>12,} {row.nbytes:>14,}  {row.role}"
            for row in self.rows
        ]
        lines.append(f"{'total':<{width}}  {'':<18} {self.total:>12,} {self.nbytes:>14,}")
        lines.append(f"trained: {self.trained:,} of {self.total:,} elements")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = [(r.path, r.type, f"{r.elements:,}", f"{r.nbytes:,}", r.role) for r in self.rows]
        cells.append(("total", "", f"{self.total:,}", f"{self.nbytes:,}", ""))
        head = "".join(f"<th>{n}</th>" for n in ("parameter", "type", "elements", "bytes", "role"))
        rows = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def __rich__(self) -> Any:
        from rich.table import Table as RichTable

        made = RichTable("parameter", "type")
        made.add_column("elements", justify="right")
        made.add_column("bytes", justify="right")
        made.add_column("role")
        for r in self.rows:
            made.add_row(r.path, r.type, f"{r.elements:,}", f"{r.nbytes:,}", r.role)
        made.add_row("total", "", f"{self.total:,}", f"{self.nbytes:,}", "")
        return made


def table_of(tree: ParamDict) -> Table:
    """The table of a tree's arrays."""
    form, values = form_of(tree), store_of(tree).now()
    return Table(tuple([_row(form, slot, values[slot.index]) for slot in form.slots]))


def _row(form: Branch, slot: Slot, value: Any) -> Row:
    kind = type_of(value)
    size = kind.size if kind is not None and isinstance(kind.size, int) else 0
    nbytes = kind.nbytes() if kind is not None and size else 0
    first = form.aliases.get(slot.path)
    role = f"tied to {first}" if first is not None else _role(slot)
    return Row(slot.path, str(kind), size, nbytes, role)


def _role(slot: Slot) -> str:
    role = "trained" if slot.trainable else "buffer" if slot.mutable else "frozen"
    return f"{role} on {slot.device}" if slot.device else role


def type_of(value: Any) -> TensorType | None:
    """The dtype and shape of an array; None of what is none."""
    if value is None or not hasattr(value, "dtype") or not isinstance(value.dtype, np.dtype):
        return None
    return tensor_type(value.dtype, tuple(value.shape))


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
