"""Where compiled programs run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from gradloom import backends
from gradloom.ir.errors import NotSupported

_current: ContextVar[str | None] = ContextVar("device", default=None)


def devices() -> tuple[str, ...]:
    """The devices that the installed backends see: "cpu", "cuda:0", ... (imports the installed
    frameworks).

    >>> "cpu" in devices()
    True
    """
    found = [name for backend in backends.available() for name in backends.get(backend).devices()]
    return tuple(dict.fromkeys(found))


@contextmanager
def device(name: str) -> Iterator[None]:
    """Inside, `compile` builds for this device unless it is told another; raises `NotSupported` for
    one not there.

    >>> with device("cpu"):
    ...     pass
    """
    if name != "cpu" and name not in devices():
        raise NotSupported(
            f"there is no device {name!r}", hint=f"devices here: {', '.join(devices())}"
        )
    token = _current.set(name)
    try:
        yield
    finally:
        _current.reset(token)


def current_device() -> str | None:
    """The device of the innermost `device(...)`, if any."""
    return _current.get()
