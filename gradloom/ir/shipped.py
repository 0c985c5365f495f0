"""The programs that travel with the package and are written as its users write theirs: their frames
are a user's, their functions are converted, and errors point to their lines.
"""

from __future__ import annotations

import os
from typing import Final

PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_PARTS: Final = ("demo", "examples")
FOLDERS: Final = tuple(PACKAGE + part + os.sep for part in _PARTS)


def is_shipped(module: str) -> bool:
    """Whether a module of this name belongs to a program that travels with the package."""
    root, _, rest = module.partition(".")
    return root == "gradloom" and rest.partition(".")[0] in _PARTS


def is_ours(module: str) -> bool:
    """Whether a module of this name is gradloom's own machinery.

    >>> is_ours("gradloom.ir.graph"), is_ours("gradloom.demo.model"), is_ours("gradloom_user")
    (True, False, False)
    """
    return module.partition(".")[0] == "gradloom" and not is_shipped(module)
