"""Tensors print as torch's do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

import gradloom.eager as gt

pytestmark = pytest.mark.framework


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with gt.local():
        yield


@pytest.mark.parametrize("text", [
    "m.tensor([1.5, 2.25, -3])", "m.tensor([1e-5, 1.0])", "m.tensor([1e10, 1.0])",
    "m.tensor([float('nan'), 1.0])", "m.tensor([float('inf'), 1.5])", "m.tensor(3)",
    "m.tensor(2.5)", "m.tensor([True, False])", "m.tensor([True, True])", "m.arange(3.0)",
    "m.tensor([[1, 2], [3, 4]])", "m.tensor([])", "m.arange(0)", "m.tensor([0.1])",
    "m.tensor([1.0, 2.0], dtype=m.float64)", "m.tensor([1], dtype=m.int32)", "m.zeros(2, 2)",
    "m.tensor([1.0, 2.0], requires_grad=True)", "m.tensor([100000.5, 1.0])",
    "m.arange(24).reshape(2, 3, 4)", "m.tensor([-1.0, 2.0])", "m.tensor([float('nan'), -1]).relu()",
])  # fmt: skip
def test_text_is_torchs(text: str) -> None:
    def shown(m: Any) -> str:
        return repr(eval(text, {"m": m}))

    assert shown(gt).replace("gt.", "torch.") == shown(torch)
