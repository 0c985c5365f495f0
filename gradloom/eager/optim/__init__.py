"""`gt.optim`: optimizers, and learning rates that change."""

from __future__ import annotations

from gradloom.eager.optim import lr_scheduler
from gradloom.eager.optim.adaptive import Adadelta, Adagrad, Adamax, NAdam, RAdam, RMSprop, Rprop
from gradloom.eager.optim.lbfgs import LBFGS
from gradloom.eager.optim.optimizer import Optimizer
from gradloom.eager.optim.optimizers import SGD, Adam, AdamW

__all__ = [
    "LBFGS", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "Optimizer",
    "RAdam", "RMSprop", "Rprop", "lr_scheduler",
]  # fmt: skip
