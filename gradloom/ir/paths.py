"""Names of files as users give them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gradloom.ir.errors import CallError

PathLike = str | bytes | os.PathLike[str] | os.PathLike[bytes]


def path_of(given: Any) -> Path:
    """The path of a str, bytes or PathLike; raises `CallError` for anything else.

    >>> path_of(b"weights.safetensors").name
    'weights.safetensors'
    """
    try:
        return Path(os.fsdecode(given))
    except TypeError:
        raise CallError(
            f"a {type(given).__name__} names no file", hint="give a str or a pathlib.Path"
        ) from None
