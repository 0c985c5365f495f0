"""What a program does with a cluster: values there, programs on them, and answers."""

from __future__ import annotations

import weakref
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol, final

import numpy as np

from gradloom.ir.errors import ArgumentError, RemoteError, WorkerLost
from gradloom.ir.graph import Graph
from gradloom.ir.types import dtype_name
from gradloom.runtime import messages as m
from gradloom.runtime.fields import MOST_VALUES
from gradloom.runtime.session import Instruction, Session
from gradloom.runtime.watch import Surveyed
from gradloom.runtime.wiring import pack

Array = np.ndarray[Any, Any]
TIMEOUT_S: Final = 60.0
"""How long an answer is waited for where nothing else is said."""
MOST_UNDER_WAY: Final = 1_024
"""Calls that may be under way; the next waits for some to be done."""


class Kept(NamedTuple):
    """A value of the program's own as it is kept: a copy, and the shared memory that it is in."""

    array: Array
    segment: Any = None


class Wire(Protocol):
    """What carries a session's instructions, and brings what it hears."""

    def perform(self, instructions: Sequence[Instruction]) -> None:
        """Say and send; returns at once."""

    def wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Hear until something is so; whether it came to be so in time."""

    def hold(self, array: Array) -> Kept:
        """The array as it is kept until nobody can need it."""

    def survey(self, timeout_s: float) -> Surveyed | None:
        """How the workers do, None where nobody says so in time."""

    def close(self) -> None:
        """Let go."""


@final
class Ref:
    """A value on the cluster, until nobody refers to it."""

    __slots__ = ("_client", "number", "shape")

    def __init__(self, client: Client, number: int) -> None:
        self._client = client
        self.number = number

    def __del__(self) -> None:
        self._client.freed(self.number)


@final
class Asked:
    """The answer to a question for a value, which comes while somebody listens to the session. The
    value stays until then.
    """

    __slots__ = ("_number", "_ref", "_session")

    def __init__(self, session: Session, number: int, ref: Ref) -> None:
        self._session = session
        self._number = number
        self._ref = ref

    @property
    def is_there(self) -> bool:
        """Whether it can be taken."""
        return self._session.has_answer(self._number)

    def taken(self) -> Array:
        """The array, once; raises WorkerLost or RemoteError where there is none."""
        answer = self._session.answer(self._number)
        if isinstance(answer, m.Failure):
            raise error_of(answer)
        array: Array = answer.array.copy() if isinstance(answer, Kept) else answer
        return array

    def give_up(self) -> None:
        """Nobody wants it any more."""
        self._session.give_up(self._number)


class Known(NamedTuple):
    """What a session knows of a graph while somebody refers to it: its digest and constants."""

    graph: weakref.ref[Graph]
    digest: str
    constants: tuple[Ref, ...]


@final
class Client:
    """A session as a program uses it. Only `fetch` waits, and a call where too many are under way.

    Every method raises RemoteError once the session is over.
    """

    def __init__(self, wire: Wire, session: Session) -> None:
        self._wire = wire
        self._session = session
        self._programs: dict[int, Known] = {}  # by the graph's id
        self._graphs_of: Counter[str] = Counter()  # by digest
        self._gone: list[int] = []  # graphs that nobody refers to any more
        self._freed: deque[int] = deque()  # values are let go of in any thread
        self._is_closed = False

    @property
    def is_open(self) -> bool:
        """Whether the session is not over."""
        return self._session.failure is None

    @property
    def is_closed(self) -> bool:
        """Whether `close` ended the session."""
        return self._is_closed

    def listen(self, seconds: float) -> None:
        """Hear what there is to hear for so long."""
        self._wire.wait(lambda: False, seconds)

    @property
    def places(self) -> tuple[m.Place, ...]:
        """The workers that the session knows of."""
        return tuple(self._session.places.values())

    def put(self, array: Array, worker: int = -1) -> Ref:
        """A value of the program's own: the array as it is now."""
        self._require()
        kept = self._wire.hold(array)
        number, out = self._session.put(dtype_name(array.dtype), array.shape, kept, worker)
        self._wire.perform(out)
        return Ref(self, number)

    def call(
        self, graph: Graph, arguments: Sequence[Ref], where: str = "", worker: int = -1
    ) -> tuple[Ref, ...]:
        """The values of a graph's results."""
        self._require()
        self._flush()
        known = self._programs.get(id(graph)) or self._learn(graph)
        inputs = self._numbers((*arguments, *known.constants))
        if max(len(inputs), len(graph.results)) > MOST_VALUES:
            raise ArgumentError(
                f"{graph.name}: {len(inputs)} arguments and {len(graph.results)} results, where "
                f"{MOST_VALUES} are the most"
            )
        numbers, out = self._session.call(known.digest, inputs, len(graph.results), where, worker)
        self._wire.perform(out)
        if self._session.under_way > MOST_UNDER_WAY:
            self._until(
                lambda: self._session.under_way <= MOST_UNDER_WAY // 2,
                TIMEOUT_S,
                "calls to be done",
            )
        return tuple(Ref(self, n) for n in numbers)

    def fetch(self, ref: Ref, timeout_s: float = TIMEOUT_S) -> Array:
        """The array of a value; WorkerLost where it went with a worker, RemoteError where making it
        failed, or nothing came in time.
        """
        asked = self.ask(ref)
        try:
            self._until(lambda: asked.is_there, timeout_s, f"value {ref.number}")
        except BaseException:
            asked.give_up()
            raise
        return asked.taken()

    def ask(self, ref: Ref) -> Asked:
        """Ask for the array of a value, and do not wait for it."""
        self._require()
        number, out = self._session.fetch(*self._numbers((ref,)))
        self._flush()
        self._wire.perform(out)
        return Asked(self._session, number, ref)

    def wait(self, until: Callable[[], bool], timeout_s: float) -> bool:
        """Hear until something is so; whether it came to be so in time."""
        return self._wire.wait(until, timeout_s)

    def tell_freed(self) -> None:
        """Have values dropped that nobody refers to any more, where nothing else will be said."""
        if self.is_open:
            self._flush()

    def survey(self, timeout_s: float = 10.0) -> Surveyed:
        """How the workers do: what they ran, keep and have to do."""
        self._require()
        found = self._wire.survey(timeout_s)
        if found is None:
            raise RemoteError(f"nothing came for {timeout_s:g} s while asking how the workers do")
        return found

    def checkpoint(self) -> None:
        """Have the values that there are kept at a second worker, where there is one; returns at
        once. That happens by itself every 2,000 calls, unless they are more than 256 MiB.
        """
        self._require()
        self._flush()
        self._wire.perform(self._session.keep())

    def freed(self, number: int) -> None:
        """Nobody refers to a value any more; it is told with what is said next."""
        self._freed.append(number)

    def close(self) -> None:
        """End the session: its values go."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._session.failure is None:
            self._wire.perform(self._session.leave())
        self._wire.close()

    # ---- below -----------------------------------------------------------------------------------

    def _numbers(self, refs: Sequence[Ref]) -> list[int]:
        """The values' numbers; ArgumentError where one is another session's."""
        for ref in refs:
            if ref._client is not self:
                over = "" if ref._client.is_open else ", which is over"
                raise ArgumentError(
                    f"value {ref.number} is of another session{over}",
                    hint="fetch it there, and put it into this one",
                )
        return [ref.number for ref in refs]

    def _learn(self, graph: Graph) -> Known:
        packed, gone, key = pack(graph), self._gone, id(graph)
        digest = packed.define.digest
        if not self._session.is_defined(digest):
            self._wire.perform(self._session.define(packed.define))
        constants = tuple(self.put(c.array) for c in packed.constants)
        there = weakref.ref(graph, lambda _: gone.append(key))
        known = self._programs[key] = Known(there, digest, constants)
        self._graphs_of[digest] += 1
        return known

    def _unlearn(self) -> None:
        """Let go of graphs that are gone, and of the programs that no other graph is."""
        digests = []
        while self._gone:
            digest = self._programs.pop(self._gone.pop()).digest
            self._graphs_of[digest] -= 1
            if not self._graphs_of[digest]:
                del self._graphs_of[digest]
                digests.append(digest)
        self._wire.perform(self._session.undefine(digests))

    def _flush(self) -> None:
        if self._gone:
            self._unlearn()
        if self._freed:
            freed = [self._freed.popleft() for _ in range(len(self._freed))]
            self._wire.perform(self._session.free(freed))

    def _until(self, until: Callable[[], bool], timeout_s: float, what: str) -> None:
        if not self._wire.wait(until, timeout_s):
            names = ", ".join(p.name for p in self.places) or "no worker"
            raise RemoteError(
                f"nothing came for {timeout_s:g} s while waiting for {what} (of {names})",
                hint="give fetch a longer timeout_s, or see `gradloom top` for what the workers do",
            )

    def _require(self) -> None:
        if self._session.failure is not None:
            raise error_of(self._session.failure)


def error_of(failure: m.Failure) -> RemoteError | WorkerLost:
    """The error that tells a failure."""
    if failure.kind == "WorkerLost":
        return WorkerLost(failure.text, hint=failure.where and f"made at {failure.where}")
    kind = "" if failure.kind in ("", "RemoteError") else f"{failure.kind}: "
    error = RemoteError(
        f"{kind}{failure.text}" + (f" (on {failure.worker})" if failure.worker else ""),
        hint=failure.where and f"called at {failure.where}",
    )
    if failure.traceback:
        error.add_note(f"on the worker:\n{failure.traceback}")
    return error
