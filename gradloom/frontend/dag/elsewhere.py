"""Values that are on a cluster: structures whose arrays and numbers stay at workers until somebody
needs them here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

if TYPE_CHECKING:
    from gradloom.frontend.signature import Leaf
    from gradloom.runtime.client import Asked, Client, Ref


@final
class Part:
    """One array or number at a worker: how it is named there, and what it is here."""

    __slots__ = ("leaf", "place", "ref")

    def __init__(self, ref: Ref, leaf: Leaf, place: int) -> None:
        self.ref = ref
        self.leaf = leaf
        self.place = place

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes."""
        return tuple(map(int, self._type.shape))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        dtype: np.dtype[Any] = self._type.dtype
        return dtype

    @property
    def nbytes(self) -> int:
        """The bytes of the elements."""
        return int(self._type.nbytes())

    @property
    def _type(self) -> Any:
        return self.leaf.type

    def stand_in(self) -> Any:
        """A value of the same type, for traces that ask for no numbers."""
        return self.restored(np.zeros(self.shape, self.dtype))

    def restored(self, array: Any) -> Any:
        """The array as the function would have given it: an array, or a number of its class."""
        from gradloom.frontend.signature import restore

        return restore(np.asarray(array, self.dtype), self.leaf)


@final
class Away:
    """A value of which `Part`s are on a cluster; `worker` is the name of who made it."""

    __slots__ = ("content", "parts", "session", "worker")

    def __init__(self, content: Any, parts: tuple[Part, ...], session: Client, worker: str) -> None:
        self.content = content
        self.parts = parts
        self.session = session
        self.worker = worker

    @property
    def is_there(self) -> bool:
        """Whether it can still be had: its session is not over."""
        return self.session.is_open

    @property
    def nbytes(self) -> int:
        """The bytes of what is on the cluster."""
        return sum(part.nbytes for part in self.parts)

    def release(self) -> None:
        """Let workers drop what nobody else refers to; the value cannot be had any more."""
        self.content, self.parts = None, ()
        self.session.tell_freed()

    def asked(self) -> list[Asked]:
        """Its arrays, asked for."""
        return [self.session.ask(part.ref) for part in self.parts]

    def fetched(self) -> Any:
        """The value itself; raises as `Client.fetch` does."""
        return self.whole([self.session.fetch(part.ref) for part in self.parts])

    def whole(self, arrays: list[Any]) -> Any:
        """The value with these arrays in the places of its parts."""
        found = {part: part.restored(array) for part, array in zip(self.parts, arrays, strict=True)}
        return _replaced(self.content, found)

    def without_numbers(self) -> Any:
        """A value of the same structure and types, for traces that ask for no numbers."""
        return _replaced(self.content, {part: part.stand_in() for part in self.parts})


def away_or_here(content: Any, session: Client, worker: str) -> Any:
    """A result whose `Part`s are on a cluster; as it is where it has none."""
    from gradloom.frontend.signature import flatten

    parts = tuple(leaf for leaf in flatten(content)[0] if isinstance(leaf, Part))
    return Away(content, parts, session, worker) if parts else content


def _replaced(content: Any, parts: dict[Part, Any]) -> Any:
    from gradloom.frontend.signature import flatten, unflatten

    leaves, tree = flatten(content)
    new = [parts[leaf] if isinstance(leaf, Part) else leaf for leaf in leaves]
    return unflatten(tree, new)
