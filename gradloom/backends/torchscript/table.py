"""The rows that differ from torch's own: what they write there, TorchScript does not read."""

from __future__ import annotations

from typing import Final

from gradloom.backends.backend import Row
from gradloom.backends.torch.table import ABSENT as TORCH_ABSENT
from gradloom.backends.torch.table import TABLE as TORCH
from gradloom.backends.torchscript import control, indexing
from gradloom.ir.op import Op

TABLE: Final[dict[Op, Row]] = {**TORCH, **control.ROWS, **indexing.ROWS}

ABSENT: Final[dict[Op, str]] = {**TORCH_ABSENT}
