"""Modules as text: on one line or as an outline, and as a table of their arrays."""

from __future__ import annotations

from types import FunctionType
from typing import Any, Final

import optree

from gradloom.frontend.nn.modules.fields import is_array
from gradloom.frontend.nn.modules.module import Module
from gradloom.frontend.params.table import Table, row_of, type_of
from gradloom.frontend.signature import NAMESPACE
from gradloom.frontend.still import Still

_WIDTH: Final = 88
"""Columns that fit into a terminal beside a prompt; a longer line becomes an outline."""


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


def table_of(module: Module) -> Table:
    """The table of a module's arrays."""
    tree: Any = module
    paths, leaves, _ = optree.tree_flatten_with_path(tree, namespace=NAMESPACE)
    rows = []
    for path, x in zip(paths, leaves, strict=True):
        if is_array(x):
            still = any(type(step) is Still for step in path)
            rows.append(row_of(".".join(map(str, path)), x, "not trained" if still else "trained"))
    return Table(tuple(rows))
