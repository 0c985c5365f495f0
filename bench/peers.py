"""What the cluster is measured beside: raw ZMQ between processes, and Gloo.

`python -m bench.peers echo ADDRESS` answers, `python -m bench.peers relay ADDRESS BEYOND` passes on
what comes, to and fro; the benchmark starts them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import zmq


def echo(address: str) -> None:
    """Answer what comes, until nothing has come for ten seconds."""
    socket = zmq.Context.instance().socket(zmq.ROUTER)
    socket.bind(address)
    while socket.poll(10_000):
        socket.send_multipart(socket.recv_multipart())


def relay(address: str, beyond: str) -> None:
    """Pass on what comes, and pass back what is answered."""
    context = zmq.Context.instance()
    front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
    front.bind(address)
    back.connect(beyond)
    poller = zmq.Poller()
    poller.register(front, zmq.POLLIN)
    poller.register(back, zmq.POLLIN)
    while ready := dict(poller.poll(10_000)):
        if front in ready:
            back.send_multipart(front.recv_multipart())
        if back in ready:
            front.send_multipart(back.recv_multipart())


@contextmanager
def _process(*arguments: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "bench.peers", *arguments])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def round_trips(hops: int, rounds: int = 2_000) -> float:
    """Median seconds until 64 bytes are back: from another process, or through it from a third."""
    with tempfile.TemporaryDirectory() as folder:
        near, far = f"ipc://{folder}/near", f"ipc://{folder}/far"
        ways = [("echo", near)] if hops == 1 else [("relay", near, far), ("echo", far)]
        with _process(*ways[0]), _process(*ways[-1]):
            socket = zmq.Context.instance().socket(zmq.DEALER)
            socket.connect(near)
            times = []
            for _ in range(rounds):
                start = time.perf_counter()
                socket.send(b"." * 64)
                if not socket.poll(10_000):
                    raise RuntimeError("the echo does not answer")
                socket.recv()
                times.append(time.perf_counter() - start)
            socket.close(linger=0)
    return median(times[rounds // 10 :])


if __name__ == "__main__":
    {"echo": echo, "relay": relay}[sys.argv[1]](*sys.argv[2:])
