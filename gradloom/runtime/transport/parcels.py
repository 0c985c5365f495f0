"""Values as mail: small ones in the packet, larger ones in shared memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np

from gradloom.ir.types import dtype_of
from gradloom.runtime import messages as m
from gradloom.runtime.client import Kept
from gradloom.runtime.data.shared import Pool, Segment, Views, is_available
from gradloom.runtime.transport.codec import Loaded, size_of
from gradloom.runtime.transport.station import Station

Array = np.ndarray[Any, Any]


@final
class Post:
    """Sends and receives parcels at a station. `deliver(message, array)` is called with each that
    comes, an Undelivered without an array.
    """

    def __init__(self, deliver: Callable[[Any, Array | None], None]) -> None:
        self._deliver = deliver
        self._pool = Pool()
        self._views = Views()
        self._sent: dict[Any, list[Segment]] = {}
        self.station: Station | None = None

    def attach(self, station: Station) -> None:
        """Send and hear at this station."""
        self.station = station
        station.on_mail_lost = self.lost

    def hold(self, array: Array) -> Kept:
        """The array as it can be sent any number of times, whatever becomes of the original."""
        if array.nbytes <= m.MOST_INLINE or not is_available():
            return Kept(np.array(array, order="C"), None)
        segment = self._pool.hold(array)
        return Kept(segment.array(array.dtype, array.shape), segment)

    def leave(self, kept: Kept) -> None:
        """It will not be sent again."""
        if kept.segment is not None:
            self._pool.leave(kept.segment)

    def tell(self, mailbox: str, message: m.Undelivered) -> None:
        """Send word that a parcel will not come."""
        assert self.station is not None
        self.station.send(mailbox, message)

    def send(self, mailbox: str, message: m.Parcel, kept: Kept) -> None:
        """Send a parcel, with what `hold` gave for its value."""
        assert self.station is not None
        if kept.segment is not None:
            kept.segment.users += 1
            self._sent.setdefault(mailbox, []).append(kept.segment)
            self.station.send(mailbox, m.Shared(message, kept.segment.name, kept.segment.size))
        else:
            self.station.send(mailbox, Loaded(message, kept.array.reshape(-1).view(np.uint8).data))

    def heard(self, peer: Any, message: Any) -> None:
        """Something has come by mail."""
        if isinstance(message, Loaded):
            self._deliver(message.parcel, message.array())
        elif isinstance(message, m.Undelivered):
            self._deliver(message, None)
        elif isinstance(message, m.Shared):
            self._deliver(message.parcel, self._read(peer, message))
        elif isinstance(message, m.Returned):
            self._returned(peer, message.segment)

    def lost(self, mailbox: Any) -> None:
        """Nobody is at a mailbox any more."""
        for segment in self._sent.pop(mailbox, ()):
            self._pool.leave(segment)

    def close(self) -> None:
        """Let go of all memory."""
        self._pool.close()

    def _read(self, peer: Any, message: m.Shared) -> Array:
        size = size_of(message.parcel)
        dtype = dtype_of(message.parcel.dtype)

        def done() -> None:
            station = self.station
            if station is not None:
                station.later(lambda: station.answer(peer, m.Returned(message.segment)))

        return self._views.array(message.segment, size, dtype, message.parcel.shape, done)

    def _returned(self, peer: Any, name: str) -> None:
        segment = self._pool.find(name)
        sent = self._sent.get(peer, [])
        if segment is not None and segment in sent:
            sent.remove(segment)
            self._pool.leave(segment)
