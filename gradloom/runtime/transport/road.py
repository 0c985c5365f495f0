"""A short cut between processes of one host: datagrams, without the threads that ZMQ has at both
ends, whose waking takes longer than the way.

What goes by it may be lost or overtake what went by ZMQ: conversations (`link.py`) put that right.
So a packet goes by it where it can and by ZMQ where it cannot, and what is said again goes by ZMQ.
As ZMQ's sockets at `ipc://` addresses, those of roads are files in a folder of the user's own.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple, final

from gradloom.runtime.transport.codec import Frame

MOST: Final = 16_384
"""Bytes of a datagram, well below what the kernel takes (/proc/sys/net/core/wmem_default)."""
_MOST_FRAMES: Final = 256
_COUNT: Final = struct.Struct("<H")


class Came(NamedTuple):
    """What has come: where its sender can be reached, and the frames; none where it is rubbish."""

    sender: str
    frames: list[Frame]


@final
class Road:
    """The end of the road beside an `ipc://` address that this process has bound."""

    def __init__(self, endpoint: str) -> None:
        self._path: Final = beside(endpoint)
        self._socket: Final = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)  # of one who had the address and was killed
            self._socket.bind(self._path)
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """The descriptor that is ready to be read when something has come."""
        return self._socket.fileno()

    def send(self, to: str, frames: Sequence[Frame]) -> bool:
        """Whether the frames could go to the road beside another address."""
        sizes = [len(x) for x in frames]
        if len(sizes) > _MOST_FRAMES or sum(sizes) > MOST:
            return False
        head = _COUNT.pack(len(sizes)) + struct.pack(f"<{len(sizes)}H", *sizes)
        try:
            self._socket.sendmsg([head, *frames], (), 0, to)
        except OSError:  # nobody is there, or has no room
            return False
        return True

    def take(self) -> Came | None:
        """What has come next; None where nothing has."""
        try:
            data, sender = self._socket.recvfrom(2 * MOST)
        except OSError:
            return None
        return Came(sender if isinstance(sender, str) else "", _frames(data))

    def close(self) -> None:
        """Let go of the socket and its file."""
        self._socket.close()
        with contextlib.suppress(OSError):
            os.unlink(self._path)


def beside(endpoint: str) -> str:
    """Where the road beside a ZMQ address ends; "" where none can be."""
    path = endpoint.removeprefix("ipc://")
    return "" if path == endpoint else f"{path}.road"


def road(endpoint: str) -> Road | None:
    """The end of the road beside an own address; None where there can be none."""
    if not beside(endpoint):
        return None
    try:
        return Road(endpoint)
    except OSError:  # the path is too long, or the system has no such sockets
        return None


def _frames(data: bytes) -> list[Frame]:
    """The frames of a datagram; none where its sizes are not those that it tells."""
    if len(data) < _COUNT.size:
        return []
    (count,) = _COUNT.unpack_from(data)
    start = _COUNT.size + 2 * count
    if count > _MOST_FRAMES or len(data) < start:
        return []
    sizes = struct.unpack_from(f"<{count}H", data, _COUNT.size)
    if sum(sizes) != len(data) - start:
        return []
    frames: list[Frame] = []
    for size in sizes:
        frames.append(data[start : start + size])
        start += size
    return frames
