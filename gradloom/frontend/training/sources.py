"""Where batches come from: a `DataLoader`, arrays, or anything that is iterated epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from typing import Any, Protocol, final

import numpy as np

from gradloom.frontend.data import DataLoader
from gradloom.frontend.signature import flatten
from gradloom.ir.errors import ArgumentError


class Source(Protocol):
    """Epochs of batches, which can begin at any place."""

    @property
    def batches(self) -> int | None:
        """How many an epoch has, if that is known."""

    def epoch(self, number: int, first: int) -> Iterator[Any]:
        """The batches of an epoch from number `first` on."""

    def state_dict(self) -> dict[str, Any]:
        """What must be the same for a training to go on."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take it over; raises where it is of other data."""


@final
class Loaded:
    """The batches of a `DataLoader`."""

    def __init__(self, loader: DataLoader) -> None:
        self._loader = loader
        self._begin = loader.epoch
        if not len(loader):
            raise ArgumentError(
                f"there is no batch in {loader}",
                hint="give rows; with drop_last, at least batch_size of them",
            )

    @property
    def batches(self) -> int | None:
        """How many an epoch has."""
        return len(self._loader)

    def epoch(self, number: int, first: int) -> Iterator[Any]:
        """The batches of an epoch from number `first` on."""
        state = {**self._loader.state_dict(), "epoch": self._begin + number, "batch": first}
        self._loader.load_state_dict(state)
        return iter(self._loader)

    def state_dict(self) -> dict[str, Any]:
        """The loader's, as it is at the first epoch."""
        return {**self._loader.state_dict(), "epoch": self._begin, "batch": 0}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the seed and the number of the first epoch."""
        self._loader.load_state_dict(state)
        self._begin = self._loader.epoch


@final
class Streamed:
    """What an iterable gives, or a function that gives an iterable for each epoch's number."""

    def __init__(self, given: Iterable[Any] | Callable[[int], Iterable[Any]]) -> None:
        self._given: Any = given
        self._is_used_up = False

    @property
    def batches(self) -> int | None:
        """How many an epoch has, where it can be asked."""
        return len(self._given) if isinstance(self._given, Sized) else None

    def epoch(self, number: int, first: int) -> Iterator[Any]:
        """The batches of an epoch; those before `first` are made and dropped."""
        if callable(self._given):
            made: Iterator[Any] = iter(self._given(number))
        else:
            made = iter(self._given)
            if made is self._given:
                if self._is_used_up:
                    raise ArgumentError(
                        f"epoch {number + 1}: the batches came from a "
                        f"{type(made).__name__}, which gives them once",
                        hint="give a function of the epoch's number that makes one",
                    )
                self._is_used_up = True
        for _ in range(first):
            next(made, None)
        return made

    def state_dict(self) -> dict[str, Any]:
        """Nothing is known of it."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Nothing to take over: the batches must come in the same order by themselves."""


@final
class Repeated:
    """One batch, so many times: a single epoch."""

    def __init__(self, args: tuple[Any, ...], times: int) -> None:
        self._args, self._times = args, times

    @property
    def batches(self) -> int | None:
        """How many times."""
        return self._times

    def epoch(self, number: int, first: int) -> Iterator[Any]:
        """The batch, for the times that are left."""
        for _ in range(first, self._times):
            yield self._args

    def state_dict(self) -> dict[str, Any]:
        """Nothing changes."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Nothing to take over."""


def source_of(
    name: str, data: tuple[Any, ...], batch_size: int | None, shuffle: bool, rng: Any, seed: int
) -> Source:
    """The batches of arrays, of a loader, or of what is iterated."""
    one: Any = data[0] if len(data) == 1 else None
    if isinstance(one, DataLoader) or _is_stream(one):
        if batch_size is not None:
            raise ArgumentError(
                f"{name}: batch_size={batch_size} and a {type(one).__name__}, which has its own",
                hint="give one of them",
            )
        return Loaded(one) if isinstance(one, DataLoader) else Streamed(one)
    return Loaded(DataLoader(*data, batch_size=batch_size, shuffle=shuffle, rng=rng, seed=seed))


def _is_stream(x: Any) -> bool:
    """Whether it gives batches when iterated: not an array, nor a structure of arrays."""
    if isinstance(x, list | tuple):
        return bool(x) and (isinstance(x[0], tuple | Mapping) or _holds_arrays(x[0]))
    if x is None or isinstance(x, Mapping | np.ndarray | str | bytes) or hasattr(x, "__array__"):
        return False
    return callable(x) or hasattr(x, "__iter__")


def _holds_arrays(x: Any) -> bool:
    """Whether it is a list of arrays: a batch as torch's loaders give them, not a row."""
    return isinstance(x, list) and any(hasattr(y, "__array__") and np.ndim(y) for y in x)


def rows_in(batch: Any) -> int:
    """How many examples a batch is of: the length of its first array; 1 where it has none."""
    sizes = [np.shape(x) for x in flatten(batch)[0]]
    return next((s[0] for s in sizes if s), 1)


def with_last(batches: Iterator[Any]) -> Iterator[tuple[Any, bool]]:
    """Each batch, and whether it is the last."""
    nothing = object()
    item = next(batches, nothing)
    while item is not nothing:
        after = next(batches, nothing)
        yield item, after is nothing
        item = after
