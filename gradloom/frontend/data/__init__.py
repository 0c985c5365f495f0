"""Arrays in batches: one epoch of them (`batches`), or as many as are asked for (`DataLoader`)."""

from gradloom.frontend.data.batches import batches
from gradloom.frontend.data.loader import DataLoader

__all__ = ["DataLoader", "batches"]
