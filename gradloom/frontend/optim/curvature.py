"""L-BFGS (Nocedal and Wright, 7.2 and 3.5), step for step as torch's, on whatever has vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from gradloom.frontend.optim.search import Found, Vector, strong_wolfe

_CURVED: Final = 1e-10
"""torch's least curvature of a step that is remembered."""


class Ground(Protocol):
    """Where steps are made: parameters as one vector, and a loss."""

    def look(self) -> tuple[float, Vector]:
        """The loss and its gradient where the parameters are."""

    def move(self, size: float, direction: Vector) -> None:
        """Go so far along a direction."""

    def mark(self) -> Callable[[], None]:
        """What goes back to where the parameters are now."""


class Told(NamedTuple):
    """How a step ended: the last loss, how many iterations and looks it took, and whether the
    gradient is below its tolerance.
    """

    loss: float
    iterations: int
    evaluations: int
    is_flat: bool


def new_memory() -> dict[str, Any]:
    """What is kept before the first step."""
    return {"func_evals": 0, "n_iter": 0}


def dot(a: Vector, b: Vector) -> float:
    """The product of two vectors."""
    return float(a @ b)


def largest(x: Vector) -> float:
    """The largest size in a vector."""
    return float(abs(x).max())


def walk(
    ground: Ground, kept: dict[str, Any], options: Mapping[str, Any], loss: float, gradient: Vector
) -> Told:
    """Up to `max_iter` steps from where the loss and gradient are these; `kept` goes on from walk
    to walk.
    """
    evaluations = 1
    kept["func_evals"] += 1
    if largest(gradient) <= options["tolerance_grad"]:
        return Told(loss, 0, evaluations, True)
    i = 0
    for i in range(1, options["max_iter"] + 1):
        kept["n_iter"] += 1
        direction = _direction(kept, gradient, options["history_size"])
        before, kept["prev_flat_grad"], kept["prev_loss"] = loss, gradient, loss
        size = options["lr"]
        if kept["n_iter"] == 1:
            size = min(1.0, 1.0 / float(abs(gradient).sum())) * size
        slope = dot(gradient, direction)
        if slope > -options["tolerance_change"]:
            kept["t"] = size
            break
        left = options["max_eval"] - evaluations
        found = _moved(ground, options, i, left, loss, gradient, direction, size, slope)
        loss, gradient, size = found.loss, found.gradient, found.size
        kept["t"] = size
        evaluations += found.evaluations
        kept["func_evals"] += found.evaluations
        if (
            i == options["max_iter"] or evaluations >= options["max_eval"]
            or largest(gradient) <= options["tolerance_grad"]
            or largest(direction) * abs(size) <= options["tolerance_change"]
            or abs(loss - before) < options["tolerance_change"]
        ):  # fmt: skip
            break
    return Told(loss, i, evaluations, largest(gradient) <= options["tolerance_grad"])


def _moved(
    ground: Ground, options: Mapping[str, Any], i: int, left: int, loss: float,
    gradient: Vector, direction: Vector, size: float, slope: float,
) -> Found:  # fmt: skip
    """One step along a direction: of this size, or as the search finds."""
    if options["line_search_fn"] is None:
        ground.move(size, direction)
        if i == options["max_iter"]:
            return Found(loss, gradient, size, 0)
        return Found(*ground.look(), size, 1)
    back = ground.mark()

    def at(t: float) -> tuple[float, Vector, float]:
        ground.move(t, direction)
        made, found = ground.look()
        back()
        return made, found, dot(found, direction)

    longest = largest(direction)
    least = options["tolerance_change"]
    found = strong_wolfe(at, size, longest, loss, gradient, slope, least, left)
    ground.move(found.size, direction)
    return found


def _direction(kept: dict[str, Any], gradient: Vector, most: int) -> Vector:
    """Against the gradient, by the curvature that is known."""
    if kept["n_iter"] == 1:
        kept.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0, d=-gradient)
        return kept["d"]
    y, s = gradient - kept["prev_flat_grad"], kept["d"] * kept["t"]
    curved = dot(y, s)
    if curved > _CURVED:
        if len(kept["old_dirs"]) == most:
            for name in ("old_dirs", "old_stps", "ro"):
                kept[name].pop(0)
        kept["old_dirs"].append(y)
        kept["old_stps"].append(s)
        kept["ro"].append(1.0 / curved)
        kept["H_diag"] = curved / dot(y, y)
    q, shares = -gradient, []
    past = list(zip(kept["old_dirs"], kept["old_stps"], kept["ro"], strict=True))
    for y, s, ro in reversed(past):
        share = dot(s, q) * ro
        shares.append(share)
        q = q - y * share
    q = q * kept["H_diag"]
    for (y, s, ro), share in zip(past, reversed(shares), strict=True):
        q = q + s * (share - dot(y, q) * ro)
    kept["d"] = q
    return q


def check_search(what: str, line_search_fn: str | None) -> None:
    """Raise where it is no search."""
    from gradloom.ir.errors import ArgumentError

    if line_search_fn not in (None, "strong_wolfe"):
        raise ArgumentError(f"{what}: line_search_fn is None or 'strong_wolfe'")
