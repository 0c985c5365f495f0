"""What a low layer offers on behalf of a higher one: one small table that `gradloom/__init__.py`
fills by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

_table: dict[str, str] = {}


def fill(table: Mapping[str, str]) -> None:
    """Set the table: name -> `module:function`, imported when first used."""
    _table.update(table)


def of(name: str) -> Callable[..., Any]:
    """The function behind `name`."""
    module, _, attribute = _table[name].partition(":")
    function: Callable[..., Any] = getattr(import_module(module), attribute)
    return function
