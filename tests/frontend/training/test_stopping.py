"""`EarlyStopping`: when it ends a training, and with which weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.training.history import History
from tests.frontend.training.problems import equal, line_loss, lines

EarlyStopping = gl.training.EarlyStopping


class Heard:
    """A run of which only the history matters, and a leaf that says the epoch."""

    def __init__(self) -> None:
        self.history, self.epoch, self.engine = History(), 0, self
        self.leaves: list[Any] = []

    def fetched(self, x: Any) -> Any:
        return x

    placed = fetched

    def stop(self, reason: str) -> None:
        self.history.stopped = reason


@given(
    values=st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0]), min_size=1, max_size=12),
    patience=st.integers(1, 4),
    mode=st.sampled_from(["min", "max"]),
)
def test_it_stops_after_so_many_epochs_without_a_better_one(
    values: list[float], patience: int, mode: Any
) -> None:
    run, stopping = Heard(), EarlyStopping(patience, monitor="m", mode=mode)
    for epoch, value in enumerate(values, 1):
        run.history.metrics.setdefault("m", []).append(value)
        run.epoch, run.leaves = epoch, [np.array(float(epoch))]
        stopping.on_epoch(run)  # type: ignore[arg-type]  # as much of a Run as it looks at
        if run.history.stopped:
            break
    seen = values[:epoch]
    best = (np.argmin if mode == "min" else np.argmax)(seen) + 1
    assert (run.history.stopped is not None) == (epoch - best >= patience)
    assert epoch - best <= patience
    stopping.on_end(run)  # type: ignore[arg-type]
    assert run.leaves[0] == best


def test_the_best_weights_are_put_back_or_not_as_asked() -> None:
    def fit(restore: bool) -> Any:
        return gl.fit(np.zeros(2), line_loss, *lines(), epochs=30, opt=gl.optim.SGD(lr=grows),
                      callbacks=[EarlyStopping(patience=1, restore=restore)])  # fmt: skip

    def grows(step: Any) -> Any:
        return 0.1 * 1.6**step

    back, on = fit(True), fit(False)
    assert list(back) == list(on)
    assert back.stopped is not None
    assert line_loss(back.weights, *lines()) < line_loss(on.weights, *lines())
    best = int(np.argmin(back)) + 1
    due = gl.fit(np.zeros(2), line_loss, *lines(), epochs=best, opt=gl.optim.SGD(lr=grows))
    assert equal(back.weights, due.weights)


def test_a_name_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(gl.ArgumentError, match="no 'hits' to look at") as raised:
        gl.fit(np.zeros(2), line_loss, *lines(), epochs=2, opt=0.1,
               callbacks=[EarlyStopping(monitor="hits")])  # fmt: skip
    assert raised.value.hint == "there are loss"


@pytest.mark.parametrize("options", [{"patience": 0}, {"mode": "best"}])
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(gl.ArgumentError):
        EarlyStopping(**options)
