"""The session that is used where none is named: that of the innermost `with`, else of the last
`gl.connect` (in this thread, or in the main one), else of a cluster that is started on this host.
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
_started: list[Client] = []
"""Of those, the sessions of clusters that started by themselves."""


class _Thread(threading.local):
    session: Client | None = None


_thread = _Thread()
"""What a thread other than the main one has connected to."""


def inner() -> Client | None:
    """The session of the innermost `with`, or of this thread alone, if there is one."""
    inner = _inner.get()
    own = _thread.session
    return own if inner is None and own is not None and not own.is_closed else inner


def is_started() -> bool:
    """Whether there is a session that this thread uses outside of every `with`."""
    if not _is_main():
        return _thread.session is not None and _thread.session.is_open
    with _lock:
        _forget_closed()
        return bool(_default) and _default[-1].is_open


def current() -> Client:
    """The session that is used where none is named. One whose dispatcher is gone stays, so that
    its error is told, until another takes its place; a cluster that started by itself is replaced.
    """
    found = inner()
    if found is not None:
        return found
    with _lock:
        _forget_closed()
        if _default and (_default[-1].is_open or _default[-1] not in _started):
            return _default[-1]
        from gradloom.runtime.launch import start

        workers, backend = WORKERS.get(), BACKEND.get()
        if VERBOSE.get():
            told = f"gradloom: starting a cluster of {workers} workers, computing with {backend}"
            print(told, file=sys.stderr, flush=True)  # noqa: T201
        client = start(workers, backend).session
        _started[:] = [client]
        _default[:] = [client]
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
    """Let this session be the current one outside of every `with`: in every thread that has none
    of its own, or in this one, if it is not the main thread.
    """
    if not _is_main():
        _thread.session = client
        return
    with _lock:
        _default.append(client)


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def _forget_closed() -> None:
    """Let sessions that were closed, or are over and have a successor, be current no more."""
    last = [c for c in _default[-1:] if not c.is_closed]
    _default[:] = [*(c for c in _default[:-1] if c.is_open), *last]
