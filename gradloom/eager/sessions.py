"""Which session tensors live in: a cluster, one that starts by itself, or this process."""

from __future__ import annotations

from typing import Final, final

from gradloom.ir.errors import ArgumentError
from gradloom.runtime import current
from gradloom.runtime.client import Client
from gradloom.runtime.launch import connect as _connect
from gradloom.runtime.launch import start
from gradloom.runtime.local import local as _local_session

_kept: Final[list[local]] = []


@final
class local:  # noqa: N801, RUF100  (read as a function)
    """Run tensors in this process, without processes and sockets: from now on, or in a `with`.

    `workers`: as if there were so many workers, for programs that place tensors by signals.

    >>> import gradloom.eager as gt
    >>> with gt.local():
    ...     (gt.tensor([1.0, 2.0]) * 3).tolist()
    [3.0, 6.0]
    """

    def __init__(self, backend: str = "numpy", device: str | None = None, workers: int = 1) -> None:
        if workers < 1:
            raise ArgumentError(f"gt.local: at least one worker, not {workers}")
        self.session: Final = _local_session(backend, device, workers)
        self._using = current.using(self.session)
        self._using.__enter__()
        _kept.append(self)  # a call alone means it from now on

    def __enter__(self) -> Client:
        return self.session

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session: what was current before is current again."""
        if self in _kept:
            _kept.remove(self)
            self._using.__exit__(None, None, None)
            self.session.close()


def connect(address: str, *, name: str = "", timeout_s: float = 10.0) -> Client:
    """Run tensors on the cluster at `host:port` or `ipc://path` from now on.

    Raises RemoteError where no dispatcher answers within `timeout_s` seconds.
    """
    _require_none("connect")
    return _connect(address, name=name, timeout_s=timeout_s)


def gpu_workers(n: int) -> None:
    """Start a cluster of `n` workers on this host and run tensors there; before the first tensor is
    computed.
    """
    if n < 1:
        raise ArgumentError(f"gpu_workers: at least one worker, not {n}")
    _require_none("gpu_workers")
    current.set_default(start(n).session)


def _require_none(what: str) -> None:
    if current.is_started():
        raise RuntimeError(
            f"gt.{what}() came late: tensors are computed on another cluster already; "
            "call it before the first value is asked for"
        )
