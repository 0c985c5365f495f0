"""Signals: names for parts of a program, by which a YAML file or Python says where they run.

    with gt.signal.context("batch"):
        x = gt.from_numpy(images)      # cut over workers, if the signal "batch" says so

What no signal says stays where its operands are. Without workers to choose from, signals mean
nothing; the numbers are the same.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any, NamedTuple, final

from gradloom.eager import scopes
from gradloom.eager.calls import one
from gradloom.eager.home import here
from gradloom.eager.scopes import SignalScope, SignalStack
from gradloom.eager.tensor import Tensor
from gradloom.ir.errors import ArgumentError
from gradloom.ir.location import user_location

__all__ = [
    "Part", "SignalScope", "SignalStack", "context", "current_backward_signal", "current_signal",
    "enter", "exit", "get_signal_stack", "placement", "signal", "tensor",
]  # fmt: skip


@final
class context(ContextDecorator):  # noqa: N801, RUF100  (read as a function)
    """Inside, the signal `name` holds; `backward` names the one of its derivatives.

    >>> import gradloom.eager as gt
    >>> gt.register_config("pair", gt.SignalConfig(shard=gt.ShardConfig(axis=0, workers=[0, 1])))
    >>> with gt.local(workers=2), gt.signal.context("pair"):
    ...     x = gt.ones(4, 3)
    ...     [part.shape for part in gt.signal.placement(x)]
    [(2, 3), (2, 3)]
    """

    def __init__(self, name: str, backward: str | None = None) -> None:
        self.name = name
        self.backward = backward

    def __enter__(self) -> SignalScope:
        return enter(self.name, self.backward)

    def __exit__(self, *error: object) -> None:
        exit(self.name)


signal = context


def enter(name: str, backward: str | None = None) -> SignalScope:
    """Let the signal `name` hold in this thread until `exit(name)`."""
    _require_name(name, "a signal")
    if backward is not None:
        _require_name(backward, "the signal of derivatives")
    scope = SignalScope(name, backward)
    if _is_compiled(scope) and not any(map(_is_compiled, scopes.stack.scopes)):
        here().flush()
    scopes.stack.push(scope)
    return scope


def exit(name: str) -> None:  # noqa: A001, RUF100  (`signal.exit` reads well)
    """Let the innermost signal, which is `name`, hold no more; RuntimeError where it is another."""
    scope = scopes.stack.current
    if scope is None or scope.name != name:
        inner = "no signal is entered" if scope is None else f"the innermost one is {scope.name!r}"
        raise RuntimeError(f"signal.exit({name!r}): {inner}")
    scopes.stack.pop()
    if _is_compiled(scope) and not any(map(_is_compiled, scopes.stack.scopes)):
        here().flush(compiled=True)


def tensor(t: Tensor, name: str, backward_name: str | None = None) -> Tensor:
    """The tensor, placed as the signal `name` says; its derivative as `backward_name` says."""
    _require_name(name, "a signal")
    places = scopes.of(SignalScope(name, backward_name))
    if places is None:
        return t
    with scopes.within(places):
        made = one("signal.tensor", lambda x: x, [t])
        t._home.placing.want(made._value)
    return made


def current_signal() -> str | None:
    """The innermost signal that holds in this thread."""
    scope = scopes.stack.current
    return None if scope is None else scope.name


def current_backward_signal() -> str | None:
    """The signal of the derivatives of what is made now."""
    scope = scopes.stack.current
    return None if scope is None else scope.backward


def get_signal_stack() -> SignalStack:
    """The signals that this thread is inside of, outermost first."""
    return scopes.stack


class Part(NamedTuple):
    """A worker's part of a tensor: where it lies in the whole (`[start, stop)` per axis)."""

    worker: str
    bounds: tuple[tuple[int, int], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the part."""
        return tuple(stop - start for start, stop in self.bounds)


def placement(t: Tensor) -> tuple[Part, ...]:
    """Which worker has which part of a tensor, as signals placed it; nothing where none did."""
    return tuple(Part(*found) for found in t._home.parts(t.operand()))


def _is_compiled(scope: SignalScope) -> bool:
    config = scope.config
    return config is not None and config.compile


def _require_name(name: Any, what: str) -> None:
    if not isinstance(name, str) or not name:
        raise ArgumentError(
            f"signal: {what} is named by a text, not {name!r}", location=user_location()
        )
