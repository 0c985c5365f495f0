"""A data set that is gone through again and again, in an order that its seed gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.data.ahead import ahead
from gradloom.frontend.data.batches import count, cut, generator, rows_of, size_of
from gradloom.frontend.data.columns import positive
from gradloom.ir.errors import StateMismatch

_SEEDS: Final = 2**63
"""Seeds drawn from a generator are below this: what a signed integer of 64 bits holds."""


@final
class DataLoader:
    """Batches of `arrays`, anew at each iteration; with `shuffle`, in another order at each.

    The arguments are those of `batches`. The order of an epoch follows from `seed` and the epoch's
    number alone, so a loader can be put back to where it was, in the middle of an epoch:
    `state_dict()` says where it is, `load_state_dict()` makes the next iteration go on there.
    A generator `rng` gives the seed. `prefetch` batches are made ahead by a thread.

    >>> import numpy as np
    >>> loader = DataLoader(np.arange(6), batch_size=4, shuffle=True, seed=1)
    >>> len(loader)
    2
    >>> first, second = list(loader), list(loader)
    >>> sorted(np.concatenate(first)), sorted(np.concatenate(second)) == list(range(6))
    ([np.int64(0), np.int64(1), np.int64(2), np.int64(3), np.int64(4), np.int64(5)], True)
    """

    def __init__(
        self,
        *arrays: Any,
        batch_size: int | None,
        shuffle: bool = False,
        rng: np.random.Generator | None = None,
        seed: int = 0,
        drop_last: bool = False,
        window: int | None = None,
        stride: int | None = None,
        prefetch: int = 0,
    ) -> None:
        self._rows = rows_of("DataLoader", arrays, window, stride)
        self.batch_size = size_of("DataLoader", batch_size, self._rows.rows)
        self.shuffle = bool(shuffle)
        self.drop_last = bool(drop_last)
        self.prefetch = positive("DataLoader", "prefetch", prefetch, least=0)
        self.seed = _seed(rng, seed)
        self._next = (0, 0)  # epoch and batch at which the next iteration begins
        self._at = (0, 0)  # epoch and batch that the latest iteration has come to

    @property
    def rows(self) -> int:
        """How many rows an epoch has, an incomplete last batch included."""
        return self._rows.rows

    @property
    def epoch(self) -> int:
        """The number of the epoch that the next iteration gives."""
        return self._next[0]

    def __len__(self) -> int:
        return count(self._rows.rows, self.batch_size, self.drop_last)

    def __repr__(self) -> str:
        return (
            f"DataLoader({self.rows} rows, {len(self)} batches of {self.batch_size}, "
            f"{'shuffled' if self.shuffle else 'in order'}, epoch {self.epoch})"
        )

    def __iter__(self) -> Iterator[Any]:
        epoch, first = self._next
        self._next, self._at = (epoch + 1, 0), (epoch, first)
        made = cut(self._rows, self.batch_size, self._order(epoch), self.drop_last, first)
        return self._told(ahead(made, self.prefetch) if self.prefetch else made, epoch, first)

    def _told(self, made: Iterator[Any], epoch: int, first: int) -> Iterator[Any]:
        """The batches; `state_dict` speaks of those that were handed out."""
        last = len(self)
        for i, batch in enumerate(made, first + 1):
            self._at = (epoch, i) if i < last else (epoch + 1, 0)
            yield batch

    def _order(self, epoch: int) -> np.ndarray | None:
        if not self.shuffle:
            return None
        return np.random.default_rng([self.seed, epoch]).permutation(self._rows.rows)

    # ---- where it is ---------------------------------------------------------------------------

    def state_dict(self) -> dict[str, int]:
        """The place after the last batch handed out, and what has to be equal for it to mean the
        same.
        """
        epoch, batch = self._at
        return {
            "epoch": epoch,
            "batch": batch,
            "seed": self.seed,
            "rows": self.rows,
            "batch_size": self.batch_size,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on at this place; raises `StateMismatch` for a state of other data."""
        missing = [key for key in self.state_dict() if key not in state]
        if missing:
            raise StateMismatch(f"the state of a DataLoader has no {', '.join(missing)}")
        for what, own in (("rows", self.rows), ("batch_size", self.batch_size)):
            if state[what] != own:
                raise StateMismatch(
                    f"the state is of a DataLoader with {what} {state[what]}, and this has {own}",
                    hint="resume with the data and the batch size of the interrupted run",
                )
        epoch, batch = int(state["epoch"]), int(state["batch"])
        if epoch < 0 or not 0 <= batch <= len(self):
            raise StateMismatch(f"there is no batch {batch} of epoch {epoch}: {len(self)} each")
        self.seed = int(state["seed"])
        self._next = self._at = (epoch, batch)


def _seed(rng: Any, seed: Any) -> int:
    if rng is not None:
        return int(generator("DataLoader", rng).integers(_SEEDS))
    return positive("DataLoader", "seed", seed, least=0)
