"""A dispatcher and workers as processes of this host, and sessions at a dispatcher."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Final, final

from gradloom.ir.errors import ArgumentError, RemoteError
from gradloom.runtime.client import Client
from gradloom.runtime.current import set_default, using
from gradloom.runtime.data.shared import sweep
from gradloom.runtime.settings import DEBUG_COMPILE, DEBUG_DISPATCHER, DEBUG_WORKER, VERBOSE
from gradloom.runtime.transport import attach
from gradloom.runtime.transport.host import new_folder
from gradloom.runtime.transport.keys import Keys

START_S: Final = 60.0
"""How long processes are waited for: a framework takes seconds to load."""
_STOP_S: Final = 5.0
_TAIL: Final = 4_000
_LOOK_S: Final = 0.2
_MOST_RESTARTS: Final = 10
_RESTARTS_S: Final = 60.0
"""No more than so many workers are replaced in this time: what makes them end goes on."""


@final
class Cluster:
    """A dispatcher and workers that live as long as this object: a context manager, in which
    `backend="cluster"` means it.

    `session` is a session of the starting process; `connect` opens further ones, and `address` is
    what other processes connect to.
    """

    def __init__(
        self,
        workers: int,
        backend: str,
        device: str | None,
        log: str = "",
        restart: bool = False,
    ) -> None:
        self._folder = new_folder()
        self.address: Final = f"ipc://{self._folder}/dispatcher"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._number = 0
        self._backend, self._device = backend, device
        self._sessions: list[Client] = []
        self._using: Any = None
        self._shares: dict[int, tuple[int, int]] = {}  # worker's process -> its index, its share
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)
        atexit.register(self.close)
        try:
            named = ["--name", os.path.basename(sys.argv[0]) or "python"]
            logged = ["--log", os.path.abspath(os.path.expanduser(log))] if log else []
            self._start("serve", "dispatcher", [*named, *logged])
            for _ in range(workers):
                self.add_worker(workers)
            self.session: Final = attach.connect(self.address, "", START_S, self._require_alive)
            self._sessions.append(self.session)
            self._await(workers)
            if restart:
                self._supervisor.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Cluster:
        self._using = using(self.session)
        self._using.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._using.__exit__(kind, error, trace)
        self.close()

    @property
    def processes(self) -> tuple[int, ...]:
        """The process numbers: the dispatcher's, then the workers'."""
        return tuple(p.pid for p in self._processes)

    def add_worker(self, share: int = 1) -> int:
        """Start one more worker; its process number. `share`: how many share the host's cores."""
        with self._lock:
            return self._add_worker(self._number, share)

    def connect(self, name: str = "", timeout_s: float = 10.0) -> Client:
        """One more session, for another thread."""
        self._sessions = [s for s in self._sessions if not s.is_closed]
        session = attach.connect(self.address, name, timeout_s)
        self._sessions.append(session)
        return session

    def close(self) -> None:
        """End every session and process."""
        atexit.unregister(self.close)
        self._closed.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        for session in self._sessions:
            session.close()
        self._sessions.clear()
        for process in reversed(self._processes):
            with contextlib.suppress(OSError):
                process.terminate()
        end = time.monotonic() + _STOP_S
        for process in self._processes:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            sweep(process.pid)
        self._processes.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    # ---- below -----------------------------------------------------------------------------------

    def _add_worker(self, index: int, share: int) -> int:
        name = f"worker-{self._number}"
        self._number += 1
        options = ["--name", name, "--backend", self._backend, "--index", str(index)]
        options += [] if self._device is None else ["--device", self._device]
        threads = str(max(1, (os.cpu_count() or 1) // max(1, share)))
        pid = self._start("worker", name, options, {"OMP_NUM_THREADS": threads})
        self._shares[pid] = index, share
        return pid

    def _supervise(self) -> None:
        """Replace workers whose processes end, as long as that does not happen all the time."""
        restarts: deque[float] = deque(maxlen=_MOST_RESTARTS)
        while not self._closed.wait(_LOOK_S):
            with self._lock:
                for process in self._processes[1:]:
                    now = time.monotonic()
                    few = len(restarts) < _MOST_RESTARTS or now - restarts[0] > _RESTARTS_S
                    if process.poll() is not None and few:
                        restarts.append(now)
                        self._processes.remove(process)
                        sweep(process.pid)
                        self._add_worker(*self._shares.pop(process.pid))

    def _start(
        self, command: str, name: str, options: list[str], defaults: dict[str, str] | None = None
    ) -> int:
        log = Path(self._folder, f"{name}.log")
        with log.open("wb") as out:
            process = subprocess.Popen(
                [
                    sys.executable, "-m", "gradloom.cli", command, "--address", self.address,
                    "--parent", str(os.getpid()), *options,
                ],
                stdin=subprocess.DEVNULL, stdout=out,
                stderr=None if _is_talkative(command) else out,
                env={**(defaults or {}), **os.environ, "PYTHONPATH": _path()},
            )  # fmt: skip
        self._processes.append(process)
        return process.pid

    def _await(self, workers: int) -> None:
        end = time.monotonic() + START_S
        while len(self.session.places) < workers:
            self._require_alive()
            if time.monotonic() > end:
                raise RemoteError(
                    f"{workers} workers were started, and {len(self.session.places)} came within "
                    f"{START_S:g} s",
                    hint=self._said(),
                )
            self.session.listen(0.1)

    def _require_alive(self) -> None:
        for process in self._processes:
            if process.poll() is not None:
                raise RemoteError(
                    f"a process of the cluster ended with exit code {process.returncode} as it "
                    "started",
                    hint=self._said(),
                )

    def _said(self) -> str:
        logs = sorted(Path(self._folder).glob("*.log"))
        told = "".join(log.read_text(errors="replace") for log in logs)
        return told[-_TAIL:].strip()


def _is_talkative(command: str) -> bool:
    """Whether a process is to be heard on this one's stderr."""
    flags = {
        "serve": (VERBOSE, DEBUG_DISPATCHER),
        "worker": (DEBUG_WORKER, DEBUG_COMPILE),
    }[command]
    return any(flag.get() for flag in flags)


def _path() -> str:
    """Where this gradloom is, first, for processes that are to run the same."""
    here = str(Path(__file__).parents[2])
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])


