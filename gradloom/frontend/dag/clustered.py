"""Calls made by a gradloom cluster. No code travels: a call that is plain numpy goes as a traced
program, one worker's results stay with it, and every other call is made here, in a thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from gradloom.frontend.dag.elsewhere import Away, Part, away_or_here
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.parallel import Pool
from gradloom.frontend.dag.run import Watch
from gradloom.frontend.dag.step import Step
from gradloom.frontend.dag.traced import Program, Programs, Untraceable
from gradloom.frontend.dag.work import Crew, Outcome
from gradloom.frontend.signature import flatten, rebuild
from gradloom.ir.errors import RemoteError
from gradloom.ir.ops.called import spread

if TYPE_CHECKING:
    from gradloom.runtime.client import Asked, Client, Ref

_AHEAD: Final = 2
"""Calls that a worker has at once: while it makes one, the next is on its way."""
_GLANCE_S: Final = 0.002
"""So often a run that waits for the cluster looks whether a thread is done."""
_PATIENCE_S: Final = 1.0
"""So long a run that ends waits at a time for the cluster, whose session may be over meanwhile."""
HERE: Final = "here"


def session_of(which: Any) -> Client | None:
    """The session that is meant by one, by a cluster, or by "cluster"; None for all else."""
    if which == "cluster":
        from gradloom.runtime.current import current

        return current()
    if "gradloom.runtime.client" not in sys.modules:  # then there is none
        return None
    from gradloom.runtime.client import Client

    session = getattr(which, "session", which)
    return session if isinstance(session, Client) else None


@final
@dataclass(slots=True, eq=False)
class _Sent:
    """A call that a worker makes."""

    step: Step
    program: Program
    refs: tuple[Ref, ...]
    done: Asked
    worker: int
    begun: float


@final
class ClusterCrew(Crew):
    """The calls of a run at a cluster, and in threads here."""

    def __init__(self, programs: Programs, threads: Pool, watch: Watch) -> None:
        self._programs = programs
        self._session = programs.session
        self._threads = threads
        self._watch = watch
        self._ready: deque[tuple[Step, Program]] = deque()
        self._later: deque[Step] = deque()
        self._sent: list[_Sent] = []
        self._load: Counter[int] = Counter()
        self._given: Counter[int] = Counter()
        self._free_at: dict[int, float] = {}
        self._coming: dict[DataNode, list[Asked]] = {}
        self._waiting: dict[Step, list[DataNode]] = {}
        self._there = _There(self._session)
        self._ended: deque[Outcome] = deque()
        self._reasons: dict[Step, str] = {}

    # ---- for the run -----------------------------------------------------------------------------

    def begin(self, step: Step) -> None:
        """Send a call to a worker, or have it made here."""
        if step.cache is not None:
            self._begin_here(step, "its results are kept on disk")
            return
        if self._threads.under_way and self._programs.closes_arrays(step):
            self._later.append(step)  # a thread might want to write into one
            return
        try:
            program = self._programs.of(step)
        except Untraceable as untraceable:
            self._begin_here(step, str(untraceable))
            return
        except Exception as error:  # of a session that is over, say
            self._ended.append(Outcome(step, error=error, place=HERE))
            return
        self._ready.append((step, program))
        self._send()

    def next(self, timeout_s: float) -> Outcome | None:
        """A call that has ended, here or there."""
        found = self._found()
        if found is not None:
            return found
        if self._sent or self._coming:
            busy = self._threads.under_way
            self._session.wait(self._has_news, min(timeout_s, _GLANCE_S) if busy else timeout_s)
            return self._found()
        return self._of_threads(timeout_s)

    def forget(self, node: DataNode) -> None:
        """No call of the run needs this value any more."""
        self._there.forget(node)

    def end(self) -> Iterator[Outcome]:
        """Begin no more calls, and wait for those that are being made."""
        self._later.clear()
        self._ready.clear()
        self._waiting.clear()
        while self._sent and self._session.is_open:
            self._session.wait(self._has_news, _PATIENCE_S)
            for sent in [sent for sent in self._sent if sent.done.is_there]:
                self._sent.remove(sent)
                with contextlib.suppress(Exception):  # the first error is on its way already
                    yield self._ended_there(sent)
        yield from self._threads.end()

    def close(self) -> None:
        """Let go of what workers keep for the run."""
        self._there.clear()
        for asked in [asked for coming in self._coming.values() for asked in coming]:
            asked.give_up()
        self._coming.clear()

    # ---- at workers ------------------------------------------------------------------------------

    def _send(self) -> None:
        """Give workers what they have room for."""
        while self._ready and len(self._sent) < _AHEAD * max(1, len(self._session.places)):
            step, program = self._ready.popleft()
            try:
                self._sent.append(self._called(step, program))
            except Exception as error:  # of a session that is over, say
                self._ended.append(Outcome(step, error=error))

    def _called(self, step: Step, program: Program) -> _Sent:
        worker = self._worker_for(program)
        self._watch.say("running", f"{step.uid} on {self._name(worker)}")
        refs = self._there.refs(step, program)
        where = "" if step.node.location is None else str(step.node.location)
        made = self._session.call(program.graph, refs, where, worker)
        self._load[worker] += 1
        self._given[worker] += 1
        return _Sent(
            step, program, made[:-1], self._session.ask(made[-1]), worker, time.perf_counter()
        )

    def _worker_for(self, program: Program) -> int:
        """The worker with least to do; of several the one that has most of the arguments, then the
        one that was given least.
        """
        held: Counter[int] = Counter()
        for x in program.inputs:
            if isinstance(x, Part):
                held[x.place] += x.nbytes
        places = [place.worker for place in self._session.places]
        return min(places, key=lambda w: (self._load[w], -held[w], self._given[w], w), default=-1)

    def _name(self, worker: int) -> str:
        names = (place.name for place in self._session.places if place.worker == worker)
        return next(names, "a worker")

    def _outcome(self, sent: _Sent) -> Outcome | None:
        """How a call at a worker ended; None where it is made here after all."""
        self._sent.remove(sent)
        self._load[sent.worker] -= 1
        name = self._name(sent.worker)
        try:
            return self._ended_there(sent)
        except RemoteError as error:
            if not self._session.is_open:
                return Outcome(sent.step, error=error, place=name)
            # The function itself knows best what is wrong, or a worker cannot what numpy can.
            self._begin_here(sent.step, f"it failed on {name}: {error.message}")
            return None
        except Exception as error:
            return Outcome(sent.step, error=error, place=name)

    def _ended_there(self, sent: _Sent) -> Outcome:
        """What a call gave whose answer has come; raises what it failed with. It began when it was
        sent, or when its worker was done with the one before.
        """
        now, name = time.perf_counter(), self._name(sent.worker)
        begun = max(sent.begun, self._free_at.get(sent.worker, 0.0))
        self._free_at[sent.worker] = now
        sent.done.taken()
        return Outcome(sent.step, self._result(sent, name), None, now - begun, 1, name)

    def _result(self, sent: _Sent, name: str) -> tuple[Any, ...]:
        refs = iter(sent.refs)
        whole = rebuild(
            sent.program.signature, sent.refs, lambda _, leaf: Part(next(refs), leaf, sent.worker)
        )
        results = spread(sent.step.uid, whole, len(sent.step.outputs))
        return tuple([away_or_here(result, self._session, name) for result in results])

    # ---- here ------------------------------------------------------------------------------------

    def _begin_here(self, step: Step, reason: str) -> None:
        """Make a call in a thread, once its arguments have come."""
        self._reasons[step] = reason
        self._watch.tell(f"here {step.uid}: {reason}")
        away = [node for node in step.inputs if isinstance(node.held, Away)]
        try:
            for node in away:
                if node not in self._coming:
                    self._coming[node] = node.held.asked()
        except Exception as error:  # of a session that is over, say
            self._ended.append(Outcome(step, error=error, place=HERE, reason=reason))
            return
        self._waiting[step] = away
        self._start_arrived()

    def _start_arrived(self) -> None:
        for node in [n for n, asked in self._coming.items() if all(a.is_there for a in asked)]:
            self._arrive(node, self._coming.pop(node))
        for step, nodes in list(self._waiting.items()):
            if not any(node in self._coming for node in nodes):
                del self._waiting[step]
                self._threads.begin(step)

    def _arrive(self, node: DataNode, asked: list[Asked]) -> None:
        away = node.held
        try:
            arrays = [answer.taken() for answer in asked]
        except Exception as error:
            for step in [s for s, nodes in self._waiting.items() if node in nodes]:
                del self._waiting[step]
                reason = self._reasons[step]
                self._ended.append(Outcome(step, error=error, place=HERE, reason=reason))
            node.drop()
            return
        node.fill(away.whole(arrays))
        self._there.keep(node, away)
        away.release()
        self._watch.say("fetched", node.uid)

    def _of_threads(self, timeout_s: float) -> Outcome | None:
        outcome = self._threads.next(timeout_s)
        if outcome is None:
            return None
        place = HERE if outcome.place != "its cache" else outcome.place
        return outcome._replace(place=place, reason=self._reasons.pop(outcome.step, ""))

    # ---- both ------------------------------------------------------------------------------------

    def _has_news(self) -> bool:
        return any(sent.done.is_there for sent in self._sent) or any(
            all(asked.is_there for asked in coming) for coming in self._coming.values()
        )

    def _found(self) -> Outcome | None:
        """What has ended meanwhile; begins what can be begun."""
        while self._later and not self._threads.under_way:
            self.begin(self._later.popleft())
        self._start_arrived()
        self._send()
        if self._ended:
            return self._ended.popleft()
        for sent in self._sent:
            if sent.done.is_there:
                outcome = self._outcome(sent)
                self._send()
                return outcome
        return self._of_threads(0.0)


@final
class _There:
    """Arrays of this process that were sent: each goes once, unless it is changed meanwhile."""

    def __init__(self, session: Client) -> None:
        self._session = session
        self._of_nodes: dict[DataNode, dict[int, tuple[Any, bytes, Ref]]] = {}
        self._reached: dict[int, tuple[Any, bytes, Ref]] = {}
        """Arrays that functions refer to, until the run is over."""

    def refs(self, step: Step, program: Program) -> list[Ref]:
        """A program's inputs, known to the session."""
        owners: dict[int, DataNode] = {}
        for node in step.inputs:
            if not isinstance(node.held, Away):
                owners.update((id(leaf), node) for leaf in flatten(node.held)[0])
        types = [p.type for p in program.graph.parameters]
        return [self._ref(x, t, owners) for x, t in zip(program.inputs, types, strict=True)]

    def keep(self, node: DataNode, away: Away) -> None:
        """A value came from the cluster, which still has it."""
        pairs = zip(flatten(node.held)[0], flatten(away.content)[0], strict=True)
        self._of_nodes[node] = {
            id(x): (x, _digest(x), part.ref)
            for x, part in pairs
            if isinstance(part, Part) and isinstance(x, np.ndarray)
        }

    def forget(self, node: DataNode) -> None:
        """Nobody needs this value any more."""
        self._of_nodes.pop(node, None)

    def clear(self) -> None:
        """Let go of all, also at the workers."""
        self._of_nodes.clear()
        self._reached.clear()
        self._session.tell_freed()

    def _ref(self, x: Any, type: Any, owners: dict[int, DataNode]) -> Ref:
        if isinstance(x, Part):
            return x.ref
        array = np.asarray(x, type.dtype)
        if not isinstance(x, np.ndarray):
            return self._session.put(array)
        node = owners.get(id(x))
        known = self._reached if node is None else self._of_nodes.setdefault(node, {})
        digest = _digest(x)
        found = known.get(id(x))
        if found is None or found[1] != digest:
            found = known[id(x)] = x, digest, self._session.put(array)
        return found[2]


def _digest(array: Any) -> bytes:
    """What tells whether an array was changed; its memory is read once, as when it is copied."""
    data = np.ascontiguousarray(array)
    return hashlib.blake2b(data.reshape(-1).view(np.uint8).data, digest_size=16).digest()
