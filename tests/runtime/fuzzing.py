"""Messages as nobody would send them: any kind, with any fields, and frames that are no packets."""

from __future__ import annotations

import random
import typing
from typing import Annotated, Any, get_args, get_origin

from gradloom.runtime import messages as m
from gradloom.runtime import watch
from gradloom.runtime.fields import Digest, DTypeName, Message
from gradloom.runtime.link import Stretch
from gradloom.runtime.transport import codec

KINDS = tuple(
    x
    for module in (m, watch)
    for x in vars(module).values()
    if isinstance(x, type) and issubclass(x, Message) and x not in (Message, m.Failure, m.Mailbox)
)
NUMBERS = (0, 0, 1, 1, 2, 3, 4, 5, 7, 2**31, 2**63 - 1)
DIGESTS = tuple(c * 64 for c in "abc")
TEXTS = ("", "x", "worker-0", "numpy", "ü" * 200)


class Fuzz:
    """Random messages by a seed; `sessions` are numbers of sessions that there are."""

    def __init__(self, seed: int, sessions: typing.Sequence[int] = ()) -> None:
        self.random = random.Random(seed)
        self.numbers = (*NUMBERS, *sessions)
        self.endpoints = ("ipc:///nowhere",)

    def message(self) -> Any:
        return self._struct(self.random.choice(KINDS))

    def frames(self, to: int = 0, first: int = 0) -> list[bytes]:
        """A packet of a few messages, with data for parcels."""
        said = [self._loaded(self.message()) for _ in range(self.random.randint(0, 3))]
        sender = self.random.choice((1, 2, 3, self.random.randrange(2**63)))
        seen = self.random.choice((0, 0, 1, 5, 2**63 - 1))
        return [bytes(f) for f in codec.frames(Stretch(sender, to, first, seen, tuple(said)))]

    def rubbish(self) -> list[bytes]:
        """Frames of any number and content."""
        rng = self.random
        kind = rng.randrange(5)
        if kind == 0:
            return [rng.randbytes(rng.randint(0, 60)) for _ in range(rng.randint(1, 4))]
        if kind == 1:
            packet = m.Packet(rng.choice((0, 2, 99)), 1, 0, 0, 0, (self.message(),))
            return [m.encode(packet)]
        frames = self.frames(rng.choice((0, 0, 1, 5)), rng.choice((0, 0, 1, 2, 70_000, 2**63 - 1)))
        if kind == 2:
            return [*frames, b"more"] if rng.random() < 0.5 else frames[:1]
        return [mutated(rng, f) for f in frames] if kind == 3 else frames

    # ---- below -----------------------------------------------------------------------------------

    def _loaded(self, message: Any) -> Any:
        if isinstance(message, m.Parcel | m.Piece):
            try:
                size = codec.size_of(message)
            except Exception:
                return message
            return codec.Loaded(message, bytes(min(size, 100_000)))
        return message

    def _struct(self, kind: type) -> Any:
        hints = typing.get_type_hints(kind, include_extras=True)
        return kind(**{n: self._of(hints[n]) for n in kind.__struct_fields__})

    def _of(self, hint: Any) -> Any:
        rng = self.random
        if hint is Digest:
            return rng.choice(DIGESTS)
        if hint is DTypeName:
            return rng.choice(("f32", "f64", "i8", "bool", "c128", "bf16", "u64"))
        if get_origin(hint) is Annotated:
            return self._of(get_args(hint)[0])
        if get_origin(hint) is tuple:
            return tuple(self._of(get_args(hint)[0]) for _ in range(rng.randint(0, 3)))
        if get_origin(hint) is dict:
            key, value = get_args(hint)
            return {self._of(key): self._of(value) for _ in range(rng.randint(0, 3))}
        if get_origin(hint) in (typing.Union, type(m.Join | None)):
            return self._of(rng.choice(get_args(hint)))
        if hint is int:
            return rng.choice(self.numbers)
        if hint is m.Mailbox:
            return m.Mailbox(rng.choice(self.endpoints), rng.choice(TEXTS))
        simple = {str: lambda: rng.choice(TEXTS), bytes: lambda: rng.randbytes(20),
                  bool: lambda: rng.random() < 0.5, float: rng.random,
                  type(None): lambda: None}  # fmt: skip
        return simple[hint]() if hint in simple else self._struct(hint)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The data with a few bytes changed, put in, taken out or repeated."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        kind, at = rng.randrange(4), rng.randrange(len(changed) + 1)
        if kind == 0 and at < len(changed):
            changed[at] = rng.randrange(256)
        elif kind == 1:
            changed[at:at] = rng.randbytes(rng.randint(1, 6))
        elif kind == 2:
            del changed[at : at + rng.randint(1, 6)]
        else:
            changed = changed[:at] + changed[rng.randrange(len(changed) + 1) :]
    return bytes(changed)
