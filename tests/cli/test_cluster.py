"""`gradloom serve` with workers of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("zmq")
pytest.importorskip("psutil")

import psutil

import gradloom as gl
from gradloom.runtime.transport import attach

ROOT = Path(__file__).parents[2]


def test_a_dispatcher_starts_workers_beside_it_and_takes_them_along(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    address = f"ipc://{tmp_path}/dispatcher"
    command = [sys.executable, "-m", "gradloom.cli", "serve", "-a", address]
    server = subprocess.Popen(
        [*command, "--workers", "2", "--backend", "numpy"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        session = attach.connect(address, "", 60.0)
        end = time.monotonic() + 60
        while len(session.places) < 2 and time.monotonic() < end:
            session.listen(0.05)
        assert [p.backend for p in session.places] == ["numpy", "numpy"]
        f = gl.compile(lambda x: x * 2, backend=session)
        assert f(np.arange(3.0)).tolist() == [0, 2, 4]
        session.close()
        children = psutil.Process(server.pid).children()
        assert len(children) == 2
    finally:
        server.terminate()
        server.wait(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
