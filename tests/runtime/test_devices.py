"""Which device a worker computes on."""

from __future__ import annotations

import pytest

from gradloom.ir.errors import ArgumentError
from gradloom.runtime.devices import chosen

FOUR = ("cpu", "cuda:0", "cuda:1", "cuda:2", "cuda:3")


def test_workers_have_a_gpu_each_while_there_are_enough_and_then_share():
    assert [chosen(FOUR, "", i) for i in range(6)] == [
        "cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:0", "cuda:1",
    ]  # fmt: skip


def test_without_gpus_all_compute_on_the_cpu():
    assert {chosen(devices, "", i) for devices in (("cpu",), ("cpu:0",), ()) for i in range(3)} == {
        "cpu"
    }


def test_what_is_asked_for_is_taken_if_it_is_there():
    assert chosen(FOUR, "cuda:2", 0) == "cuda:2"
    assert chosen(FOUR, "cpu", 3) == "cpu"
    assert chosen(FOUR, "cuda", 3) == "cuda"
    for asked in ("cuda:4", "tpu", "gpu:0"):
        with pytest.raises(ArgumentError, match=asked):
            chosen(FOUR, asked, 0)
    with pytest.raises(ArgumentError, match="cuda"):
        chosen(("cpu",), "cuda", 0)
