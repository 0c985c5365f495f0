"""Values as mail: small ones in the packet, larger ones in shared memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np

from gradloom.ir.types import dtype_of
from gradloom.runtime import messages as m
from gradloom.runtime.client import Kept
from gradloom.runtime.data.shared import Pool, Segment, Views, is_available
from gradloom.runtime.transport.codec import Frame, Loaded, size_of
from gradloom.runtime.transport.host import available_memory, this_host
from gradloom.runtime.transport.station import Station

Array = np.ndarray[Any, Any]


@final
class Arriving:
    """A parcel that comes in pieces."""

    __slots__ = ("filled", "memory", "parcel")

    def __init__(self, parcel: m.Parcel, memory: Array) -> None:
        self.parcel = parcel
        self.memory = memory
        self.filled = 0

    def add(self, data: Frame) -> bool:
        """Take the next piece in; whether it was the last."""
        room = self.memory[self.filled : self.filled + len(data)]
        if len(room) == len(data):
            room[:] = np.frombuffer(data, np.uint8)
            self.filled += len(data)
        return self.filled == len(self.memory)


@final
class Post:
    """Sends and receives parcels at a station. `deliver(message, array)` is called with each that
    comes, an Undelivered without an array; `is_own`: with one that may be written.
    """

    def __init__(self, deliver: Callable[[Any, Array | None], None], is_own: bool = False) -> None:
        self._deliver = deliver
        self._pool = Pool()
        self._views = Views(is_own)
        self._sent: dict[Any, list[Segment]] = {}
        self._arriving: dict[Any, Arriving] = {}
        self.station: Station | None = None

    def attach(self, station: Station) -> None:
        """Send and hear at this station."""
        self.station = station
        station.on_mail_lost = self.lost

    def hold(self, array: Array) -> Kept:
        """The array as it can be sent any number of times, whatever becomes of the original."""
        if array.nbytes <= m.MOST_INLINE or not is_available():
            return Kept(np.array(array, order="C"), None)
        try:
            segment = self._pool.hold(array)
        except OSError:  # no room there: it goes in pieces
            return Kept(np.array(array, order="C"), None)
        return Kept(segment.array(array.dtype, array.shape), segment)

    def leave(self, kept: Kept) -> None:
        """It will not be sent again."""
        if kept.segment is not None:
            self._pool.leave(kept.segment)

    def tell(self, mailbox: m.Mailbox, message: m.Undelivered) -> None:
        """Send word that a parcel will not come."""
        assert self.station is not None
        self.station.send(mailbox, message)

    def send(self, mailbox: m.Mailbox, message: m.Parcel, kept: Kept) -> None:
        """Send a parcel, with what `hold` gave for its value."""
        assert self.station is not None
        if kept.segment is not None and mailbox.host == this_host():
            kept.segment.users += 1
            self._sent.setdefault(mailbox, []).append(kept.segment)
            self.station.send(mailbox, m.Shared(message, kept.segment.name, kept.segment.size))
            return
        data = kept.array.reshape(-1).view(np.uint8).data
        if len(data) <= m.MOST_INLINE:
            self.station.send(mailbox, Loaded(message, data))
            return
        self.station.send(mailbox, m.Begun(message))
        for start in range(0, len(data), m.MOST_PIECE):
            piece = data[start : start + m.MOST_PIECE]
            self.station.send(mailbox, Loaded(m.Piece(len(piece)), piece))

    def heard(self, peer: Any, message: Any) -> None:
        """Something has come by mail."""
        if isinstance(message, Loaded):
            if isinstance(message.parcel, m.Parcel):
                self._deliver(message.parcel, message.array())
            else:
                self._add(peer, message.data)
        elif isinstance(message, m.Begun):
            self._begin(peer, message.parcel)
        elif isinstance(message, m.Undelivered):
            self._deliver(message, None)
        elif isinstance(message, m.Shared):
            self._open(peer, message)
        elif isinstance(message, m.Returned):
            self._returned(peer, message.segment)

    def lost(self, mailbox: Any) -> None:
        """Nobody is at a mailbox any more, though who was there may still read what was sent."""
        self._arriving.pop(mailbox, None)
        for segment in self._sent.pop(mailbox, ()):
            self._pool.abandon(segment)
        self._views.trim()

    def close(self) -> None:
        """Let go of all memory."""
        self._pool.close()
        self._sent.clear()
        self._arriving.clear()
        self._views = Views()

    def _begin(self, peer: Any, parcel: m.Parcel) -> None:
        """Memory for a parcel that comes in pieces, after its size was checked."""
        size = size_of(parcel)
        self._arriving.pop(peer, None)
        if size > available_memory():
            self._refuse(parcel, MemoryError(f"a value of {size} bytes does not fit here"))
        elif size:
            self._arriving[peer] = Arriving(parcel, np.empty(size, np.uint8))

    def _add(self, peer: Any, data: Frame) -> None:
        arriving = self._arriving.get(peer)
        if arriving is None or not arriving.add(data):
            return
        del self._arriving[peer]
        parcel = arriving.parcel
        array = arriving.memory.view(dtype_of(parcel.dtype)).reshape(parcel.shape)
        self._deliver(parcel, array)

    def _open(self, peer: Any, message: m.Shared) -> None:
        """Deliver a parcel in shared memory. Where that is gone its owner is too, which the
        dispatcher will notice.
        """
        try:
            array = self._read(peer, message)
        except (FileNotFoundError, ValueError):
            return
        except OSError as e:
            self._refuse(message.parcel, e)
        else:
            self._deliver(message.parcel, array)

    def _refuse(self, parcel: m.Parcel, error: Exception) -> None:
        failure = m.Failure(type(error).__name__, str(error))
        told = m.Undelivered(parcel.session, parcel.value, parcel.number, failure)
        self._deliver(told, None)

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
