"""One process's sockets: a conversation with the dispatcher or, as the dispatcher, with all; and a
mailbox where parcels come.

Whoever waits for something hears meanwhile; a thread of its own keeps heartbeats going while the
process computes. A lock holds the two apart: sockets are used by one thread at a time.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, final

import zmq
from zmq.auth.thread import ThreadAuthenticator

from gradloom.ir.errors import FileError
from gradloom.runtime import messages as m
from gradloom.runtime.link import Pace, Stretch
from gradloom.runtime.transport import codec
from gradloom.runtime.transport.channel import Channel
from gradloom.runtime.transport.host import this_host
from gradloom.runtime.transport.keys import Keys
from gradloom.runtime.transport.road import Road, beside, road

MAIL_PACE: Final = Pace(beat_s=2.0, again_s=1.0, silence_s=30.0)
HUB: Final = b"dispatcher"
"""The dispatcher, as its clients and workers call it."""
KEEP_S: Final = 0.05
"""How often the thread looks whether something is due."""
_MOST_PIECES: Final = 64
"""Packets of one sender that a mailbox keeps; the others wait where they come from."""
_AT_ONCE: Final = 256
"""Packets taken from one socket before the next has its turn."""


@final
class Station:
    """See the module's text.

    `control` is the address of the dispatcher, which binds it (`is_hub`), and to which others
    connect. `mailbox` is where parcels come; the dispatcher has none. Whatever is heard is handed
    to `on_control(peer, message)` and `on_mail(peer, message)`, under the lock.
    """

    def __init__(
        self,
        control: str,
        mailbox: str | None,
        is_hub: bool,
        on_control: Callable[[Any, Any], None],
        on_mail: Callable[[Any, Any], None],
        keys: Keys | None = None,
    ) -> None:
        self._keys = keys
        self.lock = threading.RLock()
        self.context = zmq.Context()
        self.control = Channel(Pace(), False, on_control)
        self.mail = Channel(MAIL_PACE, True, on_mail)
        self.on_tick: Callable[[float], None] = lambda now: None
        self.on_lost: Callable[[Any], None] = lambda peer: None
        self.on_mail_lost: Callable[[Any], None] = lambda peer: None
        self._later: deque[Callable[[], None]] = deque()
        self._unsaid: dict[Any, list[Any]] = {}
        self.unsaid = 0
        """Messages that wait for `flush`."""
        self._poller = zmq.Poller()
        self._doorman = None if keys is None else _doorman(self.context, keys)
        self._is_hub, self._control = is_hub, control
        if is_hub:
            self._hub = self._bound(control)
        else:
            hub_key = b"" if keys is None else keys.dispatcher()
            self._hub = self._connected(control, hub_key)
        self._box = None if mailbox is None else self._bound(mailbox)
        if self._box is not None:
            self._box.setsockopt(zmq.RCVHWM, _MOST_PIECES)
        self._outgoing: dict[m.Mailbox, zmq.Socket[bytes]] = {}
        self._road = None if keys is not None else self._own_road()
        if self._road is not None:
            self._poller.register(self._road, zmq.POLLIN)
        self._ways: dict[Any, str] = {}  # the roads to peers that are known to know this station
        self._watched: dict[int, Callable[[], None]] = {}
        self._ticked = time.monotonic()
        self._keeper: threading.Thread | None = None
        self._open = True

    @property
    def now(self) -> float:
        """The time, in seconds."""
        return time.monotonic()

    @property
    def address(self) -> str:
        """Where the dispatcher is bound."""
        return _endpoint(self._hub)

    @property
    def mailbox(self) -> m.Mailbox:
        """Where the mailbox is bound."""
        assert self._box is not None
        key = "" if self._keys is None else self._keys.public.decode()
        return m.Mailbox(_endpoint(self._box), this_host(), key)

    def say(self, peer: Any, message: Any, soon: bool = True) -> None:
        """Say this to the dispatcher, or as the dispatcher to a peer, at the next `flush`; what
        need not be soon waits for something else to be said, or for the next tick.
        """
        self._unsaid.setdefault(peer, []).append(message)
        self.unsaid += soon

    def flush(self, everything: bool = False) -> None:
        """Send what is to be said; hearing does so too."""
        if self.unsaid or (everything and self._unsaid):
            unsaid, self._unsaid, self.unsaid = self._unsaid, {}, 0
            now = time.monotonic()
            for peer, messages in unsaid.items():
                for stretch in self.control.talk.say(peer, messages, now):
                    self._send_control(peer, stretch)

    def send(self, mailbox: m.Mailbox, *messages: Any) -> None:
        """Send this to a mailbox."""
        for stretch in self.mail.talk.say(mailbox, messages, time.monotonic()):
            self._send_mail(mailbox, stretch)

    def answer(self, peer: Any, *messages: Any) -> None:
        """Say this to one who sent to the own mailbox, or whose mailbox was sent to."""
        for stretch in self.mail.talk.say(peer, messages, time.monotonic()):
            self._send_mail(peer, stretch)

    def part(self, mailbox: m.Mailbox) -> None:
        """Nobody is at a mailbox any more."""
        self.mail.talk.forget(mailbox)
        self._leave(mailbox)

    def forget(self, peer: Any) -> None:
        """As the dispatcher: the conversation with a peer is over."""
        self.control.talk.forget(peer)
        self._ways.pop(peer, None)

    def later(self, what: Callable[[], None]) -> None:
        """Do this when next something is heard: whoever calls may not use the sockets."""
        self._later.append(what)

    def pump(self, timeout_s: float) -> None:
        """Hear what there is to hear, waiting for it at most so long; then do what is due."""
        self._catch_up()
        self.flush()
        due = max(0.0, self._ticked + KEEP_S - time.monotonic())
        ready = dict(self._poller.poll(int(min(timeout_s, due) * 1_000)))
        # The mailbox first: memory that comes back can be used for what is asked next.
        if self._box is not None and self._box in ready:
            self._drain(self._box, self.mail, self._send_mail, True)
        if self._road is not None and self._road.fileno() in ready:
            self._drain_road(self._road)
        if self._hub in ready:
            self._drain(self._hub, self.control, self._send_control, self._is_hub)
        if len(ready) > (self._hub in ready) + (self._box in ready):
            for ended in [x for d, x in self._watched.items() if d in ready]:
                ended()
            for mailbox, socket in list(self._outgoing.items()):
                if socket in ready:
                    self._drain(socket, self.mail, self._send_mail, False, mailbox)
        self._catch_up()
        now = time.monotonic()
        if now >= self._ticked + KEEP_S:
            self._tick(now)
        self.flush()

    def watch(self, descriptor: int, ended: Callable[[], None]) -> None:
        """Call `ended` when there is something to read from a descriptor."""
        self._watched[descriptor] = ended
        self._poller.register(descriptor, zmq.POLLIN)

    def unwatch(self, descriptor: int) -> None:
        """Watch a descriptor no longer."""
        if self._watched.pop(descriptor, None) is not None:
            self._poller.unregister(descriptor)

    def keep(self) -> None:
        """Have a thread hear and beat whenever nobody else does."""
        self._keeper = threading.Thread(target=self._keep, name="gradloom-keeper", daemon=True)
        self._keeper.start()

    def close(self) -> None:
        """Close every socket; what is still to be sent is given a moment."""
        with self.lock:
            self._open = False
            self.flush(everything=True)
            for socket in (self._hub, self._box, *self._outgoing.values()):
                if socket is not None:
                    socket.close(linger=200)
            self._outgoing.clear()
            if self._road is not None:
                self._poller.unregister(self._road)
                self._road.close()
                self._road = None
            if self._doorman is not None:
                self._doorman.stop()
        if self._keeper is not None and self._keeper is not threading.current_thread():
            self._keeper.join(2.0)
        self.context.term()

    # ---- below -----------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        while self._later:
            self._later.popleft()()

    def _keep(self) -> None:
        while self._open:
            time.sleep(KEEP_S)
            if self.lock.acquire(blocking=False):
                try:
                    if self._open:
                        self.pump(0.0)
                finally:
                    self.lock.release()

    def _bound(self, address: str) -> zmq.Socket[bytes]:
        socket = self._socket(zmq.ROUTER)
        if self._keys is not None:
            socket.curve_server = True
        socket.bind(address)
        return socket

    def _own_road(self) -> Road | None:
        """The road beside the address that is bound. Who has bound none is reached by ZMQ alone:
        the road beside the dispatcher's address is the dispatcher's own.
        """
        bound = self._hub if self._is_hub else self._box
        return None if bound is None else road(_endpoint(bound))

    def _connected(self, address: str, key: bytes) -> zmq.Socket[bytes]:
        socket = self._socket(zmq.DEALER)
        try:
            if self._keys is not None:
                socket.curve_serverkey = key
            socket.connect(address)
        except (zmq.ZMQError, ValueError):
            self._poller.unregister(socket)
            socket.close(linger=0)
            raise
        return socket

    def _socket(self, kind: int) -> zmq.Socket[bytes]:
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SNDHWM, 0)
        socket.setsockopt(zmq.RCVHWM, 10_000)
        socket.setsockopt(zmq.MAXMSGSIZE, m.MOST_PACKET)
        if self._keys is not None:
            socket.curve_secretkey = self._keys.secret
            socket.curve_publickey = self._keys.public
        self._poller.register(socket, zmq.POLLIN)
        return socket

    def _drain(
        self,
        socket: zmq.Socket[bytes],
        channel: Channel,
        send: Callable[[Any, Stretch[Any]], None],
        routed: bool,
        peer: Any = HUB,
    ) -> None:
        for _ in range(_AT_ONCE):
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if routed:
                channel.take(frames[0], frames[1:], send)
            else:
                channel.take(peer, frames, send)
                if peer not in self._ways:
                    self._greet(peer, channel)

    def _greet(self, peer: Any, channel: Channel) -> None:
        """Show the own road to a peer whose answer shows that it knows this station."""
        way = self._ways[peer] = beside(self._control if peer is HUB else peer.endpoint)
        if way and self._road is not None:
            for stretch in channel.talk.say(peer, (), time.monotonic()):
                self._road.send(way, codec.frames(stretch))

    def _drain_road(self, road: Road) -> None:
        for _ in range(_AT_ONCE):
            came = road.take()
            if came is None:
                return
            try:
                stretch = codec.stretch(came.frames)
            except FileError:
                self.control.bad += 1
                continue
            for channel, send in ((self.mail, self._send_mail), (self.control, self._send_control)):
                peer = channel.peers.get(stretch.sender)
                if peer is not None and stretch.to:
                    self._ways.setdefault(peer, came.sender)
                    channel.hear(peer, stretch, send)

    def _distrust(self, peer: Any, stretch: Stretch[Any]) -> None:
        """Use the road no more to one who has to be told again: what went by it may be lost."""
        if stretch.messages:
            self._ways[peer] = ""

    def _goes_by_road(self, peer: Any, stretch: Stretch[Any]) -> bool:
        """Whether a stretch went by the road, or all of it that has to go."""
        way = self._ways.get(peer)
        if not way or self._road is None or not stretch.to or not stretch.messages:
            return False
        return self._road.send(way, codec.frames(stretch))

    def _tick(self, now: float) -> None:
        late = now - self._ticked - KEEP_S
        self._ticked = now
        self.flush(everything=True)
        if late > KEEP_S * 10:  # this process was stopped, or its interpreter busy
            self.control.talk.excuse(late)
            self.mail.talk.excuse(late)
        passed = self.control.talk.tick(now)
        for peer, stretch in passed.send:
            self._distrust(peer, stretch)
            self._post_control(peer, stretch)
        for peer in passed.lost:
            self._ways.pop(peer, None)
            self.on_lost(peer)
        mail = self.mail.talk.tick(now)
        for peer, stretch in mail.send:
            self._distrust(peer, stretch)
            self._post_mail(peer, stretch)
        for peer in mail.lost:
            self._leave(peer)
        self.on_tick(now)

    def _leave(self, peer: Any) -> None:
        self._ways.pop(peer, None)
        socket = self._outgoing.pop(peer, None) if isinstance(peer, m.Mailbox) else None
        if socket is not None:
            self._poller.unregister(socket)
            socket.close(linger=0)
        self.on_mail_lost(peer)

    def _send_control(self, peer: Any, stretch: Stretch[Any]) -> None:
        if not self._goes_by_road(peer, stretch):
            self._post_control(peer, stretch)

    def _post_control(self, peer: Any, stretch: Stretch[Any]) -> None:
        for frames in codec.packets(stretch):
            _send(self._hub, [peer, *frames] if self._is_hub else frames)

    def _send_mail(self, peer: Any, stretch: Stretch[Any]) -> None:
        if not self._goes_by_road(peer, stretch):
            self._post_mail(peer, stretch)

    def _post_mail(self, peer: Any, stretch: Stretch[Any]) -> None:
        if isinstance(peer, bytes):
            assert self._box is not None
            for frames in codec.packets(stretch):
                _send(self._box, [peer, *frames])
            return
        socket = self._outgoing.get(peer)
        if socket is None:
            try:
                socket = self._connected(peer.endpoint, peer.key.encode())
            except (zmq.ZMQError, ValueError):  # no address: its owner never hears anything
                self.mail.bad += 1
                return
            self._outgoing[peer] = socket
        for frames in codec.packets(stretch):
            _send(socket, frames)


def _send(socket: zmq.Socket[bytes], frames: Sequence[codec.Frame]) -> None:
    """Send, where anybody is connected; what does not go is said again."""
    with contextlib.suppress(zmq.Again):
        socket.send_multipart(frames, zmq.NOBLOCK)


def _doorman(context: zmq.Context[zmq.Socket[bytes]], keys: Keys) -> ThreadAuthenticator:
    """What lets those on the list in, and nobody else."""
    doorman = ThreadAuthenticator(context)
    doorman.start()
    doorman.configure_curve(domain="*", location=keys.allowed)
    return doorman


def _endpoint(socket: zmq.Socket[bytes]) -> str:
    endpoint: str = socket.getsockopt_string(zmq.LAST_ENDPOINT)
    return endpoint
