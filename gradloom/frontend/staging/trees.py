"""The structure of what a variable holds, with one of several objects (`Chosen`) opened: the number
that says which it is, and the value that it may be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from gradloom.frontend.chosen import Chosen, held_by, labels_of, which_of, why_of
from gradloom.frontend.signature import flatten, unflatten
from gradloom.frontend.trace import Trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.errors import GradloomError

Why = Callable[[], GradloomError]


@final
@dataclass(frozen=True, slots=True)
class Marked:
    """One of the objects with these labels; `value` is the structure of the one in the graph."""

    labels: tuple[int, ...]
    value: Any
    why: Why = field(compare=False)

    @property
    def num_leaves(self) -> int:
        """The label first, then those of the value."""
        return 1 + (0 if self.value is None else int(self.value.num_leaves))


@final
@dataclass(frozen=True, slots=True)
class Joined:
    """A structure whose leaves are structures."""

    spec: Any
    parts: tuple[Any, ...]

    @property
    def num_leaves(self) -> int:
        """Those of all parts."""
        return sum(part.num_leaves for part in self.parts)


def opened(x: Any, trace: Trace) -> tuple[list[Any], Any]:
    """Leaves and structure."""
    if type(x) is Chosen:
        return _choice(x, trace)
    leaves, spec = flatten(x)
    if not any(type(leaf) is Chosen for leaf in leaves):
        return leaves, spec
    found: list[Any] = []
    parts = []
    for leaf in leaves:
        inner, tree = _choice(leaf, trace) if type(leaf) is Chosen else ([leaf], flatten(0)[1])
        found += inner
        parts.append(tree)
    return found, Joined(spec, tuple(parts))


def _choice(x: Chosen, trace: Trace) -> tuple[list[Any], Marked]:
    leaves: list[Any] = []
    tree = None
    if held_by(x) is not None:
        leaves, tree = opened(held_by(x), trace)
    return [Tracer(trace, which_of(x), "weak"), *leaves], Marked(labels_of(x), tree, why_of(x))


def whole(tree: Any, leaves: Sequence[Any]) -> Any:
    """What has this structure and these leaves."""
    if type(tree) is Marked:
        value = None if tree.value is None else whole(tree.value, leaves[1:])
        return Chosen(tree.labels, leaves[0].value, value, tree.why)
    if type(tree) is not Joined:
        return unflatten(tree, leaves)
    made, start = [], 0
    for part in tree.parts:
        made.append(whole(part, leaves[start : start + part.num_leaves]))
        start += part.num_leaves
    return unflatten(tree.spec, made)


def parts_of(tree: Any) -> tuple[Any, ...]:
    """The structures of a tuple's items."""
    if type(tree) is not Joined:
        return tuple(tree.children())
    out, start = [], 0
    for child in tree.spec.children():
        inner = tree.parts[start : start + child.num_leaves]
        is_leaf = child.num_leaves == 1 and child.num_nodes == 1
        out.append(inner[0] if is_leaf else Joined(child, inner))
        start += child.num_leaves
    return tuple(out)
