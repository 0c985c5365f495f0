"""Training: whole steps (`train`), or epochs of batches (`fit`)."""

from gradloom.frontend.training.fit import fit
from gradloom.frontend.training.history import History, Trained
from gradloom.frontend.training.train import train

__all__ = ["History", "Trained", "fit", "train"]
