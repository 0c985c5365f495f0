"""One session, as the dispatcher keeps it: where its values are, and who waits for which.

When a worker is lost, what it held and somebody still needs is made again on the others, out of the
record of calls; what cannot be is told to those who wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, final

from gradloom.runtime import messages as m
from gradloom.runtime.fields import MOST_VALUES, digest_of, parts
from gradloom.runtime.floor import Floor, Limits, Peer, Worker
from gradloom.runtime.lineage import Lineage, Record
from gradloom.runtime.replicas import Replicas


class Broken(Exception):
    """A client said what makes no sense."""


@final
class Ledger:
    """See the module's text. All that follows from a message is said on the floor."""

    def __init__(self, number: int, peer: Peer, join: m.Join, floor: Floor, limits: Limits) -> None:
        self.number: Final = number
        self.peer: Final = peer
        self.join: Final = join
        self._floor = floor
        self._programs: dict[str, int] = {}  # with the sizes of their texts
        self._text = 0  # of all of them
        self._undefined: set[str] = set()  # of those, which only recorded calls may need again
        self._limits: Final = limits
        self._lineage = Lineage(limits.calls)
        self._replicas = Replicas(self._lineage, limits)
        self._home: int | None = None
        self.is_given_up = False
        self._lost = "(none has come)"
        self._calls = self._told = 0
        self._fetches: dict[int, tuple[int, int]] = {}  # number -> value, worker that ships it
        self._deliveries = 0
        self._transfers: dict[tuple[int, int], tuple[int, int]] = {}
        """Value, to worker -> delivery, from worker (-1: the client); until it has arrived."""

    @property
    def values(self) -> int:
        """How many values are recorded."""
        return len(self._lineage)

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return self._calls

    def hear(self, message: Any) -> None:
        """The client says this; raises Broken where it makes no sense."""
        handle = self._HANDLERS.get(type(message))
        if handle is None:
            raise Broken(f"{type(message).__name__} is nothing that a client says")
        handle(self, message)

    def end(self) -> None:
        """The session is over: its programs go, if nobody else has them."""
        for digest in self._programs:
            self._floor.undefine(digest)
        self._programs.clear()

    # ---- what the client says --------------------------------------------------------------------

    def define(self, program: m.Define) -> None:
        """The client has a program."""
        if digest_of(program.text, program.constants) != program.digest:
            raise Broken(f"a program's text is not the one of its digest: {program.digest}")
        self._undefined.discard(program.digest)
        if program.digest not in self._programs:
            self._programs[program.digest] = len(program.text)
            self._floor.define(program)
            self._text += len(program.text)
            if self._text > self._limits.text:
                raise Broken(f"programs of more than {self._limits.text} bytes")

    def undefine(self, message: m.Undefine) -> None:
        """The client will call these programs no more."""
        self._undefined.update(d for d in message.digests if d in self._programs)
        self._let_go(message.digests)

    def _let_go(self, digests: Iterable[str]) -> None:
        for digest in digests:
            if digest in self._undefined and not self._lineage.has_calls_of(digest):
                self._undefined.remove(digest)
                self._text -= self._programs.pop(digest)
                self._floor.undefine(digest)

    def put(self, message: m.Put) -> None:
        """The client has a value."""
        self._require_new([message.value])
        self._lineage.put(message.value)
        if message.worker in self._floor.workers:
            self._bring(message.value, self._floor.workers[message.worker])

    def call(self, call: m.Call) -> None:
        """A program is to run."""
        if call.digest not in self._programs or call.digest in self._undefined:
            raise Broken(f"call {call.number} of a program that was not defined: {call.digest}")
        self._require_known(call.inputs)
        self._require_new(call.outputs)
        self._calls += 1
        failure = next((r.failure for r in self._records(call.inputs) if r.failure), None)
        made = self._lineage.call(call, self._floor.programs[call.digest].sizes)
        if failure is None and not self._floor.workers:
            failure = self._failure(call.where)
        if failure is None:
            self._run(call, self._floor.workers.get(call.worker) or self._best(call.inputs))
        else:
            for record in made:
                record.failure = failure
        if self._replicas.is_due(self._calls):
            self._replicate()
        self._tell_progress()

    def keep(self, message: m.Keep) -> None:
        """The client wants its values to be at two workers."""
        self._replicas.hurry()
        if self._replicas.is_due(self._calls):
            self._replicate()

    def fetch(self, message: m.Fetch) -> None:
        """The client waits for a value."""
        self._require_known([message.value])
        (record,) = self._records([message.value])
        if record.failure is not None:
            self._floor.say(self.peer, m.Failed(message.number, record.failure))
            return
        if not record.holders and not self._floor.workers:
            self._floor.say(self.peer, m.Failed(message.number, self._failure(record.where)))
            return
        if not record.holders:
            self._bring(record.value, self._best(()))
        holder = self._floor.workers[record.holders[0]]
        self._fetches[message.number] = record.value, holder.number
        ship = m.Ship(self.number, record.value, message.number, self.join.mailbox)
        self._floor.say(holder.peer, ship)

    def received(self, message: m.Received) -> None:
        """The answer to a fetch has come."""
        self._fetches.pop(message.number, None)

    def free(self, message: m.Free) -> None:
        """The client will name these values no more."""
        values = list(dict.fromkeys(message.values))
        self._require_known(values)
        self._drop(self._replicas.loose(self._records(values)))
        self._forget(self._lineage.free(values))

    def _forget(self, forgotten: list[int]) -> None:
        self._let_go(self._lineage.taken_idle())
        for some in parts(forgotten, MOST_VALUES):
            self._floor.say(self.peer, m.Forget(some))

    _HANDLERS: ClassVar[dict[type, Callable[[Ledger, Any], None]]] = {
        m.Define: define, m.Undefine: undefine, m.Keep: keep, m.Put: put, m.Call: call,
        m.Fetch: fetch, m.Received: received, m.Free: free,
    }  # fmt: skip

    # ---- what workers say ------------------------------------------------------------------------

    def done(self, worker: Worker, count: int) -> None:
        """A worker has done so many runs."""
        worker.done[self.number] = min(count, worker.issued.get(self.number, 0))
        self._tell_progress()

    def arrived(self, worker: Worker, message: m.Arrived) -> None:
        """A value is where it was sent to; maybe nobody needs it there by now, as where it was sent
        before the worker began anew.
        """
        value, way = message.value, (message.value, worker.number)
        if self._transfers.get(way, (-1,))[0] == message.delivery:
            del self._transfers[way]
        if way not in self._transfers and worker.number not in self._hold(value):
            self._say_drop(worker, (value,))
        if self._replicas.arrived(value, worker.number):
            self._unpin(self._replicas.settled())
            if self._replicas.is_due(self._calls):
                self._replicate()

    # ---- values at two workers -------------------------------------------------------------------

    def _replicate(self) -> None:
        """Send what calls made to a second worker, where there is one."""
        if len(self._floor.workers) < 2:
            return
        for record in self._replicas.begin(self._calls):
            if len(record.holders) == 1:
                others = (w for n, w in self._floor.workers.items() if n not in record.holders)
                worker = min(others, key=lambda w: (w.load, w.number))
                self._bring(record.value, worker)
                self._replicas.expect(record.value, worker.number)
        self._unpin(self._replicas.settled())

    def _unpin(self, values: Iterable[int]) -> None:
        """These are kept no more where the client has let go of them."""
        values = tuple(values)
        if values:
            records = self._replicas.loose(self._records(values))
            self._drop(r for r in records if not r.is_live)
            self._forget(self._lineage.unpin(values))

    # ---- a lost worker ---------------------------------------------------------------------------

    def lose(self, worker: Worker) -> None:
        """A worker is gone, and all that it had."""
        self._lost = worker.place.name
        for record in self._lineage:
            if worker.number in record.holders:
                record.holders.remove(worker.number)
        for key in [key for key in self._transfers if key[1] == worker.number]:
            del self._transfers[key]
        self._unpin(self._replicas.given_up())

    def recover(self) -> None:
        """Make again what lost workers had and somebody needs, and have it sent to those who wait.
        Nothing happens where nothing was lost; without any worker, nothing can be made.
        """
        transfers = [k for k, (_, by) in self._transfers.items() if self._is_gone(by)]
        for value, to in transfers:
            del self._transfers[value, to]  # it never came
            if to in self._hold(value):
                self._hold(value).remove(to)
        fetches = [(n, value) for n, (value, by) in self._fetches.items() if self._is_gone(by)]
        needed = [r.value for r in self._lineage if r.is_live and not r.failure]
        needed += [value for value, _ in transfers] + [value for _, value in fetches]
        calls, gone = self._lineage.cone(v for v in needed if not self._lineage.is_at_hand(v))
        self.is_given_up = not self._floor.workers
        if self.is_given_up:
            calls, gone = [], [v for v in needed if not self._lineage.is_at_hand(v)]
        for value in gone:
            self._fail(value)
        if calls:
            self._repeat(calls)
        for value, to in transfers:
            self._send_again(value, self._floor.workers[to])
        for number, _ in fetches:
            value = self._fetches.pop(number)[0]
            record = self._lineage.get(value)
            if record is not None and record.is_live:
                self.fetch(m.Fetch(number, value))
            else:  # the client let go of it while it was on its way
                self._floor.say(self.peer, m.Failed(number, self._failure("")))
        again = [v for call in calls for v in (*call.inputs, *call.outputs)]
        again += [v for v, _ in transfers]
        self._drop(r for r in self._replicas.loose(self._records(again)) if not r.is_live)
        self._tell_progress()

    def _repeat(self, calls: list[m.Call]) -> None:
        worker = self._floor.least_busy()
        for call in calls:
            self._run(call, worker)

    def _send_again(self, value: int, to: Worker) -> None:
        record = self._lineage.get(value)
        if record is not None and record.failure is None:
            self._bring(value, to)
            return
        failure = self._failure("") if record is None or not record.failure else record.failure
        told = m.Undelivered(self.number, value, self._delivery(), failure)
        self._floor.say(to.peer, told)

    def _fail(self, value: int) -> None:
        record = self._lineage.get(value)
        if record is not None:
            record.failure = self._failure(record.where)

    def _failure(self, where: str) -> m.Failure:
        return m.Failure(
            "WorkerLost",
            f"worker {self._lost} is gone, and with it a value that no other can make",
            where,
            self._lost,
        )

    def _is_gone(self, worker: int) -> bool:
        return worker >= 0 and worker not in self._floor.workers

    # ---- below -----------------------------------------------------------------------------------

    def _run(self, call: m.Call, worker: Worker) -> None:
        self._floor.prepare(worker, call.digest)
        for value in dict.fromkeys(call.inputs):
            self._bring(value, worker)
        for value in call.outputs:
            holders = self._hold(value)
            if worker.number not in holders:
                holders.append(worker.number)
        worker.issued[self.number] = worker.issued.get(self.number, 0) + 1
        run = m.Run(self.number, call.number, call.digest, call.inputs, call.outputs, call.where)
        self._floor.say(worker.peer, run)

    def _bring(self, value: int, worker: Worker) -> None:
        """See that a value comes to a worker."""
        holders = self._hold(value)
        if worker.number in holders:
            return
        delivery, source = self._delivery(), holders[0] if holders else -1
        self._transfers[value, worker.number] = delivery, source
        if holders:
            ship = m.Ship(self.number, value, delivery, worker.place.mailbox)
            self._floor.say(self._floor.workers[source].peer, ship)
        else:
            self._floor.say(self.peer, m.Resend(value, delivery, worker.place))
        holders.append(worker.number)

    def _drop(self, records: Iterable[Record]) -> None:
        """Have values dropped by those who have them; on the way, once they have arrived."""
        by_worker: dict[int, list[int]] = {}
        for record in records:
            for number in record.holders:
                if (record.value, number) not in self._transfers:
                    by_worker.setdefault(number, []).append(record.value)
            record.holders.clear()
        for number, values in by_worker.items():
            self._say_drop(self._floor.workers[number], values)

    def _say_drop(self, worker: Worker, values: Iterable[int]) -> None:
        for some in parts(tuple(values), MOST_VALUES):
            self._floor.say(worker.peer, m.Drop(self.number, some, self._deliveries))

    def _delivery(self) -> int:
        self._deliveries += 1
        return self._deliveries

    def _best(self, inputs: Iterable[int]) -> Worker:
        """The worker that has most of the inputs; the session's own where nobody has any."""
        held = Counter(n for r in self._records(inputs) for n in r.holders)
        if held:
            return self._floor.workers[max(held, key=lambda n: (held[n], n == self._home))]
        if self._home not in self._floor.workers:
            self._home = self._floor.least_busy().number
        return self._floor.workers[self._home]

    def _tell_progress(self) -> None:
        under_way = sum(w.under_way(self.number) for w in self._floor.workers.values())
        count = max(self._told, self._calls - under_way)
        if count > self._told:
            self._told = count
            self._floor.say(self.peer, m.Fulfilled(count))

    def _hold(self, value: int) -> list[int]:
        record = self._lineage.get(value)
        return [] if record is None else record.holders

    def _records(self, values: Iterable[int]) -> list[Record]:
        return [r for r in map(self._lineage.get, values) if r is not None]

    def _require_known(self, values: Iterable[int]) -> None:
        unknown = [v for v in values if (r := self._lineage.get(v)) is None or not r.is_live]
        if unknown:
            raise Broken(f"values that are not there: {', '.join(map(str, unknown[:8]))}")

    def _require_new(self, values: Iterable[int]) -> None:
        known = [v for v in values if self._lineage.get(v) is not None]
        if known:
            raise Broken(f"values that are there already: {', '.join(map(str, known[:8]))}")
        if len(self._lineage) > self._limits.values:
            raise Broken(f"more than {self._limits.values} values")
