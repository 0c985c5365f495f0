"""Modules as text: on one line or as an outline, and as a table of their arrays."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final, final

import numpy as np
import optree

from gradloom.frontend.nn.modules.fields import is_array
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.signature import NAMESPACE
from gradloom.frontend.still import Still
from gradloom.ir.types import TensorType, tensor_type

_WIDTH: Final = 88
"""Columns that fit into a terminal beside a prompt; a longer line becomes an outline."""


def type_of(x: Any) -> TensorType:
    """The dtype and shape of an array."""
    return tensor_type(np.dtype(x.dtype), tuple(x.shape))


def text_of(module: Module, indent: int = 0) -> str:
    """The module with the types of its arrays and its settings."""
    parts = [f"{name}={_shown(module, name, indent)}" for name in _told(module)]
    name = type(module).__name__
    line = f"{name}({', '.join(parts)})"
    if len(line) + indent <= _WIDTH and "\n" not in line:
        return line
    deeper = indent + 2
    parts = [f"{name}={_shown(module, name, deeper)}" for name in _told(module)]
    return "\n".join(
        [f"{name}(", *[f"{' ' * deeper}{part}," for part in parts], f"{' ' * indent})"]
    )


def _told(module: Module) -> list[str]:
    """The fields that say something: None and what is empty do not."""
    return [n for n in module._layout.names if not _is_empty(getattr(module, n))]


def _is_empty(x: Any) -> bool:
    return x is None or (type(x) in (tuple, dict) and not x)


def _shown(module: Module, name: str, indent: int) -> str:
    text = _value(getattr(module, name), indent)
    return f"{text} frozen" if name in module._layout.still else text


def _value(x: Any, indent: int) -> str:
    if isinstance(x, Module):
        return text_of(x, indent)
    if is_array(x):
        return str(type_of(x))
    if isinstance(x, FunctionType):
        return x.__name__
    if type(x) is tuple and any(isinstance(item, Module) for item in x):
        items = [f"{' ' * (indent + 2)}{_value(item, indent + 2)},\n" for item in x]
        return f"(\n{''.join(items)}{' ' * indent})"
    if type(x) is tuple:
        inner = ", ".join(_value(item, indent) for item in x)
        return f"({inner},)" if len(x) == 1 else f"({inner})"
    if type(x) is dict:
        return f"{{{', '.join(f'{key!r}: {_value(item, indent)}' for key, item in x.items())}}}"
    return getattr(x, "__name__", None) or repr(x)


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One array of a module; `elements` and `nbytes` are 0 where a size has only a name."""

    path: str
    type: str
    elements: int
    nbytes: int
    trained: bool


@final
@dataclass(frozen=True, slots=True)
class Table:
    """The arrays of a module, in order."""

    rows: tuple[Row, ...]

    @property
    def total(self) -> int:
        """Elements of all arrays."""
        return sum(row.elements for row in self.rows)

    @property
    def trained(self) -> int:
        """Elements of the arrays that are trained."""
        return sum(row.elements for row in self.rows if row.trained)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(row.nbytes for row in self.rows)

    def __str__(self) -> str:
        width = max([len(row.path) for row in self.rows] + [9])
        lines = [f"{'parameter':<{width}}  {'type':<18} {'elements':>12} {'bytes':>14}"]
        lines += [
            f"{row.path:<{width}}  {row.type:<18} {row.elements:>12,} {row.nbytes:>14,}"
            f"{'' if row.trained else '  not trained'}"
            for row in self.rows
        ]
        lines.append(f"{'total':<{width}}  {'':<18} {self.total:>12,} {self.nbytes:>14,}")
        lines.append(f"trained: {self.trained:,} of {self.total:,} elements")
        return "\n".join(lines)

    __repr__ = __str__


def table_of(module: Module) -> Table:
    """The table of a module's arrays."""
    tree: Any = module
    paths, leaves, _ = optree.tree_flatten_with_path(tree, namespace=NAMESPACE)
    rows = []
    for path, x in zip(paths, leaves, strict=True):
        if is_array(x):
            trained = not any(type(step) is Still for step in path)
            kind = type_of(x)
            size = kind.size if isinstance(kind.size, int) else 0
            nbytes = kind.nbytes() if size else 0
            rows.append(Row(".".join(map(str, path)), str(kind), size, nbytes, trained))
    return Table(tuple(rows))
