"""The loop: epochs of steps, what is noted of them, and who is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, final

from gradloom.frontend.training.checkpoints import Checkpoints, load_checkpoint
from gradloom.frontend.training.engine import Outcome
from gradloom.frontend.training.faults import fault, noted
from gradloom.frontend.training.history import History
from gradloom.frontend.training.interruption import Interruption
from gradloom.frontend.training.run import Run
from gradloom.frontend.training.sources import Source, rows_in, with_last
from gradloom.frontend.training.stopping import monitored
from gradloom.ir.errors import ArgumentError, CallError, StateMismatch

_EVENTS = ("on_start", "on_step", "on_epoch", "on_end")


@final
@dataclass(slots=True)
class Loop:
    """One training. `total` and `rows`: the sum of losses of this epoch's examples, and how many
    they were.
    """

    run: Run
    source: Source
    judged: Callable[[Run], None]
    callbacks: Sequence[Any] = ()
    checkpoints: Checkpoints | None = None
    total: float = 0.0
    rows: int = 0
    interruption: Interruption = field(default_factory=Interruption)

    def __post_init__(self) -> None:
        for callback in self.callbacks:
            if not any(hasattr(callback, event) for event in _EVENTS):
                raise CallError(
                    f"a callback of type {type(callback).__name__} has none of "
                    f"{', '.join(_EVENTS)}",
                    hint="an object with one of these methods; on_epoch= takes a function",
                )

    def go(self) -> History:
        """Train to the end; the weights of `gl.params` have what was reached, even when this
        raises. Where checkpoints are written, Ctrl-C is answered after a step, with one more.
        """
        run = self.run
        try:
            with nullcontext() if self.checkpoints is None else self.interruption:
                self._tell("on_start")
                while run.epoch < run.epochs and run.history.stopped is None:
                    self._epoch()
                self._tell("on_end")
        finally:
            run.history.weights, run.history.averaged = run.weights, run.engine.averaged()
            run.engine.hand_back()
        return run.history

    def _epoch(self) -> None:
        run, began = self.run, time.perf_counter()
        for batch, is_last in with_last(self.source.epoch(run.epoch, run.batch)):
            self._step(batch, is_last)
            if run.history.stopped is not None:
                return
        if not self.rows:
            raise ArgumentError(
                f"{run.engine.settings.name}: epoch {run.epoch + 1} has no batch"
                + (" that gave finite numbers" if run.batch else ""),
                hint="look at the data" if run.batch else "the data is empty",
            )
        run.history.append(self.total / self.rows)
        run.history.rates.append(run.lr)
        run.history.seconds.append(time.perf_counter() - began)
        self.judged(run)
        self.total, self.rows = 0.0, 0
        run.epoch, run.batch = run.epoch + 1, 0
        self._tell("on_epoch")
        self._save(is_epoch=True)

    def _step(self, batch: Any, is_last: bool) -> None:
        run, engine = self.run, self.run.engine
        try:
            outcome = engine.take(batch, run.step, is_last)
        except Exception as error:
            error.add_note(noted(batch, run.place))
            raise
        if outcome.is_kept:
            size = rows_in(batch)
            self.total, self.rows = self.total + outcome.loss * size, self.rows + size
        else:
            self._refuse(outcome, batch)
        run.loss = outcome.loss
        run.history.note(outcome.loss, outcome.norm, outcome.aux)
        run.step, run.batch = run.step + 1, run.batch + 1
        self._tell("on_step")
        if not is_last:  # the end of the epoch has one of its own
            self._save(is_epoch=False)

    def _refuse(self, outcome: Outcome, batch: Any) -> None:
        """A batch whose numbers are not finite is left out, or ends the training."""
        run, engine = self.run, self.run.engine
        if not engine.is_trying(outcome) and engine.settings.on_nan == "raise":
            raise fault(engine, outcome, batch, run.step, run.place)
        run.history.skipped.append(run.step)

    # ---- checkpoints -----------------------------------------------------------------------------

    def _save(self, is_epoch: bool) -> None:
        kept, run = self.checkpoints, self.run
        ends = self.interruption.is_asked
        if kept is None or not (ends or kept.is_due(run.step, run.epoch, is_epoch)):
            return
        score = None if not is_epoch or kept.monitor is None else monitored(run, kept.monitor)
        kept.save(run.step, self._content(), score)
        if ends:
            raise KeyboardInterrupt(
                f"{run.engine.settings.name}: interrupted after step {run.step}; "
                f"{kept.path(run.step)} has it, and resume=True goes on from there"
            )

    def _content(self) -> dict[str, Any]:
        run = self.run
        return {
            **run.engine.state_dict(),
            "run": {
                "step": run.step, "epoch": run.epoch, "batch": run.batch,
                "total": self.total, "rows": self.rows, "stopped": run.history.stopped,
            },
            "history": run.history.state_dict(),
            "source": self.source.state_dict(),
            "callbacks": [
                {"type": type(c).__name__, "state": c.state_dict()} for c in self._stateful()
            ],
        }  # fmt: skip

    def resume(self) -> None:
        """Go on at the newest checkpoint, if there is one; raises `StateMismatch` where it is of
        another training.
        """
        assert self.checkpoints is not None
        if not self.checkpoints.steps():
            return
        found, run = load_checkpoint(self.checkpoints.folder), self.run
        run.engine.load_state_dict(found.content, found.path)
        run.history.load_state_dict(found.content["history"])
        self.source.load_state_dict(found.content["source"])
        self._resume_callbacks(found.content["callbacks"])
        self.checkpoints.load_state_dict(found.content["checkpoints"])
        place = found.content["run"]
        run.step, run.epoch, run.batch = place["step"], place["epoch"], place["batch"]
        self.total, self.rows = place["total"], place["rows"]
        run.history.stopped = place["stopped"]

    def _stateful(self) -> list[Any]:
        """The callbacks that go into checkpoints."""
        names = ("state_dict", "load_state_dict")
        return [c for c in self.callbacks if all(hasattr(c, name) for name in names)]

    def _resume_callbacks(self, found: Sequence[Mapping[str, Any]]) -> None:
        own = self._stateful()
        now, then = [type(c).__name__ for c in own], [one["type"] for one in found]
        if now != then:
            raise StateMismatch(
                f"the checkpoint is of a training with the callbacks {then}, and this has {now}",
                hint="resume with the same callbacks in the same order",
            )
        for callback, one in zip(own, found, strict=True):
            callback.load_state_dict(one["state"])

    def _tell(self, event: str) -> None:
        for callback in self.callbacks:
            told = getattr(callback, event, None)
            if told is not None:
                told(self.run)
