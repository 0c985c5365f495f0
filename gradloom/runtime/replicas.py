"""Which of a session's values are kept at two workers, so that little is lost with one of them.

Every so many calls, what the client may still name and calls made is sent to a second worker, and
is kept there, also when the client has let go of it, until the next such set is complete. What a
lost worker had is then made again by the calls since.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, final

from gradloom.runtime.floor import Limits
from gradloom.runtime.lineage import Lineage, Record


@final
class Replicas:
    """The sets of values that are kept: one that is complete, and one on its way to be."""

    def __init__(self, lineage: Lineage, limits: Limits) -> None:
        self._lineage: Final = lineage
        self._limits: Final = limits
        self._kept: tuple[int, ...] = ()
        self._coming: tuple[int, ...] = ()
        self._awaited: set[tuple[int, int]] = set()  # value, to worker
        self._due = limits.stride
        self._asked = False  # by the client

    def is_due(self, calls: int) -> bool:
        """Whether it is time for the next set, after so many calls."""
        return calls >= self._due and not self._coming

    def begin(self, calls: int) -> list[Record]:
        """The values of the next set, kept from now on; none where they are too large."""
        made = [r for r in self._lineage if r.call and r.is_live and r.holders and not r.failure]
        rest = self._limits.stride * (1 + len(made) // _FEW)
        self._due = calls + min(rest, max(self._limits.stride, self._limits.calls // 2))
        sizes = [r.size for r in made]
        asked, self._asked = self._asked, False
        if not asked and (None in sizes or sum(x or 0 for x in sizes) > self._limits.replicas):
            return []
        self._coming = tuple(r.value for r in made)
        self._lineage.pin(self._coming)
        return made

    def hurry(self) -> None:
        """The next set is due now, however large it is."""
        self._due, self._asked = 0, True

    def expect(self, value: int, worker: int) -> None:
        """The set is not complete before this value has come to a worker."""
        self._awaited.add((value, worker))

    def arrived(self, value: int, worker: int) -> bool:
        """A value is there; whether it was the last of the set that was awaited."""
        if (value, worker) not in self._awaited:
            return False
        self._awaited.remove((value, worker))
        return not self._awaited

    def settled(self) -> tuple[int, ...]:
        """The values that are kept no more, because the next set is complete."""
        if self._awaited or not self._coming:
            return ()
        gone, self._kept, self._coming = self._kept, self._coming, ()
        return gone

    def given_up(self) -> tuple[int, ...]:
        """The values of the next set, of which something was lost; the complete one stays."""
        gone, self._coming = self._coming, ()
        self._awaited.clear()
        return gone

    def loose(self, records: Iterable[Record]) -> list[Record]:
        """Those of the records that are not kept here."""
        kept = {*self._kept, *self._coming}
        return [r for r in records if r.value not in kept]


_FEW: Final = 50
"""Values that are sent without a thought; with more of them, sets are further apart."""
