"""Dispatcher, workers and clients as nodes in an `Air`: the real state machines and engines,
without processes, sockets or waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

from gradloom import backends
from gradloom.runtime import client as c
from gradloom.runtime import dispatcher as d
from gradloom.runtime import floor
from gradloom.runtime import messages as m
from gradloom.runtime import session as s
from gradloom.runtime import worker as w
from gradloom.runtime.conversations import Conversations
from gradloom.runtime.engine import Engine
from gradloom.runtime.link import Pace, Stretch
from gradloom.runtime.transport.inproc import Air

HUB = "dispatcher"
_CONTROL, _MAIL = "control", "mail"
_MAIL_PACE = Pace(silence_s=30.0)


@final
class Talk:
    """A node's conversations on one channel."""

    def __init__(self, air: Air, own: str, channel: str) -> None:
        mail = channel == _MAIL
        pace = _MAIL_PACE if mail else Pace()
        self._all: Conversations[Any] = Conversations(air.draw, pace, again=mail)
        self._air, self._own, self._channel = air, own, channel

    def say(self, to: str, message: Any) -> None:
        """Say this to another node."""
        self._send(to, self._all.say(to, [message], self._air.now))

    def hear(self, sender: str, stretch: Stretch[Any], now: float) -> tuple[list[Any], bool]:
        """What is newly said, and whether it is another that says it."""
        told, replies, is_new = self._all.hear(sender, stretch, now)
        self._send(sender, replies)
        return told, is_new

    def tick(self, now: float) -> list[Any]:
        """Send what is due; who is lost."""
        passed = self._all.tick(now)
        for peer, stretch in passed.send:
            self._send(str(peer), [stretch])
        return passed.lost

    def forget(self, peer: str) -> None:
        """The conversation is over."""
        self._all.forget(peer)

    def _send(self, to: str, stretches: Sequence[Stretch[Any]]) -> None:
        for stretch in stretches:
            self._air.send(self._own, to, self._channel, stretch)


@final
class DispatcherNode:
    """The dispatcher."""

    def __init__(self, air: Air, limits: floor.Limits) -> None:
        self.name = HUB
        self.machine = d.Dispatcher(limits, air.draw)
        self._talk = Talk(air, HUB, _CONTROL)

    def hear(self, sender: str, channel: str, stretch: Stretch[Any], now: float) -> None:
        """A packet has come."""
        told, is_new = self._talk.hear(sender, stretch, now)
        if is_new:
            self._do(self.machine.lose(sender, now))
        for message in told:
            self._do(self.machine.hear(sender, message, now))

    def tick(self, now: float) -> None:
        """Time has passed."""
        for peer in self._talk.tick(now):
            self._do(self.machine.lose(peer, now))
        self._do(self.machine.tick(now))

    def _do(self, instructions: Sequence[floor.Instruction]) -> None:
        for x in instructions:
            if isinstance(x, floor.Say):
                self._talk.say(str(x.to), x.message)


