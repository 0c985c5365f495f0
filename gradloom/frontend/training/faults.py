"""What is said of a loss or gradient that is no finite number."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradloom.frontend.signature import flatten
from gradloom.frontend.training.engine import Engine, Outcome
from gradloom.frontend.understand import find_nan
from gradloom.ir.errors import GradloomError, NotFinite


def noted(batch: Any, place: str) -> str:
    """Where an error happened, and between what numbers the batch's integers are: labels and
    indices out of range are what a program most often raises for.
    """
    ranges = [
        f"array {i} of the batch has {x.dtype} from {x.min()} to {x.max()}"
        for i, x in enumerate(flatten(batch)[0])
        if isinstance(x, np.ndarray) and x.dtype.kind in "iu" and x.size
    ]
    return "; ".join([f"at {place}", *ranges])


def fault(engine: Engine, outcome: Outcome, batch: Any, number: int, place: str) -> NotFinite:
    """The error of a step that gave no finite number: where in the training, and which op of the
    user's gave the first one, found by going through that very batch with those weights.
    """
    if np.isfinite(outcome.loss):
        what = f"the gradient's norm is {outcome.norm} (the loss is {outcome.loss:.6g})"
    else:
        what = f"the loss is {outcome.loss}"
    cause = _cause(engine, batch, number) or _without_op(engine, outcome)
    return NotFinite(
        f"{engine.settings.name}: {what} at {place}; {cause}",
        hint='the weights are those before this step; on_nan="skip" leaves such batches out',
    )


def _without_op(engine: Engine, outcome: Outcome) -> str:
    """What is said where going through the step on numpy meets only finite numbers."""
    if np.isfinite(outcome.loss):
        return "each gradient is finite, and the sum of their squares is too large for the dtype"
    return f"no op gives it on numpy: only backend {engine.backend.name} does"


def _cause(engine: Engine, batch: Any, number: int) -> str:
    args = engine.reading.arguments(batch)
    leaves = engine.fetched(engine.leaves)
    given = [("the batch", flatten(args)[0]), ("the weights", leaves)]
    for where, arrays in given:
        for i, x in enumerate(arrays):
            if isinstance(x, np.ndarray) and x.dtype.kind in "fc" and not np.isfinite(x).all():
                at = tuple(map(int, np.argwhere(~np.isfinite(x))[0]))
                name = engine.step.form.paths[i] if where == "the weights" else f"array {i}"
                return f"{where} had {x[at]} in {name} at {at}"
    return _first_bad_op(engine, leaves, args, number)


def _first_bad_op(engine: Engine, leaves: Any, args: Any, number: int) -> str:
    key = engine.key(number) if "key" in engine.reading.asks else None
    scale = None if engine.scale is None else np.asarray(engine.scale, np.float32)

    def again(leaves: Any, args: Any, key: Any) -> Any:
        return engine.step.gradients(leaves, args, key, scale)

    try:
        with engine.reading.scope(engine.weights), np.errstate(all="ignore"):
            found = find_nan(again, leaves, args, key)
    except GradloomError as error:  # the search is a help, not what the user asked for
        return f"looking for the first bad op failed: {error.message}"
    if found is None:
        return ""
    return f"{found.op} gives the first {found.kind}, at {found.location}"
