"""The session that is used where none is named: that of the innermost `with`, else of the last
`gl.connect`, else of a cluster that is started on this host.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from gradloom.runtime.client import Client
from gradloom.runtime.settings import BACKEND, VERBOSE, WORKERS

_inner: ContextVar[Client | None] = ContextVar("session", default=None)
_lock = threading.Lock()
_default: list[Client] = []


def inner() -> Client | None:
    """The session of the innermost `with`, if there is one."""
    return _inner.get()


def is_started() -> bool:
    """Whether there is a session that is used outside of every `with`."""
    with _lock:
        return bool(_default) and _default[-1].is_open


def current() -> Client:
    """The session that is used where none is named."""
    inner = _inner.get()
    if inner is not None:
        return inner
    with _lock:
        if _default and _default[-1].is_open:
            return _default[-1]
        from gradloom.runtime.launch import start

        workers, backend = WORKERS.get(), BACKEND.get()
        if VERBOSE.get():
            told = f"gradloom: starting a cluster of {workers} workers, computing with {backend}"
            print(told, file=sys.stderr, flush=True)  # noqa: T201
        client = start(workers, backend).session
        _default.append(client)
        return client


@contextmanager
def using(client: Client) -> Iterator[Client]:
    """Inside, this session is the current one."""
    token = _inner.set(client)
    try:
        yield client
    finally:
        _inner.reset(token)


def set_default(client: Client) -> None:
    """Let this session be the current one outside of every `with`."""
    with _lock:
        _default.append(client)
