"""Classes of ours that lead to a user's values, for walks over what a function reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

Row = tuple[str, str, Any]
OPENED: Final[dict[type, Callable[[Any], Iterable[Row] | None]]] = {}
"""What gives, of an instance of the class, rows of the expression behind its own, the label behind
its own, and the value. None: nothing of it is watched.
"""
