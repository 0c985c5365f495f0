"""Clusters over TCP: who may connect, and data in pieces where no memory is shared."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import gradloom as gl

pytest.importorskip("zmq")

from gradloom.runtime.transport import keys as made_keys
from gradloom.runtime.transport.keys import Keys


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_folders(root: Path, names: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    """A folder of keys for each, which knows the dispatcher and lets those allowed connect."""
    for name in names:
        made_keys.make(root / name)
    for name in names:
        (root / name / "dispatcher.key").write_bytes((root / "hub" / "own.key").read_bytes())
        for other in allowed:
            made_keys.allow(root / name, root / other / "own.key", other)


@contextmanager
def processes(address: str, root: Path | None, **environment: str):
    """A dispatcher and a worker of an address, with their keys."""

    def run(command: str, name: str, *options: str) -> subprocess.Popen:
        keyed = () if root is None else ("--keys", str(root / name))
        return subprocess.Popen(
            [sys.executable, "-m", "gradloom.cli", command, "-a", address, *keyed, *options],
            stdout=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )

    started = [run("serve", "hub"), run("worker", "worker", "--backend", "numpy")]
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(20)


LARGE = np.arange(2_500_000.0)


def turned(x):
    return x[::-1] + 1


def test_those_on_the_list_work_together_and_others_stay_outside(tmp_path):
    make_folders(tmp_path, ("hub", "worker", "client", "stranger"), ("hub", "worker", "client"))
    address = f"127.0.0.1:{free_port()}"
    with processes(address, tmp_path):
        session = gl.connect(address, keys=tmp_path / "client", timeout_s=40)
        for x in (np.arange(3.0), LARGE):
            np.testing.assert_array_equal(gl.compile(turned, session)(x), x[::-1] + 1)
        for folder in (tmp_path / "stranger", None):
            with pytest.raises(gl.RemoteError, match="no dispatcher answered"):
                gl.connect(address, keys=folder, timeout_s=1.5)
        np.testing.assert_array_equal(gl.compile(turned, session)(LARGE), LARGE[::-1] + 1)
        session.close()


def test_large_values_go_in_pieces_where_no_memory_is_shared(monkeypatch):
    monkeypatch.setenv("GRADLOOM_SHARED_MEMORY", "0")
    address = f"127.0.0.1:{free_port()}"
    with processes(address, None, GRADLOOM_SHARED_MEMORY="0"):
        session = gl.connect(address, timeout_s=40)
        for x in (LARGE, LARGE.reshape(2, -1)[:, ::3], np.zeros((0, 3))):
            np.testing.assert_array_equal(gl.compile(turned, session)(x), x[::-1] + 1)
        session.close()


def test_keys_are_the_owners_alone(tmp_path):
    text = made_keys.make(tmp_path / "a")
    assert made_keys.make(tmp_path / "a") == text  # the same again
    secret = tmp_path / "a" / "own.key_secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    with pytest.raises(gl.FileError, match="secret key"):
        made_keys.allow(tmp_path / "a", secret, "x")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(gl.FileError, match="no key"):
        made_keys.allow(tmp_path / "a", tmp_path / "text", "x")
    with pytest.raises(gl.FileError, match="name of a file"):
        made_keys.allow(tmp_path / "a", tmp_path / "a" / "own.key", "../x")
    with pytest.raises(gl.FileMissing, match=r"dispatcher\.key"):
        Keys(tmp_path / "a").dispatcher()
    secret.chmod(0o644)
    with pytest.raises(gl.FileError, match="read by others"):
        Keys(tmp_path / "a")
    with pytest.raises(gl.FileMissing, match="gradloom keys"):
        Keys(tmp_path / "b")
