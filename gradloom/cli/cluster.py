"""`gradloom serve` and `gradloom worker`: the processes of a cluster."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gradloom.cli.stopping import stopper
from gradloom.ir.errors import BackendMissing, FileError

_DEFAULT = "127.0.0.1:9000"
_MOST_NAME = 200
Address = Annotated[
    str, typer.Option("--address", "-a", help="host:port, or ipc:///path/of/a/socket")
]
KeyFolder = Annotated[
    Path | None, typer.Option("--keys", help="the folder of this process's keys: gradloom keys")
]
Parent = Annotated[int, typer.Option(help="stop when this process ends", hidden=True)]


def serve(
    address: Address = _DEFAULT,
    keys: KeyFolder = None,
    log: Annotated[
        str, typer.Option(help="a file for all that happens: JSON lines (.jsonl), or text")
    ] = "",
    name: Annotated[str, typer.Option(help="what `gradloom top` calls it")] = "",
    workers: Annotated[int, typer.Option(min=0, help="start so many workers beside it")] = 0,
    backend: Annotated[str, typer.Option(help="what these compute with")] = "torch",
    parent: Parent = 0,
) -> None:
    """Run the dispatcher of a cluster, until it is stopped by Ctrl-C.

    Example: `gradloom serve -a 127.0.0.1:9000`, `gradloom serve --workers 2 --log events.jsonl`
    """
    require_zmq()
    from gradloom.runtime.settings import INSTRUCTION_LOG
    from gradloom.runtime.transport.host import endpoint
    from gradloom.runtime.transport.serve import Server

    own = keys_of(keys)
    server = Server(endpoint(address, own is not None), keys=own, log=log or INSTRUCTION_LOG.get())
    print(f"gradloom: a dispatcher at {server.address}", flush=True)
    told = _announced(server.address, name, own is not None)
    started = [_worker(server.address, backend, keys, i) for i in range(workers)]
    try:
        server.run(stopper(parent))
    finally:
        told.close()
        server.close()
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def _worker(address: str, backend: str, keys: Path | None, index: int) -> subprocess.Popen[bytes]:
    """A worker that ends with this process."""
    options = ["--backend", backend, "--index", str(index), "--parent", str(os.getpid())]
    options += ["--keys", str(keys)] if keys is not None else []
    return subprocess.Popen(
        [sys.executable, "-m", "gradloom.cli", "worker", "-a", address, *options]
    )


def _announced(address: str, name: str, keys: bool) -> Any:
    """What lets `gradloom top` find a dispatcher; where that cannot be, it has to be told where."""
    from gradloom.runtime.running import Announcement

    try:
        return Announcement(address, name, keys)
    except (FileError, OSError) as e:
        print(f"gradloom: top and record will need -a {address}: {e}", file=sys.stderr)
        return contextlib.ExitStack()


def worker(
    address: Address = _DEFAULT,
    name: Annotated[str, typer.Option(help="what errors call it; numbered where empty")] = "",
    backend: Annotated[str, typer.Option(help="torch, numpy or jax")] = "torch",
    device: Annotated[str, typer.Option(help="cpu, cuda:0, ...; its first GPU if any")] = "",
    keys: KeyFolder = None,
    reconnect: Annotated[
        float, typer.Option(help="seconds to wait for another dispatcher when this one is gone")
    ] = 0.0,
    index: Annotated[
        int, typer.Option(help="which GPU, where there are several and no device is said")
    ] = 0,
    parent: Parent = 0,
) -> None:
    """Run a worker of a cluster, until its dispatcher is gone or it is stopped by Ctrl-C.

    Example: `gradloom worker -a 127.0.0.1:9000 --backend torch --device cuda:1`
    """
    require_zmq()
    from gradloom import backends
    from gradloom.runtime.devices import chosen
    from gradloom.runtime.transport.host import endpoint
    from gradloom.runtime.transport.labour import Labourer

    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # GPUs may be shared
    # torch's large arrays in huge pages: 64 MB summed over two workers in 50 ms, not in 140.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    found, own = backends.get(backend), keys_of(keys)
    device = chosen(found.devices(), device, index)
    where = endpoint(address, own is not None)
    labourer = Labourer(where, name[:_MOST_NAME], found, device, own, max(0.0, reconnect))
    print(f"gradloom: a worker of {address}, computing with {backend} on {device}", flush=True)
    try:
        reason = labourer.run(stopper(parent))
    finally:
        labourer.close()
    if reason:
        print(f"gradloom: {reason}", file=sys.stderr)
        raise typer.Exit(1)


def keys(
    folder: Annotated[Path, typer.Argument(help="the folder of this process's keys")],
    allow: Annotated[
        Path | None, typer.Option(help="a public key (own.key) of one who may connect here")
    ] = None,
    name: Annotated[str, typer.Option(help="what the allowed key is called")] = "",
) -> None:
    """Make a pair of keys where there is none, or let the owner of a key connect.

    Example: `gradloom keys ~/.gradloom`, `gradloom keys ~/.gradloom --allow alice.key --name alice`
    """
    require_zmq()
    from gradloom.runtime.transport import keys as made

    public = made.make(folder)
    if allow is None:
        print(f"{folder / 'own.key'}: {public}")
    else:
        print(f"allowed: {made.allow(folder, allow, name or allow.stem)}")


def keys_of(folder: Path | None) -> Any:
    """The keys of a folder, None without one."""
    from gradloom.runtime.transport.keys import Keys

    return None if folder is None else Keys(folder)


def require_zmq() -> None:
    """Raise BackendMissing where what a cluster needs is not installed."""
    import importlib.util

    if importlib.util.find_spec("zmq") is None or importlib.util.find_spec("msgspec") is None:
        raise BackendMissing(
            "a cluster needs pyzmq and msgspec", hint="pip install 'gradloom[cluster]'"
        )
