"""What is said to watch a cluster. Events travel in batches that the dispatcher hands on unread.

    watcher -> dispatcher            Watch
    dispatcher -> worker, client     Observe
    worker, client -> dispatcher     Noted
    dispatcher -> watcher            Shown
    anybody -> dispatcher -> worker  Survey
    worker -> dispatcher             Standing
    dispatcher -> who asked          Surveyed

Nobody sends more batches than the receiver said it has room for; what happens meanwhile is lost and
counted.
"""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from gradloom.runtime.fields import Message, Name, Number

MOST_BATCH: Final = 1 << 21
"""Bytes of a batch of events."""
LONGEST_LEASE_S: Final = 60.0

Batch = Annotated[bytes, Meta(max_length=MOST_BATCH)]
Lease = Annotated[float, Meta(ge=0.0, le=LONGEST_LEASE_S)]
Seconds = Annotated[dict[Name, float], Meta(max_length=4_096)]


class Watch(Message, frozen=True):
    """Show me what happens, for so many seconds from now; I have room for `batches`, counted from
    the first. With `before`, also what workers still know of what was.
    """

    lease_s: Lease
    batches: Number
    before: bool = False


class Observe(Message, frozen=True):
    """Tell what happens, for so many seconds from now, with room for `batches`; with `before`, also
    what is still known of what was. `at` is the dispatcher's time.
    """

    lease_s: Lease
    batches: Number
    before: bool
    at: float


class Noted(Message, frozen=True):
    """What happened: `count` events in a batch, after `lost` that had no room. `echo` is the `at`
    that was heard last, at `heard`; it is `told` now, by the clock `clock`.
    """

    count: Number
    lost: Number
    events: Batch
    clock: Name
    echo: float
    heard: float
    told: float


class Shown(Message, frozen=True):
    """A batch of one who noted it, whose clock is behind the dispatcher's by `behind` seconds; by
    the latter it is `now`.
    """

    role: Name
    who: Name
    endpoint: Name
    count: Number
    lost: Number
    events: Batch
    behind: float
    now: float


class Survey(Message, frozen=True):
    """How do you all do?"""

    number: Number


class Standing(Message, frozen=True):
    """How a worker does: counts since it began, seconds, bytes; `now` is by its own clock.

    `ops` tells how many ops of a kind ran, `busy` the seconds by kind of op, `sessions` by
    session. Of programs it has been told of `kept`, and has `built` some, which took `build_s`.
    `running` is the program that runs now.
    """

    number: Number
    name: Name = ""
    pid: Number = 0
    backend: Name = ""
    device: Name = ""
    now: float = 0.0
    runs: Number = 0
    failed: Number = 0
    ops: Annotated[dict[Name, Number], Meta(max_length=4_096)] = {}  # noqa: RUF012
    busy: Seconds = {}  # noqa: RUF012  (a copy each, says msgspec)
    sessions: Seconds = {}  # noqa: RUF012
    kept: Number = 0
    built: Number = 0
    build_s: float = 0.0
    sent: Number = 0
    received: Number = 0
    queued: Number = 0
    values: Number = 0
    value_bytes: Number = 0
    rss: Number = 0
    cpu_s: float = 0.0
    running: Name = ""
    events: Number = 0


class Member(Message, frozen=True):
    """A session that is open."""

    session: Number
    name: Name
    pid: Number
    values: Number
    calls: Number


class Surveyed(Message, frozen=True):
    """How all do: the workers that answered, the names of the others, and the sessions. `now` is
    the dispatcher's time, which is `wall_s` behind that of the calendar.
    """

    number: Number
    now: float
    wall_s: float
    workers: Annotated[tuple[Standing, ...], Meta(max_length=4_096)]
    silent: Annotated[tuple[Name, ...], Meta(max_length=4_096)]
    members: Annotated[tuple[Member, ...], Meta(max_length=65_536)]
