"""What happens in a cluster, as events: recorded where it happens, in a ring of bounded size.

An event is recorded as a plain tuple of `Event`'s fields, which costs a fraction of a microsecond;
the batches that travel are the encoded tuples, and `unpack` gives the events.

    who         kinds
    client      call  put  fetch (from asking to the answer)
    dispatcher  handle (a message of a client or worker)  join  leave  lost
    worker      run  build  error
    both ends   send  receive (of a value that goes from one process to another)
    anybody     dropped (`number` events that somebody had no room for)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any, Final, Literal, NamedTuple, final

import msgspec
from msgspec import Meta

from gradloom.ir.errors import FileError
from gradloom.runtime.watch import MOST_BATCH

MOST_KEPT: Final = 8_192
"""Events that a ring keeps."""
MOST_TOGETHER: Final = 1_024
"""Events of a batch."""
LONGEST: Final = 1_000
"""Characters of an event's details."""

Kind = Literal[
    "call", "put", "fetch", "handle", "join", "leave", "lost", "run", "build", "error", "send",
    "receive", "dropped",
]  # fmt: skip
Role = Literal["client", "dispatcher", "worker"]
_Short = Annotated[str, Meta(max_length=256)]
_Detail = Annotated[str, Meta(max_length=LONGEST)]
_Number = Annotated[int, Meta(ge=-1, le=2**63 - 1)]
_Shares = Annotated[tuple[tuple[_Short, float], ...], Meta(max_length=16)]


@final
class Event(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One thing that happened.

    Times are seconds of the recording host's monotonic clock; `wait` is how long it was in a queue
    before. `number` is that of the call, the fetch or the delivery in its session; `value` that of
    the value. `command` is the message's type, or what the program is called; `program` is the
    beginning of its digest, `ops` its main kinds of ops with their shares. `bytes` are those of the
    value, or of a run's results. `peer` is the other end: of values, the endpoint of the receiver.
    """

    kind: Kind
    role: Role
    who: _Short
    start: float
    end: float
    wait: float = 0.0
    session: _Number = -1
    number: _Number = -1
    value: _Number = -1
    command: _Short = ""
    program: _Short = ""
    ops: _Shares = ()
    bytes: _Number = 0
    peer: _Short = ""
    detail: _Detail = ""

    @property
    def flow(self) -> str:
        """What the events of one call, or the two ends of one transfer, have in common; "" for
        events that stand alone.
        """
        if self.kind in ("send", "receive"):
            return f"value {self.session}.{self.value}.{self.number} {self.peer}"
        if self.kind in ("call", "run", "error") or self.command == "Call":
            return f"call {self.session}.{self.number}"
        return ""

    def shifted(self, seconds: float) -> Event:
        """The same, by a clock that is ahead by so much."""
        if not seconds:
            return self
        return msgspec.structs.replace(self, start=self.start + seconds, end=self.end + seconds)


_encoder: Final = msgspec.msgpack.Encoder()
_Events = Annotated[tuple[Event, ...], Meta(max_length=MOST_TOGETHER)]
_decoder: Final[msgspec.msgpack.Decoder[tuple[Event, ...]]] = msgspec.msgpack.Decoder(_Events)


class Taken(NamedTuple):
    """Events out of a ring: a batch, how many they are, how many before them are gone, and where
    the next begin.
    """

    batch: bytes
    noted: int
    lost: int
    position: int


@final
class Ring:
    """The last events of a process, as tuples."""

    __slots__ = ("_gone", "_kept", "_most")

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._kept: deque[tuple[Any, ...]] = deque(maxlen=most)
        self._most = most
        self._gone = 0

    @property
    def count(self) -> int:
        """How many events there ever were."""
        return self._gone + len(self._kept)

    def note(self, event: tuple[Any, ...]) -> None:
        """Keep an event."""
        kept = self._kept
        if len(kept) == self._most:
            self._gone += 1
        kept.append(event)

    def take(self, position: int, most: int = MOST_TOGETHER) -> Taken:
        """The next events from a position on."""
        begin = max(position, self._gone)
        skipped = begin - self._gone
        part = list(islice(self._kept, skipped, skipped + most))
        return Taken(pack(part), len(part), begin - position, begin + len(part))


def pack(events: Sequence[tuple[Any, ...]]) -> bytes:
    """The batch of some events."""
    return _encoder.encode(events)


def unpack(batch: bytes) -> tuple[Event, ...]:
    """The events of a batch; FileError where it is none."""
    if len(batch) > MOST_BATCH:
        raise FileError(f"a batch of {len(batch)} bytes, where at most {MOST_BATCH} are allowed")
    try:
        return _decoder.decode(batch)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as e:
        raise FileError(f"no events of this cluster: {e}") from None
