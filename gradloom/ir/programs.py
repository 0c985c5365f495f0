"""The programs that travel in the package: to every part of it, they are a user's."""

from __future__ import annotations

import os
from typing import Final

PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
"""The package's folder."""
_NAMES: Final = ("demo", "examples")
FOLDERS: Final = tuple([PACKAGE + name + os.sep for name in _NAMES])
_MODULES: Final = tuple([f"gradloom.{name}" for name in _NAMES])


def is_ours(module: str) -> bool:
    """Whether a module of this name is the package's own.

    >>> is_ours("gradloom.ir.graph"), is_ours("gradloom.demo.model"), is_ours("gradlooms")
    (True, False, False)
    """
    return module.partition(".")[0] == "gradloom" and not module.startswith(_MODULES)
