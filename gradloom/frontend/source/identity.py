"""What is known of objects, for as long as they live; equal objects are told apart."""

from __future__ import annotations

import weakref
from typing import Generic, TypeVar, final

K = TypeVar("K")
V = TypeVar("V")


@final
class ByIdentity(Generic[K, V]):
    """A table whose keys are the objects themselves, held weakly.

    Code objects need it: Python takes two for equal that stand in different files.
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[int, tuple[weakref.ref[K], V]] = {}

    def get(self, key: K, default: V) -> V:
        """What is known of an object, or the default."""
        found = self._held.get(id(key))
        return default if found is None else found[1]

    def __setitem__(self, key: K, value: V) -> None:
        held, place = self._held, id(key)

        def gone(_: weakref.ref[K]) -> None:
            held.pop(place, None)

        held[place] = (weakref.ref(key, gone), value)

    def __len__(self) -> int:
        return len(self._held)
