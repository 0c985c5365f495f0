"""Stretches of conversations as frames on the wire: a head, then the data of its parcels.

Everything is checked before it is used: versions, sizes against the types announced, the number of
frames.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gradloom.ir.errors import DtypeError, FileError
from gradloom.ir.types import dtype_of
from gradloom.runtime import messages as m
from gradloom.runtime.link import Stretch

Frame = bytes | memoryview
_DATA: Final = (m.Parcel, m.Piece)


class Loaded(NamedTuple):
    """A parcel, or a piece of one, with its data."""

    parcel: m.Parcel | m.Piece
    data: Frame

    def array(self) -> np.ndarray[Any, Any]:
        """The data as what the parcel says it is, in the frame's memory."""
        assert isinstance(self.parcel, m.Parcel)
        return (
            np.frombuffer(self.data, np.uint8)
            .view(dtype_of(self.parcel.dtype))
            .reshape(self.parcel.shape)
        )


def frames(stretch: Stretch[Any]) -> list[Frame]:
    """The frames of a stretch."""
    data = [x.data for x in stretch.messages if type(x) is Loaded]
    said = stretch.messages
    if data:
        said = tuple(x.parcel if type(x) is Loaded else x for x in said)
    head = m.encode(
        m.Packet(m.VERSION, stretch.sender, stretch.to, stretch.first, stretch.seen, said)
    )
    return [head, *data]


def packets(stretch: Stretch[Any]) -> list[list[Frame]]:
    """The frames of a stretch in packets that each are small, unless a message alone is not."""
    made, said = frames(stretch), stretch.messages
    if len(made[0]) <= m.MOST_PIECE or len(said) < 2:
        return [made]
    half = len(said) // 2
    rest = stretch._replace(first=stretch.first + half, messages=said[half:])
    return [*packets(stretch._replace(messages=said[:half])), *packets(rest)]


def stretch(frames: Sequence[Frame]) -> Stretch[Any]:
    """The stretch of these frames; FileError where they are none."""
    if not frames:
        raise FileError("a packet without frames")
    packet = m.decode(frames[0])
    for message in packet.messages:
        if isinstance(message, m.Begun | m.Shared):
            size_of(message.parcel)  # or it is refused
    parcels = [x for x in packet.messages if isinstance(x, _DATA)]
    if len(parcels) != len(frames) - 1:
        raise FileError(f"a packet of {len(parcels)} parcels with {len(frames) - 1} frames of data")
    for parcel, data in zip(parcels, frames[1:], strict=True):
        if len(data) != size_of(parcel):
            raise FileError(f"a parcel of {size_of(parcel)} bytes with {len(data)}")
    rest = iter(frames[1:])
    said: tuple[Any, ...] = packet.messages
    if parcels:
        said = tuple(Loaded(x, next(rest)) if isinstance(x, _DATA) else x for x in said)
    return Stretch(packet.sender, packet.to, packet.first, packet.seen, said)


def size_of(parcel: m.Parcel | m.Piece) -> int:
    """The bytes of a parcel's value, or of a piece; FileError where it cannot be one."""
    if isinstance(parcel, m.Piece):
        return parcel.size
    try:
        item = dtype_of(parcel.dtype).itemsize
    except DtypeError as e:
        raise FileError(f"a parcel of dtype {parcel.dtype!r}") from e
    size = math.prod(parcel.shape) * item
    if size > m.MOST_DATA:
        raise FileError(f"a parcel of {size} bytes")
    return size
