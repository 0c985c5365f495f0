"""Processes that are killed while they train and write."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.training import archive
from tests.frontend.training import killed
from tests.frontend.training.problems import equal
from tests.tree.files import ROOT


def started(*args: str) -> subprocess.Popen[str]:
    """A Python process in the repository's root."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *args], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    )


def kill(process: subprocess.Popen[str]) -> None:
    """Kill it, as a machine that loses its power would."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize("kills", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_a_training_killed_at_random_moments_ends_with_the_same_bits(
    kills: int, tmp_path: Path
) -> None:
    chance = random.Random(kills)
    for _ in range(kills):
        process = started(str(Path(killed.__file__)), str(tmp_path))
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 30)):
            process.stdout.readline()
        time.sleep(chance.random() * 0.01)  # anywhere between two steps
        kill(process)
        assert gl.training.load_checkpoint(tmp_path).step > 0
    done, whole = killed.run(tmp_path), killed.run(None)
    assert done.losses == whole.losses
    assert list(done) == list(whole)
    assert equal(done.weights, whole.weights)


WRITER = """
import sys, pathlib, numpy as np
from gradloom.frontend.training import archive
n = int(sys.argv[2])
while True:
    archive.write(pathlib.Path(sys.argv[1]), {"n": n, "x": np.full(200_000, float(n))})
    print(n, flush=True)
    n += 1
"""


@pytest.mark.parametrize("kills", [2, pytest.param(25, marks=pytest.mark.slow)])
def test_a_writer_killed_at_random_moments_leaves_a_whole_file(kills: int, tmp_path: Path) -> None:
    path, chance, last = tmp_path / "x.safetensors", random.Random(kills), 0
    for _ in range(kills):
        process = started("-c", WRITER, str(path), str(last))
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 8)):
            last = int(process.stdout.readline())
        time.sleep(chance.random() * 0.005)  # anywhere in the next write
        kill(process)
        content = archive.read(path)
        assert content["n"] >= last
        assert np.array_equal(content["x"], np.full(200_000, float(content["n"])))
        last = content["n"] + 1
