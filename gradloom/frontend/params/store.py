"""The arrays behind a tree of parameters, and what stands for them while a function is traced."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, final

import numpy as np

_WAITING: Final = object()


@final
class Store:
    """One list of arrays, which all views of a tree share."""

    __slots__ = ("__weakref__", "_sources", "kept", "values")

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = list(values)
        self.kept: dict[Any, Callable[..., Any]] = {}  # transformed objectives (derivative.py)

        self._sources: dict[int, tuple[Any, int]] = {}

    def remember_sources(self, given: Sequence[tuple[Any, int]]) -> None:
        """Take note of the arrays that these arrays are copies of, without keeping them."""
        for array, number in given:
            if isinstance(array, np.ndarray):
                self._sources[id(array)] = (weakref.ref(array), number)

    def number_of_source(self, x: Any) -> int | None:
        """The number of the array that was made from `x`."""
        reference, number = self._sources.get(id(x), (None, None))
        return number if reference is not None and reference() is x else None

    def now(self) -> list[Any]:
        """The arrays, or what stands for them in this context."""
        bound = _BOUND.get()
        if not bound:
            return self.values
        found = bound.get(self)
        return self.values if found is None or found is _WAITING else found

    @property
    def is_bound(self) -> bool:
        """Whether others stand for the arrays here."""
        found = _BOUND.get().get(self)
        return found is not None and found is not _WAITING

    @property
    def is_given(self) -> bool:
        """Whether the arrays come as arguments of what is traced now, or is about to be."""
        return self in _BOUND.get()


_BOUND: Final[ContextVar[dict[Store, Any]]] = ContextVar("bound parameters", default={})  # noqa: B039  (replaced, never changed)


@contextmanager
def bound(store: Store, values: list[Any] | None) -> Iterator[None]:
    """Inside, and in this context only, these values stand for the store's; None: values that are
    still to come.
    """
    token = _BOUND.set({**_BOUND.get(), store: _WAITING if values is None else values})
    try:
        yield
    finally:
        _BOUND.reset(token)
