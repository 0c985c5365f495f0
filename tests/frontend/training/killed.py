"""A training in a process of its own, to be killed: `python killed.py FOLDER`; says each step."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import gradloom as gl
from tests.frontend.training.problems import class_loss, classes, layers


class Said:
    """Says each step."""

    def on_step(self, run: Any) -> None:
        sys.stdout.write(f"{run.step}\n")
        sys.stdout.flush()


def run(folder: Path | None) -> Any:
    """The training, resumed where there is something to resume."""
    x, y = classes(320)
    kept = None if folder is None else gl.training.Checkpoints(folder, every_steps=1, keep=2)
    return gl.fit(
        layers(), class_loss, x, y, epochs=4, opt=gl.optim.Adam(lr=0.01), batch_size=16,
        checkpoint=kept, resume=folder is not None, callbacks=[] if folder is None else [Said()],
    )  # fmt: skip


if __name__ == "__main__":
    run(Path(sys.argv[1]))
