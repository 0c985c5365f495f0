"""What can be read once only is no value: it may have many readers, and be computed again."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Coroutine, Iterator
from typing import Any, Final

from gradloom.ir.errors import ArgumentError

_ONCE: Final = (Iterator, AsyncGenerator, Coroutine)
"""Classes of what can be read once only; a file is an iterator too, but can be read again."""


def check_readable(value: Any, what: str) -> None:
    """Raise `ArgumentError` for what can be read once only."""
    if isinstance(value, _ONCE) and not isinstance(value, io.IOBase):
        raise ArgumentError(
            f"{what} is a {type(value).__name__}, which can be read once only, where a value of "
            "the DAG may be read by many",
            hint="give list(...) of it, or for a coroutine what it comes to",
        )
