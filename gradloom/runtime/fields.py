"""What messages consist of: kinds of fields, each with its limit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")
_INDEX: Final = 0xFFFF
MOST_VALUES: Final = 65_536
"""Values that one message names."""
MOST_DIGESTS: Final = 4_096
"""Programs or constants that one message names."""
MOST_TEXT: Final = 64 << 20
"""Bytes of a program's text."""

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Name = Annotated[str, Meta(max_length=256)]
Text = Annotated[str, Meta(max_length=65_536)]
Numbers = Annotated[tuple[Number, ...], Meta(max_length=MOST_VALUES)]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Digests = Annotated[tuple[Digest, ...], Meta(max_length=MOST_DIGESTS)]
Program = Annotated[bytes, Meta(max_length=MOST_TEXT)]
DTypeName = Annotated[str, Meta(pattern=r"^[a-z]{1,4}[0-9a-z_]{0,12}$")]
Shape = Annotated[tuple[Annotated[int, Meta(ge=0, lt=2**48)], ...], Meta(max_length=64)]


class Message(msgspec.Struct, frozen=True, array_like=True, tag=True, forbid_unknown_fields=True):
    """One thing said."""


def session_number(drawn: int, index: int) -> int:
    """A number that nobody guesses, for the session that was opened as this one."""
    return drawn & ~_INDEX | index & _INDEX


def session_index(number: int) -> int:
    """Which session of its dispatcher has this number, for people to read.

    >>> session_index(session_number(2**62 + 12345, 7))
    7
    """
    return number & _INDEX


def digest_of(text: bytes, constants: Digests) -> Digest:
    """What a program is called: nobody can give another's program another meaning."""
    made = hashlib.sha256(text)
    for digest in constants:
        made.update(digest.encode())
    return made.hexdigest()


def parts(items: Sequence[T], most: int) -> list[tuple[T, ...]]:
    """The items in stretches that each fit into one message."""
    return [tuple(items[i : i + most]) for i in range(0, len(items), most)]
