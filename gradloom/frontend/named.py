"""Objects by the name of their file: `FILE:NAME`, the file run as a module."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from gradloom.ir.errors import ArgumentError


def module_of(path: Path) -> ModuleType:
    """The file, run as a module that finds its neighbours. Raises what it raises, and
    `ArgumentError` for what is no Python file.
    """
    # It may be called json.py.
    name = path.stem if path.stem not in sys.modules else f"{path.stem}_"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise ArgumentError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent.resolve()))
    found.loader.exec_module(module)
    return module


def member(module: ModuleType, name: str, path: Path) -> Any:
    """The object of this name, which may have dots; raises `ArgumentError`."""
    value: Any = module
    for part in name.split("."):
        if not hasattr(value, part):
            raise ArgumentError(f"{path} has no {name!r}")
        value = getattr(value, part)
    return value