@final
class WorkerNode:
    """A worker that computes with a backend; a run takes `run_s` seconds of the air's clock,
    `slow` times as long where it is told to."""

    def __init__(self, air: Air, name: str, run_s: Callable[[], float]) -> None:
        self.name = name
        self.machine = w.Worker()
        self.engine = Engine(backends.get("numpy"))
        self.engine.name = name
        self.slow = 1.0
        self._air, self._run_s = air, run_s
        self._hub, self._mail = Talk(air, name, _CONTROL), Talk(air, name, _MAIL)
        self._enlist()

    def _enlist(self) -> None:
        self._hub.say(HUB, m.Enlist(self.name, 0, m.Mailbox(self.name), "numpy", "cpu"))

    def hear(self, sender: str, channel: str, stretch: Stretch[Any], now: float) -> None:
        """A packet has come."""
        if channel == _CONTROL:
            told, is_new = self._hub.hear(sender, stretch, now)
            if is_new:  # the dispatcher took this worker for lost
                self._do(self.machine.reset())
                self._enlist()
            for message in told:
                self._do(self.machine.hear(message))
        else:
            for message, array in self._mail.hear(sender, stretch, now)[0]:
                value = message if array is None else self.engine.accept(array, message.dtype)
                self._do(self.machine.receive(message, value))

    def tick(self, now: float) -> None:
        """Time has passed."""
        if self._hub.tick(now):
            self._air.remove(self.name)
        self._mail.tick(now)

    def _do(self, instructions: Sequence[w.Instruction]) -> None:
        for x in instructions:
            if isinstance(x, w.Tell):
                self._hub.say(HUB, x.message)
            elif isinstance(x, w.Mail):
                array = None if x.value is None else self.engine.give(x.value)
                self._mail.say(x.mailbox.endpoint, (x.message, array))
            elif isinstance(x, w.Learn):
                self.engine.learn(x.program)
            elif isinstance(x, w.Unlearn):
                self.engine.unlearn(x.digests)
            elif isinstance(x, w.Part):
                self._mail.forget(x.mailbox.endpoint)
            elif isinstance(x, w.Compute):
                self._compute(x)
            elif isinstance(x, w.Discard):
                self.engine.discard(x.value)
            else:
                self._air.remove(self.name)

    def _compute(self, x: w.Compute) -> None:
        outcome = self.engine.run(x.run, x.values)

        def end() -> None:
            if self.name in self._air.frozen:
                self._air.later(0.1, end)
            elif self._air.is_there(self):
                self._do(self.machine.finished(x.run, outcome.results))

        self._air.later(self._run_s() * self.slow, end)


@final
class ClientNode:
    """A client; as a wire, it lets the air's time pass while it waits."""

    def __init__(self, air: Air, name: str) -> None:
        self.name = name
        self.session = s.Session()
        self._air = air
        self._hub, self._mail = Talk(air, name, _CONTROL), Talk(air, name, _MAIL)
        self._hub.say(HUB, m.Join(name, 0, m.Mailbox(name)))

    def hear(self, sender: str, channel: str, stretch: Stretch[Any], now: float) -> None:
        """A packet has come."""
        if channel == _CONTROL:
            told, is_new = self._hub.hear(sender, stretch, now)
            if is_new:
                self.session.lose(m.Failure("RemoteError", "the dispatcher gave this session up"))
            for message in told:
                self.perform(self.session.hear(message))
        else:
            for message, array in self._mail.hear(sender, stretch, now)[0]:
                self.perform(self.session.receive(message, array))

    def tick(self, now: float) -> None:
        """Time has passed."""
        if self._hub.tick(now):
            self.session.lose(m.Failure("RemoteError", "the dispatcher is gone"))
        self._mail.tick(now)

    def perform(self, instructions: Sequence[s.Instruction]) -> None:
        """Say and send."""
        for x in instructions:
            if isinstance(x, s.Tell):
                self._hub.say(HUB, x.message)
            elif isinstance(x, s.Mail):
                self._mail.say(x.mailbox.endpoint, (x.message, x.value.array))

    def wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Let the air's time pass until something is so."""
        return self._air.run(until, timeout_s)

    def hold(self, array: Any) -> c.Kept:
        """A copy."""
        return c.Kept(array.copy())

    def survey(self, timeout_s: float) -> None:
        """Nobody is asked."""

    def close(self) -> None:
        """Nothing is held."""


@final
class Simulation:
    """A dispatcher and workers in an air, and clients of them."""

    def __init__(
        self,
        workers: int,
        air: Air,
        limits: floor.Limits = floor.Limits(),
        run_s: Callable[[], float] = lambda: 0.001,
    ) -> None:
        self.air = air
        self._run_s = run_s
        self.dispatcher = DispatcherNode(air, limits)
        air.add(self.dispatcher)
        self.workers = [self.worker(f"w{i}") for i in range(workers)]

    def worker(self, name: str) -> WorkerNode:
        """One more worker."""
        node = WorkerNode(self.air, name, self._run_s)
        self.air.add(node)
        return node

    def client(self, name: str) -> c.Client:
        """One more client, once its session is open."""
        node = ClientNode(self.air, name)
        self.air.add(node)
        if not node.wait(lambda: node.session.number is not None, 60.0):
            raise TimeoutError("no session was opened")
        return c.Client(node, node.session)
