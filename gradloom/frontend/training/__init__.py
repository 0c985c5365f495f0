"""Training: whole steps (`train`), or epochs of batches (`fit`), with what belongs to them."""

from gradloom.frontend.training.checkpoints import (
    Checkpoint,
    Checkpoints,
    CheckpointSkipped,
    load_checkpoint,
)
from gradloom.frontend.training.evaluation import evaluate
from gradloom.frontend.training.fit import fit
from gradloom.frontend.training.history import History, Trained
from gradloom.frontend.training.precision import Scaling
from gradloom.frontend.training.run import Callback, Run
from gradloom.frontend.training.stopping import EarlyStopping
from gradloom.frontend.training.train import train

__all__ = [
    "Callback",
    "Checkpoint",
    "CheckpointSkipped",
    "Checkpoints",
    "EarlyStopping",
    "History",
    "Run",
    "Scaling",
    "Trained",
    "evaluate",
    "fit",
    "load_checkpoint",
    "train",
]
