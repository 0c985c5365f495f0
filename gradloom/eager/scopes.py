"""The signals that a thread is inside of, and where they say that values are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple, final

from gradloom.runtime.signals import ShardConfig, SignalConfig, get_signal_config


@final
@dataclass(frozen=True, slots=True)
class SignalScope:
    """A signal that is entered, and the one that its derivatives have (None: its own)."""

    name: str
    backward_name: str | None = None

    @property
    def config(self) -> SignalConfig | None:
        """What the signal means; None where nothing was said."""
        return get_signal_config(self.name)

    @property
    def backward(self) -> str | None:
        """The signal of the derivatives: as was said here, else in the signal's configuration."""
        config = self.config
        return self.backward_name or (None if config is None else config.backward_signal)


@final
class SignalStack(threading.local):
    """The signals that this thread is inside of, outermost first."""

    def __init__(self) -> None:
        self.scopes: list[SignalScope] = []
        self.places: list[Places | None] = []

    def push(self, scope: SignalScope) -> None:
        """Enter a signal."""
        self.scopes.append(scope)
        self.places.append(_places(scope) or self.placed)

    def pop(self) -> SignalScope:
        """Leave the innermost signal."""
        self.places.pop()
        return self.scopes.pop()

    @property
    def current(self) -> SignalScope | None:
        """The innermost signal."""
        return self.scopes[-1] if self.scopes else None

    @property
    def placed(self) -> Places | None:
        """Where what is made now is to be; the innermost signal that says so counts."""
        return self.places[-1] if self.places else None


class Places(NamedTuple):
    """Where values are, and the derivatives of what is made there."""

    forward: ShardConfig
    backward: ShardConfig


stack: Final = SignalStack()
"""Those of this thread."""


def _places(scope: SignalScope) -> Places | None:
    config = scope.config
    if config is None or config.shard is None:
        return None
    backward = scope.backward
    later = None if backward is None else get_signal_config(backward)
    there = None if later is None else later.shard
    return Places(config.shard, there or config.shard)


@contextmanager
def within(places: Places | None) -> Iterator[None]:
    """Inside, this is where what is made is to be."""
    stack.places.append(places)
    try:
        yield
    finally:
        stack.places.pop()


def backward_of(places: Places | None) -> Places | None:
    """Where the derivatives are of what was made so."""
    return None if places is None else Places(places.backward, places.backward)


def of(scope: SignalScope) -> Places | None:
    """Where a signal says that values are; None where it says nothing."""
    return _places(scope)
