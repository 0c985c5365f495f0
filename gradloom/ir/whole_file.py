"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write the data to a file beside `path`, then give it that name; an error leaves what was
    there before.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        part.write_bytes(data)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
