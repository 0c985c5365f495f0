"""Which host this is, and where on it sockets may stand."""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import Final

from gradloom.ir.errors import ArgumentError

_BOOT: Final = "/proc/sys/kernel/random/boot_id"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]", "::1")


@functools.cache
def this_host() -> str:
    """A name for this host that no other has: processes with the same can share memory."""
    parts = [socket.gethostname(), str(os.getuid())]
    for file in (_BOOT, "/proc/self/ns/pid", "/proc/self/ns/ipc"):
        try:
            parts.append(os.readlink(file) if "/ns/" in file else Path(file).read_text())
        except OSError:
            continue
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def new_folder() -> str:
    """A new folder for sockets, which only this user may enter."""
    return tempfile.mkdtemp(prefix="gradloom-")


def endpoint(address: str) -> str:
    """The ZMQ address of `host:port`, `tcp://host:port` or `ipc://path`; ArgumentError for any
    other, and for hosts other than this one.
    """
    if address.startswith("ipc://"):
        return address
    rest = address.removeprefix("tcp://")
    host, colon, port = rest.rpartition(":")
    if not colon or "://" in rest or not (port == "*" or (port.isdigit() and int(port) < 65_536)):
        raise ArgumentError(
            f"{address!r} is no address of a dispatcher",
            hint="write 'host:port', 'tcp://host:port' or 'ipc:///path/of/a/socket'",
        )
    if host not in _LOOPBACK:
        raise ArgumentError(
            f"{address!r} is not on this host, and connections to others are not encrypted yet",
            hint="use 127.0.0.1, or a unix socket: ipc:///path",
        )
    return f"tcp://{'127.0.0.1' if host == 'localhost' else host}:{port}"


def mailbox_for(control: str) -> str:
    """Where a mailbox is to be bound, by the address of the dispatcher."""
    if control.startswith("ipc://"):
        folder = os.path.dirname(control.removeprefix("ipc://"))
        return f"ipc://{folder}/{secrets.token_hex(8)}"
    return control.rpartition(":")[0] + ":*"
