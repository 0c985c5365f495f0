"""Checkpoints of a training, in a folder: the last few, and the best."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, final

import numpy as np

from gradloom.frontend.data.columns import positive
from gradloom.frontend.training import archive
from gradloom.frontend.training.form import Form, leaves_of
from gradloom.ir.errors import ArgumentError, FileError, FileMissing, FileUnwritable
from gradloom.ir.paths import PathLike, path_of

_NAME: Final = re.compile(r"step-(\d{9,})\.safetensors")
_UNFINISHED: Final = re.compile(
    r"\.step-\d{9,}\.safetensors\.[0-9a-f]{16}\.tmp"
)  # as replace_file names them


class CheckpointSkipped(UserWarning):
    """A checkpoint could not be read, and an older one is used."""


@final
@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint holds: the weights by path, and the state of everything else."""

    path: Path
    content: Mapping[str, Any]

    @property
    def step(self) -> int:
        """How many batches the training had seen."""
        return int(self.content["run"]["step"])

    @property
    def epoch(self) -> int:
        """How many epochs were complete."""
        return int(self.content["run"]["epoch"])

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The arrays of the weights, by path."""
        return dict(self.content["weights"])

    def into(self, weights: Any) -> Any:
        """Weights like these, with the arrays of the checkpoint; raises `StateMismatch`."""
        form = Form.of(weights)
        return form.tree(leaves_of(form, form.leaves(weights), self.weights, self.path))


@final
class Checkpoints:
    """Where and when `gl.fit` writes checkpoints.

    `folder` is made where it is not there. One is written at the end of every `every_epochs`
    epochs, and every `every_steps` batches if given. The last `keep` stay, and the best by
    `monitor` ("loss", "validation" or a metric's name; `mode` "min" or "max").
    """

    def __init__(
        self, folder: PathLike, *, every_epochs: int = 1,
        every_steps: int | None = None, keep: int = 3, monitor: str | None = None,
        mode: Literal["min", "max"] = "min",
    ) -> None:  # fmt: skip
        self.folder = path_of(folder)
        self.every_epochs = positive("Checkpoints", "every_epochs", every_epochs)
        self.every_steps = (
            None if every_steps is None else positive("Checkpoints", "every_steps", every_steps)
        )
        self.keep = positive("Checkpoints", "keep", keep)
        if mode not in ("min", "max"):
            raise ArgumentError(f"Checkpoints: mode is {mode!r}", hint='"min" or "max"')
        self.monitor, self.mode = monitor, mode
        self.best: int | None = None
        self._score = 0.0

    # ---- the folder ------------------------------------------------------------------------------

    def open(self, is_resuming: bool) -> None:
        """Make the folder, and clear what an interrupted training was writing there.

        Raises `ArgumentError` where another training's checkpoints are in it and nothing is to be
        resumed, `FileUnwritable` where it cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            found = self.steps()
            if found and not is_resuming:
                raise ArgumentError(
                    f"{self.folder} has checkpoints of another training (up to step {found[-1]})",
                    hint="resume=True goes on with it; or name another folder",
                )
            for path in self.folder.iterdir():
                if _UNFINISHED.fullmatch(path.name):
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise FileUnwritable(
                f"{self.folder} cannot be used for checkpoints: {error.strerror or error}",
                hint="name a folder that you may write to",
            ) from error

    def steps(self) -> list[int]:
        """The steps of the checkpoints that are there, in order."""
        if not self.folder.is_dir():
            return []
        names = [_NAME.fullmatch(path.name) for path in self.folder.iterdir()]
        return sorted(int(match[1]) for match in names if match)

    def path(self, step: int) -> Path:
        """The file of a step."""
        return self.folder / f"step-{step:09d}.safetensors"

    # ---- writing ---------------------------------------------------------------------------------

    def is_due(self, step: int, epoch: int, is_epoch: bool) -> bool:
        """Whether one is to be written now."""
        if is_epoch:
            return epoch % self.every_epochs == 0
        return self.every_steps is not None and step % self.every_steps == 0

    def save(self, step: int, content: Mapping[str, Any], score: float | None) -> None:
        """Write one, then remove those that need not stay."""
        sign = 1 if self.mode == "min" else -1
        if score is not None and (self.best is None or sign * score < sign * self._score):
            self.best, self._score = step, score
        own = {"best": self.best, "score": self._score}
        archive.write(self.path(step), {**content, "checkpoints": own})
        for old in self.steps()[: -self.keep]:
            if old != self.best:
                self.path(old).unlink(missing_ok=True)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on with what is known of the best."""
        self.best, self._score = state["best"], state["score"]


def load_checkpoint(path: PathLike) -> Checkpoint:
    """The checkpoint of a file, or the newest of a folder that can be read.

    One that cannot is passed over with a `CheckpointSkipped` warning. Raises `FileMissing` where
    there is none, `FileError` where none can be read.
    """
    place = path_of(path)
    if not place.is_dir():
        return Checkpoint(place, archive.read(place))
    found = Checkpoints(place)
    steps = found.steps()
    if not steps:
        raise FileMissing(f"there is no checkpoint in {place}", hint="is the path right?")
    wrong: list[FileError] = []
    for step in reversed(steps):
        try:
            made = Checkpoint(found.path(step), archive.read(found.path(step)))
        except FileError as error:
            wrong.append(error)
            continue
        for told in wrong:
            warnings.warn(
                f"{told.message}; step {step} is used in its place",
                CheckpointSkipped,
                stacklevel=2,
            )
        return made
    raise FileError(
        f"none of the {len(steps)} checkpoints in {place} can be read: {wrong[0].message}",
        hint="start again in another folder",
    )
