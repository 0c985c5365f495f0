"""What clients, the dispatcher and workers say to one another: small typed messages, no code.

A value is named by its session and a number that the client gives it. Tensor data goes in parcels,
from the one who has it to the one who needs it; the dispatcher sees neither.

    client -> dispatcher    Join Leave Define Undefine Keep Put Call Fetch Received Free
    dispatcher -> client    Joined Place Refused Fulfilled Failed Resend Forget
    worker -> dispatcher    Enlist Done Arrived
    dispatcher -> worker    Enlisted Dismissed Prepare Unlearn Run Ship Drop End Undelivered
    owner -> receiver       Parcel Undelivered Shared Begun Piece
    receiver -> owner       Returned

What is said to watch a cluster stands in `watch.py`.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from gradloom.ir.errors import FileError
from gradloom.runtime import watch
from gradloom.runtime.fields import (
    MOST_TEXT,
    Digest,
    Digests,
    DTypeName,
    Message,
    Name,
    Number,
    Numbers,
    Program,
    Shape,
    Text,
)

VERSION: Final = 1
"""Raised when peers of an older version could not understand a newer one."""
MOST_MESSAGES: Final = 4_096
"""Messages in one packet."""
MOST_INLINE: Final = 1 << 16
"""Bytes of a value that goes in the packet itself."""
MOST_PIECE: Final = 1 << 20
"""Bytes of a piece of a larger value: whole values in one frame are slower, and cannot overlap."""
MOST_DATA: Final = 1 << 36
"""Bytes of a value."""
MOST_PACKET: Final = MOST_TEXT + (1 << 20)
"""Bytes of a packet without its data."""

# ---- what happened, in words ---------------------------------------------------------------------


class Failure(Message, frozen=True):
    """An error on its way to the one who waits: the original type and message, the op, the user's
    line, and the worker's own traceback.
    """

    kind: Name
    text: Text
    where: Text = ""
    worker: Name = ""
    traceback: Text = ""


class Mailbox(Message, frozen=True):
    """Where parcels are sent: an address, the host that it is on (those with the same name share
    memory), and the public key of its owner where what is sent there is encrypted.
    """

    endpoint: Name
    host: Name = ""
    key: Name = ""


# ---- client and dispatcher -----------------------------------------------------------------------


class Join(Message, frozen=True):
    """A client asks for a session; `mailbox` is where its parcels go."""

    name: Name
    pid: Number
    mailbox: Mailbox


class Leave(Message, frozen=True):
    """The client is done: everything of its session goes."""


class Place(Message, frozen=True):
    """A worker as others see it."""

    worker: Number
    name: Name
    mailbox: Mailbox
    backend: Name
    device: Name


class Joined(Message, frozen=True):
    """The session is open."""

    session: Number
    places: Annotated[tuple[Place, ...], Meta(max_length=4_096)]


class Refused(Message, frozen=True):
    """There will be no session, or it is over."""

    failure: Failure


class Define(Message, frozen=True):
    """A program by its digest: a graph's text, which is parsed and verified before it runs. Each
    call hands over the large constants that the text names, after its arguments. `sizes` are the
    bytes of its results, where they are known.
    """

    digest: Digest
    text: Program
    constants: Digests = ()
    sizes: Numbers = ()


class Undefine(Message, frozen=True):
    """The client will not call these programs again, unless it defines them anew."""

    digests: Digests


class Keep(Message, frozen=True):
    """The client wants its values to be at two workers, as far as there are two."""


class Put(Message, frozen=True):
    """The client has a value, and will send it to the worker that the dispatcher names."""

    value: Number
    dtype: DTypeName
    shape: Shape
    worker: int = -1


class Call(Message, frozen=True):
    """Run a program on values; the results get the numbers in `outputs`."""

    number: Number
    digest: Digest
    inputs: Numbers
    outputs: Numbers
    worker: int = -1
    where: Text = ""


class Fetch(Message, frozen=True):
    """The client waits for a value in its mailbox."""

    number: Number
    value: Number


class Received(Message, frozen=True):
    """The answer to this fetch has come."""

    number: Number


class Free(Message, frozen=True):
    """The client will not name these values again."""

    values: Numbers


class Resend(Message, frozen=True):
    """A value that the client put is needed at a worker; the first time, too. Deliveries to workers
    are numbered, so that a request to drop a value is never taken for one of a later delivery.
    """

    value: Number
    delivery: Number
    place: Place


class Forget(Message, frozen=True):
    """These values that the client put will not be needed again."""

    values: Numbers


class Fulfilled(Message, frozen=True):
    """So many of the session's calls are done; the others are under way."""

    count: Number


