"""gl.fit: epochs over a data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, final

import numpy as np

from gradloom.frontend.data.columns import positive
from gradloom.frontend.optim.averages import EMA
from gradloom.frontend.training.bar import bar
from gradloom.frontend.training.checkpoints import Checkpoints
from gradloom.frontend.training.engine import Engine
from gradloom.frontend.training.evaluation import Judges
from gradloom.frontend.training.history import History
from gradloom.frontend.training.loop import Loop
from gradloom.frontend.training.precision import Scaling
from gradloom.frontend.training.run import Run, listed
from gradloom.frontend.training.settings import OnNaN, Settings
from gradloom.frontend.training.sources import source_of
from gradloom.ir.errors import ArgumentError
from gradloom.ir.paths import PathLike


def fit(
    weights: Any,
    objective: Callable[..., Any],
    *data: Any,
    epochs: int,
    opt: Any,
    batch_size: int | None = None,
    shuffle: bool = True,
    rng: np.random.Generator | None = None,
    backend: Any = None,
    device: str | None = None,
    jit: bool = True,
    seed: int = 0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    accumulate: int = 1,
    precision: str | None = None,
    loss_scale: Scaling | None = None,
    on_nan: OnNaN = "raise",
    has_aux: bool = False,
    ema: EMA | None = None,
    validation: Any = None,
    metrics: Mapping[str, Callable[..., Any]] | None = None,
    callbacks: Any = (),
    on_epoch: Callable[[int, float], None] | None = None,
    checkpoint: PathLike | Checkpoints | None = None,
    resume: bool = False,
    progress: bool | None = None,
) -> History:
    """The mean loss of every epoch over `data`: arrays and a `batch_size`, or one `DataLoader`.

    The objective is called with a batch's arrays, as in `gl.train` with its arguments; each batch
    counts by its number of rows. `.weights` of the result are the trained ones. Instead of arrays
    there may be a list of batches, or a function of the epoch's number that gives them.

    * `backend`, `device`: where steps run; `jit=False`: op by op, without a graph.
    * `seed`: what the order of the data and the objective's keys follow from.
    * `clip_norm`, `clip_value`, `accumulate`: gradients are clipped; batches are gathered.
    * `precision`: "f64", "f32", or, with weights in f32, "bf16" and "f16"; with "f16" the loss
      is scaled as `loss_scale` says.
    * `on_nan`: a batch whose loss or gradient is not finite raises `NotFinite`, or is left out.
    * `has_aux`: the objective gives `(loss, aux)`: buffers' new values, or numbers to be noted.
    * `validation`, `metrics`, `callbacks`, `on_epoch(epoch, loss)`, `progress`: docs/training.md.
    * `checkpoint`: a folder, or `Checkpoints`; `resume`: go on with the newest one in it.

    >>> import numpy as np
    >>> import gradloom as gl
    >>> x = np.linspace(-1, 1, 64)
    >>> losses = fit(
    ...     np.zeros(2), lambda w, x, y: np.mean((w[0] * x + w[1] - y) ** 2), x, 2 * x + 1,
    ...     epochs=20, opt=gl.optim.Adam(lr=0.1), batch_size=16,
    ... )
    >>> len(losses), losses[-1] < 1e-3, losses.weights.round(1)
    (20, True, array([2., 1.]))
    """
    count = positive("fit", "epochs", epochs)
    settings = Settings(
        "fit", backend, device, jit, seed, clip_norm, clip_value, accumulate, precision, loss_scale,
        on_nan, has_aux, ema,
    )  # fmt: skip
    source = source_of("fit", data, batch_size, shuffle, rng, seed)
    engine = Engine.of(weights, objective, opt, settings)
    judges = Judges(engine, metrics or {}, validation, data, batch_size)
    run = Run(engine, History(seed=seed), count, source.batches)
    told = [] if on_epoch is None else [Told(on_epoch)]
    kept = _checkpoints(checkpoint, resume)
    with bar(progress) as shown:
        loop = Loop(run, source, judges, [*listed(callbacks), *told, *shown], kept)
        if kept is not None and resume:
            loop.resume()
        return loop.go()


def _checkpoints(given: Any, resume: bool) -> Checkpoints | None:
    if given is None:
        if resume:
            raise ArgumentError("fit: resume=True without checkpoint=", hint='checkpoint="folder"')
        return None
    kept = given if isinstance(given, Checkpoints) else Checkpoints(given)
    kept.open(resume)
    return kept


@final
class Told:
    """A function of an epoch's number and mean loss, as a callback."""

    def __init__(self, function: Callable[[int, float], None]) -> None:
        self._function = function

    def on_epoch(self, run: Run) -> None:
        """Call it, with the weights up to date."""
        run.engine.current()
        self._function(run.epoch - 1, run.history[-1])
