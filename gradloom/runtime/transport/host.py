"""Which host this is, and where on it sockets may stand."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import Final

from gradloom.ir.errors import ArgumentError
from gradloom.runtime.settings import SHARED_MEMORY

_BOOT: Final = "/proc/sys/kernel/random/boot_id"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]", "::1")


@functools.cache
def this_host() -> str:
    """A name for this host that no other has: processes with the same can share memory. With
    GRADLOOM_SHARED_MEMORY=0 in the environment they cannot.
    """
    if not SHARED_MEMORY.get():
        return secrets.token_hex(16)
    parts = [socket.gethostname(), str(os.getuid())]
    for file in (_BOOT, "/proc/self/ns/pid", "/proc/self/ns/ipc"):
        try:
            parts.append(os.readlink(file) if "/ns/" in file else Path(file).read_text())
        except OSError:
            continue
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@functools.cache
def this_clock() -> str:
    """A name for the monotonic clock of this host: processes with the same have the same times."""
    parts = []
    for file in (_BOOT, "/proc/self/ns/time"):
        try:
            parts.append(os.readlink(file) if "/ns/" in file else Path(file).read_text())
        except OSError:
            continue
    told = "\n".join(parts) or secrets.token_hex(16)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def resident_bytes() -> int:
    """The bytes of memory that this process has; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * int(os.sysconf("SC_PAGE_SIZE"))


def new_folder() -> str:
    """A new folder for sockets, which only this user may enter."""
    return tempfile.mkdtemp(prefix="gradloom-")


def available_memory() -> int:
    """The bytes of memory that this process could still take."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1_024
    pages: int = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return pages


def endpoint(address: str, encrypted: bool) -> str:
    """The ZMQ address of `host:port`, `tcp://host:port` or `ipc://path`; ArgumentError for any
    other, and for other hosts than this one where nothing is encrypted.
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
    if host not in _LOOPBACK and not encrypted:
        raise ArgumentError(
            f"{address!r} is not on this host alone, and no keys are given",
            hint="give keys: gradloom keys FOLDER makes them, docs/cluster.md tells how",
        )
    return f"tcp://{'127.0.0.1' if host == 'localhost' else host}:{port}"


def mailbox_for(control: str) -> str:
    """Where a mailbox is to be bound, by the address of the dispatcher."""
    if control.startswith("ipc://"):
        folder = os.path.dirname(control.removeprefix("ipc://"))
        return f"ipc://{folder}/{secrets.token_hex(8)}"
    host = control.removeprefix("tcp://").rpartition(":")[0]
    return f"tcp://{_own_address(host)}:*"


def _own_address(host: str) -> str:
    """The address of this host by which another sees it."""
    if host in _LOOPBACK:
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 9))  # nothing is sent: the system chooses the way
        address: str = probe.getsockname()[0]
    return address
