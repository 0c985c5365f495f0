"""The programs in examples/cluster, run with real processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("zmq")
pytest.importorskip("yaml")

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "cluster"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def ran(program: str, *arguments: str) -> str:
    """What an example prints."""
    done = subprocess.run(
        [sys.executable, FOLDER / program, *arguments],
        env=ENVIRONMENT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of a dispatcher with two workers, each started by a command of its own."""
    place = f"ipc://{tmp_path}/dispatcher"
    command = [sys.executable, "-m", "gradloom.cli"]
    backend = ["--backend", "numpy"]
    tmp_path.chmod(0o700)
    processes = [
        subprocess.Popen([*command, *words, "-a", place], env=ENVIRONMENT)
        for words in (["serve"], ["worker", *backend], ["worker", *backend])
    ]
    try:
        yield place
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(timeout=30)


def test_training_on_two_workers_from_the_command_line_reads_digits(address: str) -> None:
    printed = ran("data_parallel.py", "--address", address, "--epochs", "3")
    assert len(re.findall(r"epoch \d: loss", printed)) == 3
    assert re.search(r"lay on \S+ \(32, 64\), \S+ \(32, 64\)", printed)
    right = re.search(r"([\d.]+)% of the test images", printed)
    assert right is not None
    assert float(right[1]) > 85


def test_two_stages_live_on_two_workers() -> None:
    printed = ran("pipeline.py")
    where = dict(re.findall(r"the weights of the (\w+) stage are on (\S+)", printed))
    assert sorted(where) == ["early", "late"]
    assert where["early"] != where["late"]
    loss = re.search(r"loss after 60 steps: ([\d.]+)", printed)
    assert loss is not None
    assert float(loss[1]) < 2.1


def test_two_clients_work_at_once() -> None:
    printed = ran("two_clients.py")
    assert sorted(printed.splitlines()) == [
        "ann: 1.414214 squared is 2",
        "bob: 1.732051 squared is 3",
    ]
