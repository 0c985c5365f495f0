"""Ctrl-C in a training: a real process and a real signal."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.training.interruption import Interruption
from tests.frontend.training import killed
from tests.frontend.training.problems import equal
from tests.frontend.training.test_killed import started


@pytest.fixture(autouse=True)
def pythons_handler() -> Iterator[None]:
    """Ctrl-C as Python has it: a shell that starts a program in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def begun(folder: Path, waits: float, steps: int) -> subprocess.Popen[str]:
    """A training with a checkpoint per epoch of 20 steps, after so many steps."""
    process = started(str(Path(killed.__file__)), str(folder), str(waits))
    assert process.stdout is not None
    for _ in range(steps):
        process.stdout.readline()
    return process


def test_ctrl_c_finishes_the_step_and_leaves_a_checkpoint_that_goes_on_to_the_same_bits(
    tmp_path: Path,
) -> None:
    process = begun(tmp_path, 0.01, 3)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    last = 3 + len(rest.split())
    assert process.returncode == -signal.SIGINT
    assert gl.training.load_checkpoint(tmp_path).step == last  # what was said last, and no more
    done, whole = killed.run(tmp_path, every=None), killed.run(None)
    assert done.losses == whole.losses
    assert equal(done.weights, whole.weights)


@pytest.mark.slow
def test_a_second_ctrl_c_ends_at_once(tmp_path: Path) -> None:
    process = begun(tmp_path, 600, 1)  # asleep in a callback, which the first does not wake
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    assert process.returncode == -signal.SIGINT
    assert list(tmp_path.iterdir()) == []
    assert process.stdout is not None
    process.stdout.close()


class Interrupts:
    """Presses Ctrl-C at one step."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, run: Any) -> None:
        if run.step == self.step:
            signal.raise_signal(signal.SIGINT)


def fitted(step: int, **how: Any) -> Any:
    x = np.linspace(-1, 1, 8)
    return gl.fit(
        np.zeros(1), lambda w, x: np.mean((w * x - x) ** 2), x, epochs=3, batch_size=2, opt=0.1,
        callbacks=[Interrupts(step)], **how,
    )  # fmt: skip


@pytest.mark.parametrize("step", [1, 4, 6])
def test_the_error_names_the_file_that_holds_the_step(step: int, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt, match=f"after step {step}; .*step-00000000{step}.*"):
        fitted(step, checkpoint=tmp_path)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    gone_on = fitted(0, checkpoint=tmp_path, resume=True)
    assert gone_on.losses == fitted(0).losses


def test_without_checkpoints_ctrl_c_is_what_it_always_is() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        fitted(2)
    assert not caught.value.args


def test_a_program_with_its_own_handler_keeps_it() -> None:
    told: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: told.append(number))
    try:
        with Interruption() as interruption:
            signal.raise_signal(signal.SIGINT)
        assert told == [signal.SIGINT]
        assert not interruption.is_asked
    finally:
        signal.signal(signal.SIGINT, before)
