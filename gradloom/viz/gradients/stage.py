"""What lies between a layer and those just before it: the seam that every live source stands on."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Stage(Protocol):
    """How one layer, the target, comes from others, its sources, at the place of one run.

    A way from a source to the target that passes another layer does not count. Derivatives are
    taken many at once: tangents and cotangents have a leading axis. What comes in and goes out are
    numpy arrays, of numbers that hold the framework's own exactly.
    """

    @property
    def sources(self) -> tuple[str, ...]:
        """The layers from which a way leads to the target that passes no other layer."""
        ...

    @property
    def target(self) -> str:
        """The layer that is computed."""
        ...

    @property
    def is_elementwise(self) -> bool:
        """Whether each element of the target is known to depend on the same element of every source
        alone: one pull then gives all slopes.
        """
        ...

    def pull(self, cotangents: np.ndarray) -> list[np.ndarray]:
        """`[many, *target] -> [many, *source]` for each source: cotangents times the Jacobian."""
        ...

    def push(self, at: int, tangents: np.ndarray) -> np.ndarray:
        """`[many, *source] -> [many, *target]`: the Jacobian by source number `at` times tangents.

        Raises `NotDifferentiable` where derivatives only go back; slopes are then pulled.
        """
        ...


def are_transposed(
    tangents: np.ndarray, pushed: np.ndarray, cotangent: np.ndarray, pulled: np.ndarray, eps: float
) -> bool:
    """Whether pushing tangents and pulling a cotangent are of the same Jacobian, by `<J t, c> =
    <t, J' c>` for each tangent, to the rounding of numbers with this `eps`.

    With a cotangent drawn at random, a derivative that lost a part is found by it.
    """
    many = len(tangents)
    wanted = tangents.reshape(many, -1) @ pulled.ravel()
    given = pushed.reshape(many, -1) @ cotangent.ravel()
    size = np.abs(pushed).reshape(many, -1) @ np.abs(cotangent.ravel())
    both = np.isfinite(wanted) & np.isfinite(given)
    slack = 32 * eps * size  # of sums of rounded terms; far less than a part that is lost
    return bool(np.all((np.abs(wanted - given) <= slack)[both]))
