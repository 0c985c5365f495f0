"""Where tensors live: the program that is being recorded, and the session that runs it.

Ops are recorded as nodes of a fragment. When a value is asked for, or the fragment is long, it goes
to the session as one graph, whose results are the values that something still refers to. A fragment
that was seen before, node by node, is the same program there.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

import gradloom.frontend.numpy.install  # noqa: F401  (gives the tracer its operators)
from gradloom.eager import scopes
from gradloom.eager.placing import Fragment, Held, Placing, fetch
from gradloom.eager.programs import Programs, leading_to, shape_of
from gradloom.eager.tape import Tape
from gradloom.frontend.trace import Trace, stack
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.graph import Literal, Node, Operand, Value
from gradloom.ir.location import Location, user_location
from gradloom.ir.types import type_of
from gradloom.runtime import current
from gradloom.runtime.client import Client, Ref
from gradloom.runtime.wiring import APART, COMPILED

if TYPE_CHECKING:
    from gradloom.eager.tensor import Tensor

MOST_NODES: Final = 512
"""Nodes of a fragment; a longer one is sent at once."""

lock: Final = threading.RLock()
"""Held while something is recorded or sent."""


class _Mode(threading.local):
    grad = True


mode: Final = _Mode()
"""Whether derivatives are recorded, per thread."""


@final
class Home:
    """The tensors of one session."""

    def __init__(self, session: Callable[[], Client]) -> None:
        self._session = session
        self.tape: Final = Tape()
        self.placing: Final = Placing()
        self.tensors: dict[int, weakref.ref[Tensor]] = {}
        self.leaves: dict[Value, weakref.ref[Tensor]] = {}
        self.retained: dict[Value, weakref.ref[Tensor]] = {}
        self.hooks: dict[Operand, list[Callable[[Tensor], Any]]] = {}  # by tangent
        self.functions: dict[Operand, Callable[..., Any]] = {}  # of the user's own, by tangent
        self.wanted: set[Value] = set()  # the tangents whose cotangents `backward` keeps
        self._pinned: list[Mapping[Operand, object]] = []
        self._held: dict[Operand, Held] = {}
        self._programs = Programs()
        self.memory: dict[Any, Any] = {}  # what calls recorded (remembered.py)
        self.ways: dict[Any, Any] = {}  # back through the tape (reverse.py)
        self.is_learning = False
        self.looks = 0  # how often a value was asked for
        self._renew()

    def _renew(self) -> None:
        self.trace = Trace("eager", None)
        self._followed = 0

    # ---- recording -------------------------------------------------------------------------------

    @contextmanager
    def recording(self, grad: bool, location: Location | None) -> Iterator[Trace]:
        """Inside, ops are recorded here; with their derivatives, where `grad` says so."""
        with lock:
            outer, builder = stack.trace, self.trace.builder
            stack.trace, builder.location = self.trace, location
            start = len(builder.nodes)
            try:
                with build.scope(builder):
                    yield self.trace
                if grad:
                    self.tape.follow(builder.nodes[self._followed :], builder.nodes)
            finally:
                self.placing.ask(builder.nodes[start:])
                self._followed = len(builder.nodes)
                stack.trace = outer

    def followed(self) -> None:
        """What is recorded so far is on the tape already."""
        self._followed = len(self.trace.builder.nodes)

    @contextmanager
    def pinned(self, values: Mapping[Operand, object]) -> Iterator[None]:
        """Inside, these values are needed, whoever refers to them."""
        self._pinned.append(values)
        try:
            yield
        finally:
            self._pinned.pop()

    def put(self, array: np.ndarray) -> Value:
        """A value of the program's own: the array, which nobody changes any more."""
        value = Value(type_of(array))
        with lock:
            self._held[value] = array
            self.placing.want(value)
        return value

    def filled(self, number: Literal) -> Operand:
        """A number in every place: it stands inline, but where a signal says where it is to be."""
        if scopes.stack.placed is None:
            return number
        with self.recording(False, user_location()):
            made: Operand = o.reshape(number, shape=number.type.shape)
        self.placing.want(made)
        return made

    def again(self, value: Operand) -> Value | None:
        """Another value with the same array, where there is one."""
        with lock:
            held = self._held.get(value)
            if held is None:
                return None
            made = Value(value.type)
            self._held[made] = held
            self.placing.share(value, made)
            return made

    def settle(self) -> None:
        """Send the fragment if it is long."""
        if len(self.trace.builder.nodes) >= MOST_NODES:
            self.flush()

    # ---- values ----------------------------------------------------------------------------------

    def fetch(self, value: Operand) -> np.ndarray:
        """A copy of a value's array."""
        self.looks += 1
        if isinstance(value, Literal):
            return np.full(value.type.shape, value.value, value.type.dtype)
        with lock:
            held = self._held.get(value)
            if held is None:
                self.flush((value,))
                held = self._held[value]
            if isinstance(held, np.ndarray):
                return held.copy()
            array = fetch(self._session(), held)
        return array if array.flags.writeable else array.copy()

    # ---- fragments -------------------------------------------------------------------------------

    def parts(self, value: Operand) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
        """Which worker has which part of a value; nothing where no signal placed it."""
        with lock:
            self.flush((value,))
            return self.placing.parts(self._session(), value, self._held)

    def flush(self, asked: Sequence[Operand] = (), compiled: bool = False) -> None:
        """Send what is recorded; as one program that workers compile, where `compiled`."""
        with lock:
            nodes = self.trace.builder.nodes
            needed = self._needed(asked)
            kept = leading_to(nodes, needed)
            try:
                if kept:
                    self._send(kept, needed, (APART, COMPILED) if compiled else (APART,))
            finally:
                for node in nodes:
                    for result in node.results:
                        result.node = None
                self._held = {v: h for v, h in self._held.items() if v in needed}
                self.placing.forget(self._held)
                self._renew()

    def _needed(self, asked: Sequence[Operand]) -> set[Operand]:
        alive = [t for r in list(self.tensors.values()) if (t := r()) is not None]
        pinned = [v for values in self._pinned for v in values.values() if isinstance(v, Value)]
        values = [*asked, *pinned, *[v for t in alive for v in t._values()]]
        known = self.tape.tangents
        tangents = [known[v] for v in values if v in known]
        self.leaves = {t: r for t, r in self.leaves.items() if r() is not None}
        self.retained = {t: r for t, r in self.retained.items() if r() is not None}
        needed = self.tape.sweep(tangents, values)
        self.hooks = {t: h for t, h in self.hooks.items() if t in self.tape.linear}
        self.functions = {t: f for t, f in self.functions.items() if t in self.tape.linear}
        return needed

    def _send(self, nodes: list[Node], needed: set[Operand], notes: tuple[str, ...]) -> None:
        session = self._session()
        shape = shape_of(nodes, needed)
        inputs, outputs = shape.inputs, shape.outputs
        where = str(nodes[-1].location or "")
        if self.placing.concerns(inputs, self._held):
            key = shape.key, tuple(shape.numbers), notes
            fragment = Fragment(nodes, inputs, outputs, key, notes)
            self.placing.send(session, fragment, self._held, where)
            return
        program = self._programs.ready(nodes, shape, notes)
        refs = [self._ref(session, x) for x in inputs]
        refs += [session.put(number) for number in program.numbers]
        self._held.update(zip(outputs, session.call(program.graph, refs, where), strict=True))

    def _ref(self, session: Client, value: Operand) -> Ref:
        held = self._held[value]
        if isinstance(held, np.ndarray):
            held = self._held[value] = session.put(held)
        assert isinstance(held, Ref)
        return held


# ---- which home ----------------------------------------------------------------------------------


_homes: weakref.WeakKeyDictionary[Client, Home] = weakref.WeakKeyDictionary()
_own: Final = Home(current.current)


def here() -> Home:
    """The home of the session that is current now."""
    session = current.inner()
    if session is None:
        return _own
    with lock:
        found = _homes.get(session)
        if found is None:
            known = weakref.ref(session)
            found = _homes[session] = Home(lambda: _alive(known))
    return found


def _alive(known: weakref.ref[Client]) -> Client:
    session = known()
    if session is None:
        raise RuntimeError("the session of these tensors is over")
    return session
