"""Which device a worker computes on."""

from __future__ import annotations

from collections.abc import Sequence

from gradloom.ir.errors import ArgumentError


def chosen(devices: Sequence[str], asked: str, index: int) -> str:
    """The device of the worker with this number among those of its host: what was asked for, else a
    GPU each, in turn, else the CPU. ArgumentError where it is not one of `devices`.

    >>> [chosen(("cpu", "cuda:0", "cuda:1"), "", i) for i in range(3)]
    ['cuda:0', 'cuda:1', 'cuda:0']
    >>> chosen(("cpu",), "", 1)
    'cpu'
    """
    if not asked:
        gpus = [d for d in devices if d.startswith("cuda")]
        return gpus[index % len(gpus)] if gpus else "cpu"
    kinds = {d.partition(":")[0] for d in devices} | {"cpu"}
    if asked not in (*devices, *kinds, "cpu:0"):
        raise ArgumentError(
            f"device {asked!r} is not here; there are {', '.join(devices)}",
            hint="say one of those, or none to have one chosen",
        )
    return asked
