"""Messages between a debugger and a program in a process of its own: JSON, and arrays beside it.

    b"gl1\\n"  length of the head: 4 bytes  length of the arrays: 8 bytes  head  arrays

Lengths are big-endian; the head is JSON; the arrays are the bytes of an `.npz` file without
objects, or none.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO, Final, final

import numpy as np

from gradloom.ir.errors import RemoteError

_START: Final = b"gl1\n"
_LENGTHS: Final = struct.Struct(">IQ")
MOST_HEAD: Final = 1 << 24
MOST_ARRAYS: Final = 4 << 30
"""Bytes of a message: what claims to be longer is not read."""
_PIECE: Final = 1 << 20
Message = tuple[dict[str, Any], dict[str, np.ndarray]]


@final
class Garbled(RemoteError):
    """What came is no message, and what will come is not known to be one."""


def send(pipe: BinaryIO, head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a message; raises `OSError` where nobody reads."""
    buffer = io.BytesIO()
    if arrays:
        np.savez(buffer, allow_pickle=False, **arrays)
    told, data = json.dumps(head).encode(), buffer.getbuffer()
    pipe.write(_START + _LENGTHS.pack(len(told), len(data)) + told)
    pipe.write(data)
    pipe.flush()


def receive(pipe: BinaryIO) -> Message:
    """The next message. Raises `EOFError` where there is none, `Garbled` for what is no
    message.
    """
    start = _exactly(pipe, len(_START))
    if start != _START:
        raise Garbled(f"it said {start!r}, which is no message")
    head_size, size = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size))
    if head_size > MOST_HEAD or size > MOST_ARRAYS:
        raise Garbled(f"it announced a message of {head_size + size:,} bytes")
    told, data = _exactly(pipe, head_size), _exactly(pipe, size)
    try:
        head: Any = json.loads(told)
        arrays = _arrays(data) if size else {}
    except Exception as error:  # json, zipfile and numpy have many words for broken bytes
        raise Garbled(f"it said what is no message: {error}") from error
    if not isinstance(head, dict):
        raise Garbled("it said what is no message")
    return head, arrays


def _arrays(data: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        return {key: held[key] for key in held.files}


def _exactly(pipe: BinaryIO, size: int) -> bytes:
    """So many bytes, as they come: nothing is allocated for what was only announced."""
    pieces = []
    while size:
        piece = pipe.read(min(size, _PIECE))
        if not piece:
            raise EOFError
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
