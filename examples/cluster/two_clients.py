"""Two programs at once on one cluster: neither sees the other's tensors, signals or mistakes.

    python examples/cluster/two_clients.py

Each client is a process of its own here; two threads with a session each do as well.
"""

from __future__ import annotations

import subprocess
import sys

import gradloom as gl
import gradloom.eager as gt


def client(address: str, name: str, target: float) -> None:
    """Find a number whose square is `target`, by Newton's method."""
    gt.connect(address, name=name)
    x = gt.tensor(1.0, requires_grad=True)
    for _ in range(20):
        error = x * x - target
        (slope,) = gt.autograd.grad(error, x)
        with gt.no_grad():
            x -= error / slope
    print(f"{name}: {x.item():.6f} squared is {target:g}", flush=True)


def main() -> None:
    """Start a cluster, and two clients beside each other."""
    with gl.cluster(workers=2, backend="numpy") as cluster:
        command = [sys.executable, __file__, cluster.address]
        clients = [
            subprocess.Popen([*command, name, target])
            for name, target in (("ann", "2"), ("bob", "3"))
        ]
        for process in clients:
            if process.wait(timeout=120):
                raise SystemExit("a client failed")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        client(sys.argv[1], sys.argv[2], float(sys.argv[3]))
    else:
        main()
