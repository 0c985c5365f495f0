"""`gt.optim`: optimizers, and learning rates that change."""

from __future__ import annotations

from gradloom.eager.optim import lr_scheduler
from gradloom.eager.optim.optimizers import SGD, Adam, AdamW, Optimizer

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler"]
