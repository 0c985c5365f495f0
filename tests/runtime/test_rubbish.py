"""State machines that are told what nobody would say."""

from __future__ import annotations

import pytest

from gradloom.ir.errors import FileError
from gradloom.runtime import messages as m
from gradloom.runtime.conversations import Conversations
from gradloom.runtime.dispatcher import Dispatcher
from gradloom.runtime.fields import digest_of
from gradloom.runtime.floor import Limits, Say
from gradloom.runtime.transport import codec
from gradloom.runtime.worker import Worker
from tests.runtime.fuzzing import Fuzz

BOX = m.Mailbox("")
DEFINE = m.Define(digest_of(b"f", ()), b"f")


def sensible(fuzz: Fuzz):
    """Something that a client or a worker may say, so that there is something to harm."""
    rng = fuzz.random
    value = rng.randrange(6)
    return rng.choice(
        [
            m.Join("c", 0, BOX), m.Enlist("w", 0, BOX, "numpy", "cpu"), DEFINE,
            m.Put(value, "f32", (2,)), m.Fetch(value, value), m.Free((value,)),
            m.Call(rng.randrange(9), DEFINE.digest, (value,), (rng.randrange(6, 20),)),
        ]
    )  # fmt: skip


@pytest.mark.parametrize("start", range(0, 100, 25))
def test_a_dispatcher_stands_whatever_anybody_says(start):
    for seed in range(start, start + 25):
        fuzz, dispatcher = Fuzz(seed), Dispatcher(draw=lambda: 1 << 20)
        for now in range(60):
            peer, chance = fuzz.random.choice("abcd"), fuzz.random.random()
            if chance < 0.05:
                dispatcher.lose(peer, now)
            elif chance < 0.1:
                dispatcher.tick(now)
            else:
                message = sensible(fuzz) if chance < 0.5 else fuzz.message()
                dispatcher.hear(peer, message, now)
        for peer in "abcd":
            dispatcher.lose(peer, 100.0)
        assert not dispatcher.workers
        assert not dispatcher.sessions
        assert not dispatcher.programs


def test_a_worker_stands_whatever_comes_in_its_mailbox():
    for seed in range(50):
        fuzz, worker = Fuzz(seed), Worker()
        for _ in range(60):
            message = fuzz.message()
            if isinstance(message, m.Parcel):
                worker.receive(message, object())
            elif isinstance(message, m.Undelivered):
                worker.receive(message, None)
        for session in fuzz.numbers:
            worker.hear(m.End(session))
        assert worker.values == 0


def test_conversations_stand_whatever_packets_come():
    for seed in range(100):
        fuzz = Fuzz(seed)
        ours = Conversations(lambda rng=fuzz.random: rng.randrange(1, 2**63))
        for i in range(60):
            try:
                stretch = codec.stretch(fuzz.rubbish())
            except FileError:
                continue
            ours.hear(fuzz.random.choice("ab"), stretch, i / 10)
            ours.tick(i / 10)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(values=100), [m.Put(i, "f32", (2,)) for i in range(200)]),
        (Limits(text=1_000), [m.Define(digest_of(t, ()), t) for t in (b"a" * 600, b"b" * 600)]),
    ],
    ids=["values", "programs"],
)
def test_a_session_that_takes_too_much_is_refused(limits, told):
    dispatcher, out = Dispatcher(limits), []
    dispatcher.hear("w", m.Enlist("w", 0, BOX, "numpy", "cpu"), 0.0)
    for message in (m.Join("c", 0, BOX), *told):
        out += dispatcher.hear("c", message, 0.0)
    (refused,) = (x.message for x in out if isinstance(x, Say) and type(x.message) is m.Refused)
    assert "more than" in refused.failure.text
    assert not dispatcher.sessions
    assert not dispatcher.programs