class Failed(Message, frozen=True):
    """A fetch that cannot be answered."""

    number: Number
    failure: Failure


# ---- worker and dispatcher -----------------------------------------------------------------------


class Enlist(Message, frozen=True):
    """A worker offers itself."""

    name: Name
    pid: Number
    mailbox: Mailbox
    backend: Name
    device: Name


class Enlisted(Message, frozen=True):
    """The worker's number, and its name among the others."""

    worker: Number
    name: Name


class Dismissed(Message, frozen=True):
    """The worker is not one of the dispatcher's (any more)."""

    reason: Text


class Prepare(Message, frozen=True):
    """A program that the worker will be asked to run."""

    digest: Digest
    text: Program
    constants: Digests = ()


class Unlearn(Message, frozen=True):
    """Programs that the worker will not be asked to run again, unless it is given them anew."""

    digests: Digests


class Run(Message, frozen=True):
    """Run a program on values that are here, or on their way."""

    session: Number
    number: Number
    digest: Digest
    inputs: Numbers
    outputs: Numbers
    where: Text = ""


class Ship(Message, frozen=True):
    """Send a value to a mailbox: a client's, in answer to a fetch, or another worker's. `number` is
    that of the fetch or the delivery.
    """

    session: Number
    value: Number
    number: Number
    mailbox: Mailbox


class Drop(Message, frozen=True):
    """Values that are not needed again, unless a delivery after number `until` brought them."""

    session: Number
    values: Numbers
    until: Number


class End(Message, frozen=True):
    """A session that is over: all its values go. Nobody is at the client's mailbox any more."""

    session: Number
    mailbox: Mailbox | None = None


class Done(Message, frozen=True):
    """So many runs of a session has the worker done by now."""

    session: Number
    count: Number


class Arrived(Message, frozen=True):
    """A value that another peer had to send is here, by this delivery."""

    session: Number
    value: Number
    delivery: Number


# ---- parcels -------------------------------------------------------------------------------------


class Parcel(Message, frozen=True):
    """A value; its data follows. `number` is that of the fetch or the delivery."""

    session: Number
    value: Number
    number: Number
    dtype: DTypeName
    shape: Shape


class Undelivered(Message, frozen=True):
    """A value that will not come, and why."""

    session: Number
    value: Number
    number: Number
    failure: Failure


class Shared(Message, frozen=True):
    """A parcel whose data is in shared memory."""

    parcel: Parcel
    segment: Name
    size: Number


class Begun(Message, frozen=True):
    """A parcel whose data comes in pieces, after this and in order."""

    parcel: Parcel


class Piece(Message, frozen=True):
    """The next piece of the parcel that was begun last; its data follows."""

    size: Annotated[int, Meta(ge=0, le=MOST_PIECE)]


class Returned(Message, frozen=True):
    """The receiver does not read this segment any more."""

    segment: Name


Any = (
    Join | Leave | Joined | Place | Refused | Define | Undefine | Keep | Put | Call | Fetch
    | Received | Free | Resend | Forget | Fulfilled | Failed | Enlist | Enlisted | Dismissed
    | Prepare | Unlearn | Run | Ship | Drop | End | Done | Arrived | Parcel | Undelivered
    | Shared | Begun | Piece | Returned
    | watch.Watch | watch.Observe | watch.Noted | watch.Shown | watch.Survey | watch.Standing
    | watch.Surveyed
)  # fmt: skip
"""Every message."""


class Packet(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A stretch of a conversation (`link.py`) on the wire."""

    version: int
    sender: Number
    to: Number
    first: Number
    seen: Number
    messages: Annotated[tuple[Any, ...], Meta(max_length=MOST_MESSAGES)] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Packet)


def encode(packet: Packet) -> bytes:
    """The packet's bytes."""
    return _encoder.encode(packet)


def decode(data: bytes | memoryview) -> Packet:
    """The packet of these bytes; FileError where they are none, or of another version."""
    if len(data) > MOST_PACKET:
        raise FileError(f"a packet of {len(data)} bytes, where at most {MOST_PACKET} are allowed")
    try:
        packet: Packet = _decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as e:
        raise FileError(f"no packet of this cluster: {e}") from None
    if packet.version != VERSION:
        raise FileError(
            f"a packet of version {packet.version} where {VERSION} is spoken",
            hint="run the same version of gradloom everywhere",
        )
    return packet
