"""A leaf of a pytree that derivatives leave out."""

from __future__ import annotations

from typing import Any, final

import optree

from gradloom.frontend.growing import NAMESPACE


@final
class Still:
    """One value inside a pytree, whose gradient is None."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def _flat(x: Still) -> tuple[tuple[Any], None, tuple[str]]:
    return (x.value,), None, ("frozen",)


def _rebuilt(metadata: None, children: Any) -> Still:
    (value,) = children
    return Still(value)


optree.register_pytree_node(Still, _flat, _rebuilt, namespace=NAMESPACE)  # type: ignore[arg-type]


def moving_leaves(spec: Any) -> list[bool]:
    """For each leaf of a structure, whether derivatives may be asked of it."""
    if spec.type is Still:
        return [False] * spec.num_leaves
    if spec.num_children == 0:
        return [True] * spec.num_leaves
    return [moves for child in spec.children() for moves in moving_leaves(child)]
