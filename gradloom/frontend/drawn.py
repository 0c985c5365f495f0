"""Whether random numbers were drawn while a function was traced, from generators that no patch
reaches.
"""

from __future__ import annotations

import random
import warnings
from typing import Any, final

import numpy as np

from gradloom.frontend.environment import Environment
from gradloom.frontend.patches import LEGACY
from gradloom.frontend.random.sources import BakedSample, refuse_repeats


def _state(generator: np.random.Generator | np.random.RandomState) -> Any:
    if isinstance(generator, np.random.Generator):
        return _comparable(generator.bit_generator.state)
    return _comparable(generator.get_state())


def _comparable(state: Any) -> Any:
    """A generator's state with its arrays as bytes, so that `==` gives one answer."""
    if isinstance(state, dict):
        return {key: _comparable(value) for key, value in state.items()}
    if isinstance(state, tuple):
        return tuple(_comparable(value) for value in state)
    return state.tobytes() if isinstance(state, np.ndarray) else state


@final
class Drawn:
    """The states of the generators that a function reaches, before it is traced."""

    def __init__(self, environment: Environment) -> None:
        self._generators = {n: g for n, g in environment.generators.items() if g is not LEGACY}
        self._before = {label: _state(g) for label, g in self._generators.items()}
        self._random = random.getstate()

    def warn(self) -> None:
        """Warn (`BakedSample`) of every generator that has moved since; inside `no_repeats`, raise
        `NotSupported`.
        """
        moved = [n for n, g in self._generators.items() if _state(g) != self._before[n]]
        if random.getstate() != self._random:
            moved.append("the module random")
        if moved:
            refuse_repeats(moved[0])
        for label in moved:
            warnings.warn(
                f"a random number was drawn from {label} while tracing: the compiled program "
                "repeats this one sample; draw outside and pass it in",
                BakedSample, stacklevel=2,
            )  # fmt: skip
