"""Batches made ahead of time by a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, final

_LOOK_S: Final = 0.1
"""How often a thread with nobody to take its batch looks whether it is still wanted."""


@final
@dataclass(frozen=True, slots=True)
class _End:
    """The end of the batches, and the error that brought it, if any."""

    error: BaseException | None = None


def ahead(made: Iterator[Any], size: int) -> Iterator[Any]:
    """The items of `made` in order, at most `size` of them made before they are asked for.

    An error of `made` is raised in its place. The thread ends with the iteration, also with one
    that is left early.
    """
    ready: queue.Queue[Any] = queue.Queue(size)
    left = threading.Event()

    def put(item: Any) -> bool:
        while not left.is_set():
            try:
                ready.put(item, timeout=_LOOK_S)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        error: BaseException | None = None
        try:
            for item in made:
                if not put(item):
                    return
        except BaseException as raised:
            error = raised
        put(_End(error))

    thread = threading.Thread(target=work, name="gradloom batches", daemon=True)
    thread.start()
    try:
        while not isinstance(item := ready.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        left.set()
        thread.join()
