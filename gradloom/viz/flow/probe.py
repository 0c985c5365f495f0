"""A loss that is measured while one's own training loop calls it."""

from __future__ import annotations

import time
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.compile import compile
from gradloom.frontend.record import name_of
from gradloom.frontend.transforms import value_and_grad
from gradloom.ir.errors import ArgumentError
from gradloom.viz.flow.flow import GradientFlow, Rows
from gradloom.viz.flow.instrument import Layout, Loss, instrumented
from gradloom.viz.flow.troubles import Thresholds

_SAME: Final = "call the probe with batches of one structure, or take another probe"


@final
class GradientProbe:
    """`(loss, gradients)` of a loss, as from `gl.value_and_grad`, and a record of its gradients.

    The gradients are those by the first argument. Each `every`th call measures every place of the
    program; the calls between run the program without. `backend` is a name, "cluster", or a session
    of one: there the program runs, and the measures with it.

    >>> import numpy as np
    >>> probe = GradientProbe(lambda w, x: np.sum(np.tanh(x @ w) ** 2))
    >>> w = np.full(3, 0.1)
    >>> for _ in range(2):
    ...     value, slope = probe(w, np.eye(3))
    ...     w = w - 0.1 * slope
    >>> probe.flow.norms.shape
    (2, 7)
    """

    def __init__(
        self, loss: Loss, backend: Any = "numpy", *, every: int = 1, title: str = "",
        thresholds: Thresholds | None = None,
    ) -> None:  # fmt: skip
        if every < 1:
            raise ArgumentError(f"every={every}: measure every step (1), every second (2), ...")
        layouts: list[Layout] = []
        self._layouts = layouts
        self._measured = compile(instrumented(loss, layouts.append), backend)
        self._plain = compile(value_and_grad(loss), backend) if every > 1 else None
        self._every = every
        self._calls = 0
        self._columns: tuple[int, ...] = ()
        self._rows = Rows(
            title or name_of(loss), self._measured.backend, thresholds or Thresholds()
        )

    @property
    def calls(self) -> int:
        """How often it was called."""
        return self._calls

    @property
    def flow(self) -> GradientFlow:
        """What was measured so far."""
        return self._rows.flow()

    def flow_with(self, params: Any) -> GradientFlow:
        """The same, with the parameters that the run ended with."""
        return self._rows.flow(params)

    def __call__(self, params: Any, *batch: Any) -> tuple[Any, Any]:
        """The loss and its gradients by `params`."""
        step = self._calls
        self._calls += 1
        if self._plain is not None and step % self._every:
            value, gradients = self._plain(params, *batch)
            return value, gradients
        start = time.perf_counter()
        value, gradients, table, parts = self._measured(params, *batch)
        seconds = time.perf_counter() - start
        self._settle()
        loss = float(np.real(np.asarray(value)))
        self._rows.add(step, loss, seconds, table, parts, self._columns)
        return value, gradients

    def _settle(self) -> None:
        """Take what was told of the program; another program must have the same places."""
        while self._layouts:
            layout = self._layouts.pop(0)
            if not self._rows.places:
                self._rows.places, self._rows.links = layout.places, layout.links
                self._columns = layout.parts
            elif [p.name for p in layout.places] != [p.name for p in self._rows.places]:
                raise ArgumentError(
                    f"the loss became another program: {len(layout.places)} places, and there were "
                    f"{len(self._rows.places)}, or they are called otherwise",
                    hint=_SAME,
                )
