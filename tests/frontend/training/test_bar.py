"""The progress bar: what it says, and when there is none."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import gradloom as gl
from gradloom.frontend.training.bar import Bar
from tests.frontend.training.problems import line_loss, lines


def written(**options: Any) -> str:
    """What a terminal of 100 columns has seen."""
    seen = io.StringIO()
    bar = Bar(Console(file=seen, width=100, force_terminal=True))
    gl.fit(np.zeros(2), line_loss, *lines(), epochs=3, opt=0.1, batch_size=16, callbacks=[bar],
           progress=False, **options)  # fmt: skip
    bar.close()
    return seen.getvalue()


def test_it_says_epoch_batches_and_loss() -> None:
    text = written()
    assert "epoch 3/3" in text
    assert "12/12" in text
    assert "loss" in text


def test_it_says_validation_and_metrics() -> None:
    text = written(validation=lines(), metrics={"slope": lambda w, x, y: w[0] * 1.0})
    assert "validation" in text
    assert "slope" in text


def test_it_writes_to_standard_error_when_asked_for_and_not_into_a_file_by_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options: dict[str, Any] = {"epochs": 2, "opt": 0.1, "batch_size": 16}
    gl.fit(np.zeros(2), line_loss, *lines(), **options)
    assert capsys.readouterr() == ("", "")
    gl.fit(np.zeros(2), line_loss, *lines(), progress=True, **options)
    out, err = capsys.readouterr()
    assert out == ""
    assert "epoch 2/2" in err


def test_the_terminal_is_given_back_when_training_ends_in_an_error() -> None:
    class Broken:
        def on_step(self, run: Any) -> None:
            raise KeyboardInterrupt

    before = sys.stderr
    with pytest.raises(KeyboardInterrupt):
        gl.fit(np.zeros(2), line_loss, *lines(), epochs=2, opt=0.1, progress=True,
               callbacks=[Broken()])  # fmt: skip
    assert sys.stderr is before
