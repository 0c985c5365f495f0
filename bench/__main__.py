"""Run the benchmarks by name, or all: `python -m bench mlp tracing calls`."""

from __future__ import annotations

import sys
from importlib import import_module

from bench.timing import single_thread

NAMES = (
    "tracing",
    "converted",
    "calls",
    "mlp",
    "training",
    "optim",
    "pools",
    "cluster",
    "sharding",
    "watching",
    "animation",
    "sentence_embedding",
)


def main(names: list[str]) -> None:
    """Print the tables of these benchmarks."""
    single_thread()
    for name in names or NAMES:
        print(import_module(f"bench.{name}").run(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
