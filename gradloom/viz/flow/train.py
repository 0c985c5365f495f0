"""A training run whose gradients are measured: `gl.viz.gradient_flow`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradloom.frontend.signature import flatten, unflatten
from gradloom.ir.errors import ArgumentError
from gradloom.viz.flow.flow import GradientFlow
from gradloom.viz.flow.instrument import Loss
from gradloom.viz.flow.probe import GradientProbe
from gradloom.viz.flow.troubles import Thresholds

Update = Callable[[Any, Any], Any]
Told = Callable[[GradientFlow], None]
_REFRESH_S: Final = 2.0
"""Between two states of a page while training runs: a reader sees a change, and the page's own
loading takes some tenth of that.
"""


def gradient_flow(
    loss: Loss,
    params: Any,
    batches: Iterable[Any],
    *,
    steps: int | None = None,
    update: float | Update = 0.1,
    backend: Any = "numpy",
    every: int = 1,
    path: str | os.PathLike[str] | None = None,
    told: Told | None = None,
    title: str = "",
    thresholds: Thresholds | None = None,
) -> GradientFlow:
    """Train, and measure the gradient at every node of the program: how long it is, how much of it
    is zero, where it vanishes, explodes, dies or stops being a number.

    `loss(params, *batch)` is a plain numpy function. `batches` gives tuples (or single arguments);
    a list is begun anew when it ends before `steps` are done. `update` is the rate of gradient
    descent, or a function `(params, gradients) -> params`. `backend` is a name, "cluster", or a
    session of one: every step runs there. Every `every`th step is measured.

    `path` is where a picture goes (see `GradientFlow.write`); a page (.html) is written anew while
    training runs, and reloads itself. `told` is called with the flow so far after each measured
    step.

    >>> import numpy as np
    >>> x = np.linspace(-1.0, 1.0, 8).reshape(4, 2)
    >>> def loss(w, x):
    ...     return np.mean((np.tanh(x @ w) - 0.5) ** 2)
    >>> flow = gradient_flow(loss, np.zeros((2, 1)), [x], steps=3)
    >>> flow.names[:3], flow.norms.shape, flow.findings
    (('parameter', 'matmul', 'tanh'), (3, 7), ())
    """
    probe = GradientProbe(loss, backend, every=every, title=title, thresholds=thresholds)
    step_of = update if callable(update) else _descent(float(update))
    page = Path(path) if path is not None and Path(path).suffix.lower() == ".html" else None
    shown = time.monotonic()
    for batch in _taken(batches, steps):
        _, gradients = probe(params, *(batch if isinstance(batch, tuple) else (batch,)))
        params = step_of(params, gradients)
        measured = (probe.calls - 1) % every == 0
        if told is not None and measured:
            told(probe.flow)
        if page is not None and measured and time.monotonic() - shown >= _REFRESH_S:
            probe.flow.write(page, live=True)
            shown = time.monotonic()
    flow = probe.flow_with(params)
    if not len(flow.steps):
        raise ArgumentError(
            "gradient_flow: there was nothing to measure: no step was taken",
            hint="give at least one batch, and steps of at least 1",
        )
    if path is not None:
        flow.write(path)
    return flow


def _taken(batches: Iterable[Any], steps: int | None) -> Iterator[Any]:
    """The batches of the run."""
    if isinstance(batches, tuple | np.ndarray | dict):
        raise ArgumentError(
            f"gradient_flow: batches is a {type(batches).__name__}, and a list of batches is due",
            hint="for the same batch in every step write [(x, y)]",
        )
    if steps is None:
        return iter(batches)
    return islice(cycle(batches) if isinstance(batches, list) else iter(batches), steps)


def _descent(rate: float) -> Update:
    def update(params: Any, gradients: Any) -> Any:
        leaves, tree = flatten(params)
        slopes = tree.flatten_up_to(gradients)
        return unflatten(tree, [_moved(p, g, rate) for p, g in zip(leaves, slopes, strict=True)])

    return update


def _moved(x: Any, slope: Any, rate: float) -> Any:
    """A leaf after a step against its gradient, in its own dtype; one without stays. Of a complex
    number the gradient's conjugate points uphill.
    """
    if slope is None:
        return x
    array, slope = np.asarray(x), np.asarray(slope)
    with np.errstate(all="ignore"):  # a gradient that is not finite is what is looked for here
        return (array - rate * np.conj(slope)).astype(array.dtype)
