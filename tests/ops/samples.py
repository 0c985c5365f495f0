"""The samples of all ops, which every test over ops x rule (or x backend) runs."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from tests.ops.sample import Sample

_MODULES = (
    "samples_elementwise",
    "samples_a",
    "samples_b",
    "samples_special",
    "samples_random",
)


def _merged() -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for name in _MODULES:
        if find_spec(f"tests.ops.{name}") is not None:
            for op, samples in import_module(f"tests.ops.{name}").SAMPLES.items():
                found.setdefault(op, []).extend(samples)
    return found


SAMPLES: dict[str, list[Sample]] = _merged()
