"""Parts of a pytree that no derivative is taken of: running statistics, frozen weights.

A class of pytrees says which of its parts stay still by the entries that its flattening gives:
`Still("mean")` in the place of `"mean"`. Gradients have None there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final


@final
class Still(str):
    """The name of a part of a pytree that no derivative is taken of."""

    __slots__ = ()


def still_leaves(tree: Any) -> list[bool]:
    """For each leaf of a structure whether it lies in a part that stays still."""
    return [any(type(entry) is Still for entry in path) for path in tree.paths()]


def with_zeros(tree: Any, given: Any, zero: Callable[[int], Any]) -> Any:
    """A tree of tangents, as a gradient is one: None in a part that stays still becomes `zero(i)`,
    i being the number of the leaf. Anything else is left to who checks it.
    """
    still = still_leaves(tree)
    if not any(still):
        return given
    try:
        parts = tree.flatten_up_to(given)
    except ValueError:
        return given
    pairs = zip(parts, still, strict=True)
    filled = [zero(i) if s and part is None else part for i, (part, s) in enumerate(pairs)]
    return tree.unflatten(filled)
