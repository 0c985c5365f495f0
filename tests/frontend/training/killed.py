"""A training in a process of its own, to be killed: `python killed.py FOLDER [SECONDS]` says each
step, and then waits so long.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import gradloom as gl
from tests.frontend.training.problems import class_loss, classes, layers


class Said:
    """Says each step."""

    def __init__(self, waits: float) -> None:
        self.waits = waits

    def on_step(self, run: Any) -> None:
        sys.stdout.write(f"{run.step}\n")
        sys.stdout.flush()
        time.sleep(self.waits)


def run(folder: Path | None, waits: float = 0, every: int | None = 1) -> Any:
    """The training, resumed where there is something to resume."""
    x, y = classes(320)
    kept = None if folder is None else gl.training.Checkpoints(folder, every_steps=every, keep=2)
    return gl.fit(
        layers(), class_loss, x, y, epochs=4, opt=gl.optim.Adam(lr=0.01), batch_size=16,
        checkpoint=kept, resume=folder is not None,
        callbacks=[] if folder is None else [Said(waits)],
    )  # fmt: skip


if __name__ == "__main__":
    seconds = [float(given) for given in sys.argv[2:]]
    run(Path(sys.argv[1]), *seconds, every=None if seconds else 1)
