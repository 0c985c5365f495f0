"""Work on several workers beside its peers: sums over workers beside Gloo's, and a training step on
two workers beside one.

`python -m bench sharding`. `python -m bench.sharding gloo RANK PORT BYTES` is one of Gloo's two
processes.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

import gradloom as gl
import gradloom.eager as gt

SIZES = (1 << 12, 1 << 20, 1 << 26)
"""Bytes that are summed."""
ROUNDS, TURNS = 7, 8


def gloo(rank: int, port: int, nbytes: int) -> None:
    """One of two processes that sum; the first prints median seconds."""
    import torch
    import torch.distributed as dist

    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    x = torch.ones(nbytes // 4)
    times = []
    for _ in range(ROUNDS + 3):
        begun = time.perf_counter()
        for _ in range(TURNS):
            dist.all_reduce(x)
            x.mul_(0.5)
        times.append((time.perf_counter() - begun) / TURNS)
    if rank == 0:
        print(median(times[3:]), flush=True)
    dist.destroy_process_group()


def gloos(nbytes: int) -> float:
    """Median seconds of Gloo's sum and a multiplication, in two processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.sharding", "gloo"]
    processes = [
        subprocess.Popen([*command, str(r), str(port), str(nbytes)], stdout=subprocess.PIPE)
        for r in range(2)
    ]
    told = [p.communicate(timeout=300)[0] for p in processes]
    return float(told[0])


def ours(session: Any, nbytes: int) -> float:
    """Median seconds of the same on two workers: what the steps of an `all_reduce` are."""
    array = np.ones(nbytes // 4, np.float32)
    half = np.float32(0.5)
    add = gl.trace(lambda a, b: (a + b) * half, array, array)
    first = gl.trace(lambda x: x[:1], array)
    workers = sorted(p.worker for p in session.places)
    parts = [session.put(array, w) for w in workers]
    times = []
    for _ in range(ROUNDS + 3):
        begun = time.perf_counter()
        for _ in range(TURNS):
            parts = [session.call(add, parts, worker=w)[0] for w in workers]
        ends = [session.call(first, [p], worker=w)[0] for p, w in zip(parts, workers, strict=True)]
        for end in ends:
            session.fetch(end)
        times.append((time.perf_counter() - begun) / TURNS)
    return median(times[3:])


def sums(session: Any) -> str:
    """A sum over two workers beside Gloo's, in turn."""
    lines = []
    for nbytes in SIZES:
        pairs = [(gloos(nbytes), ours(session, nbytes)) for _ in range(3)]
        theirs, mine = (median(p[i] for p in pairs) for i in (0, 1))
        lines.append(
            f"| {nbytes:,} | {theirs * 1e3:.3g} | {mine * 1e3:.3g} | {mine / theirs:.2f} |"
        )
    head = "| bytes | Gloo, ms | gradloom, ms | ratio |\n|---|---|---|---|"
    return "\n".join(["### A sum over two workers, and a multiplication", "", head, *lines, ""])


def step(signal: str, width: int = 1_024) -> Callable[[], float]:
    """A step of training of two layers; the batch is placed by a signal."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> Any:
        return gt.from_numpy(rng.standard_normal(shape).astype(np.float32) / 32)

    with gt.signal.context(signal) if signal else contextlib.nullcontext():
        x, y = normal(2 * width, width), normal(2 * width, 16)
    v, w = normal(width, width).requires_grad_(), normal(width, 16).requires_grad_()

    def run() -> float:
        loss = (((x @ v).tanh() @ w - y) ** 2).mean()
        loss.backward()
        with gt.no_grad():
            for p in (v, w):
                p -= 0.1 * p.grad
                p.grad = None
        return float(loss)

    return run


def two_workers() -> str:
    """A step of training on one worker and on two, in turn."""
    gt.register_config("both", gt.SignalConfig(shard=gt.ShardConfig(axis=0, workers=[0, 1])))
    ways = {"one worker": step(""), "two workers": step("both")}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 5):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            if turn >= 5:
                times[name].append(time.perf_counter() - begun)
    one, two = (median(t) for t in times.values())
    return (
        "### A step of training, batch 2,048, 1,024 wide\n\n"
        "| one worker, ms | two workers, ms | times as fast |\n|---|---|---|\n"
        f"| {one * 1e3:.3g} | {two * 1e3:.3g} | {one / two:.2f} |\n"
    )


def run() -> str:
    """Every table, and how busy the machine was."""
    before = os.getloadavg()[0]
    with gl.cluster(workers=2) as cluster:
        parts = [sums(cluster.session), two_workers()]
    load = f"Load before {before:.2f}, after {os.getloadavg()[0]:.2f}, of {os.cpu_count()} cores."
    return "\n".join([*parts, load, ""])


if __name__ == "__main__":
    gloo(*map(int, sys.argv[2:]))
