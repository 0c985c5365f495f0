"""Parts of a pytree that no derivative is taken of: running statistics, frozen weights.

A class of pytrees says which of its parts stay still by the entries that its flattening gives:
`Still("mean")` in the place of `"mean"`. Gradients have None there.
"""

from __future__ import annotations

from typing import Any, final


@final
class Still(str):
    """The name of a part of a pytree that no derivative is taken of."""

    __slots__ = ()


def still_leaves(tree: Any) -> list[bool]:
    """For each leaf of a structure whether it lies in a part that stays still."""
    return [any(type(entry) is Still for entry in path) for path in tree.paths()]