def start(
    workers: int,
    backend: str = "torch",
    device: str | None = None,
    log: str = "",
    restart: bool = False,
) -> Cluster:
    """A cluster of this host."""
    if workers < 1:
        raise ArgumentError(f"a cluster has at least one worker, not {workers}")
    return Cluster(workers, backend, device, log, restart)


def cluster(
    workers: int = 1,
    *,
    backend: str = "torch",
    device: str | None = None,
    log: str | os.PathLike[str] = "",
    restart: bool = False,
) -> Cluster:
    """A dispatcher and `workers` workers on this host, as processes, until the block ends.

    `backend` is what the workers compute with ("torch", "numpy", "jax"); `device` is where: unsaid,
    each has a GPU of its own while there are enough. `log` is a file for all that happens. With
    `restart`, a worker whose process ends is replaced, ten times a minute at most. Raises
    RemoteError where they do not come within a minute, with what they said.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> with gl.cluster(workers=1, backend="numpy"):
    ...     gl.compile(lambda x: x * 2 + 1, backend="cluster")(np.arange(3.0))
    array([1., 3., 5.])
    """
    return start(workers, backend, device, os.fspath(log), restart)


def connect(
    address: str,
    *,
    name: str = "",
    timeout_s: float = 10.0,
    keys: str | os.PathLike[str] | None = None,
) -> Client:
    """A session at the dispatcher of `host:port`, `tcp://host:port` or `ipc://path`, which is the
    current one from now on.

    `keys` is the folder of this process's keys, without which only this host is connected to.
    Raises RemoteError where none answers within `timeout_s` seconds, as it does not where the
    dispatcher does not know the key.

    >>> connect("127.0.0.1:1", timeout_s=0.1)
    Traceback (most recent call last):
    ...
    gradloom.ir.errors.RemoteError: no dispatcher answered at 127.0.0.1:1 within 0.1 s
      start one with `gradloom serve`, or see whether the address is right
    """
    own = None if keys is None else Keys(os.path.expanduser(keys))
    session = attach.connect(address, name, timeout_s, keys=own)
    set_default(session)
    return session
