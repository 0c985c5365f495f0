"""The table of a model's arrays: what `summary` of parameters and of modules shows."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any, final

import numpy as np

from gradloom.ir.types import TensorType, tensor_type


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One array; a tied one counts where it stands first, and names that place elsewhere.
    `elements` and `nbytes` are 0 where a size has only a name.
    """

    path: str
    type: str
    elements: int
    nbytes: int
    role: str

    @property
    def counts(self) -> bool:
        """Whether its array is not counted elsewhere."""
        return not self.role.startswith("tied to")

    @property
    def trained(self) -> bool:
        """Whether it is trained, and counted here."""
        return self.role.startswith("trained")


@final
@dataclass(frozen=True, slots=True)
class Table:
    """The arrays of a tree or a module, in order."""

    rows: tuple[Row, ...]

    @property
    def total(self) -> int:
        """Elements of all arrays."""
        return sum(row.elements for row in self.rows if row.counts)

    @property
    def trained(self) -> int:
        """Elements of the arrays that are trained."""
        return sum(row.elements for row in self.rows if row.trained)

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


def row_of(path: str, value: Any, role: str) -> Row:
    """The row of one array."""
    kind = type_of(value)
    size = kind.size if kind is not None and isinstance(kind.size, int) else 0
    nbytes = kind.nbytes() if kind is not None and size else 0
    return Row(path, str(kind), size, nbytes, role)


def type_of(value: Any) -> TensorType | None:
    """The dtype and shape of an array; None of what is none."""
    if value is None or not hasattr(value, "dtype") or not isinstance(value.dtype, np.dtype):
        return None
    return tensor_type(value.dtype, tuple(value.shape))
