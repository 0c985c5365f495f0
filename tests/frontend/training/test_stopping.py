"""`EarlyStopping`: when it ends a training, and with which weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from tests.frontend.training.problems import equal, line_loss, lines

EarlyStopping = gl.training.EarlyStopping


def told(w: Any, x: Any) -> Any:
    """A loss that is what the data says, with slope 1, so that the weight counts the epochs."""
    return np.sum(x) + w[0] - gl.stop_gradient(w[0])


@settings(max_examples=40)
@given(
    values=st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0]), min_size=1, max_size=12),
    patience=st.integers(1, 4),
    mode=st.sampled_from(["min", "max"]),
)
def test_it_stops_after_so_many_epochs_without_a_better_one(
    values: list[float], patience: int, mode: Any
) -> None:
    made = gl.fit(
        np.zeros(1), told, lambda epoch: [np.array([values[epoch]])], epochs=len(values), opt=1.0,
        callbacks=[EarlyStopping(patience, mode=mode)],
    )  # fmt: skip
    best = int((np.argmin if mode == "min" else np.argmax)(list(made))) + 1
    assert list(made) == values[: len(made)]
    assert (made.stopped is not None) == (len(made) - best >= patience)
    assert len(made) - best <= patience
    assert made.weights == -best


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
