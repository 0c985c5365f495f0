"""Two ends of a variable that no `cond` chooses between as they are, made such that one does: a
number on one way and None on the other, two texts, two functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, final

import numpy as np

from gradloom.frontend.chosen import LABEL, VALUE, Chosen, held_by, is_name, label_of
from gradloom.frontend.growing import Grown, State
from gradloom.frontend.signature import flatten
from gradloom.frontend.staging.ends import MADE, Ends, Leaf, common, is_same, zeros
from gradloom.frontend.staging.places import CONTAINERS
from gradloom.frontend.staging.structure import Several, Structure, Why
from gradloom.frontend.staging.unset import LATER, UNDEFINED, Unset
from gradloom.frontend.trace import Trace
from gradloom.frontend.tracer import Tracer
from gradloom.ir.graph import Operand, literal

_NO_OBJECTS: Final = (*CONTAINERS, tuple, np.ndarray, Grown, State, Unset)
_LEAF: Final = flatten(0)[1]
_NONE: Final = flatten(None)[1]


def fits(a: Ends, b: Ends) -> bool:
    """Whether a `cond` chooses between these, leaf by leaf."""
    return a.tree == b.tree and all(
        is_same(x, y) or common(x, y) is not None for x, y in zip(a.leaves, b.leaves, strict=True)
    )


def narrowed(ends: Ends, condition: Operand, way: bool, trace: Trace) -> Ends:
    """One of several where a condition holds (`way`) or does not: the value, where it is that."""
    several, known = _several(ends.tree), trace.decided.get(condition)
    if several is None or known is None or known[0] is not ends.leaves[0].operand:
        return ends
    if known[1 if way else 2] != (VALUE,):
        return ends
    return Ends(held_by(ends.raw), ends.leaves[1:], several.value)


def united(
    a: Ends, b: Ends, trace: Trace, why: Why, names_only: bool = False
) -> tuple[Ends, Ends] | None:
    """Both with one structure; None where they have none. `names_only`: of what is no number, None,
    texts and members of enums alone, of which there are few.
    """
    if fits(a, b):
        return a, b
    if _are_alike(a, b):
        return _of_parts(a, b, trace, why, names_only)
    return _as_choices(a, b, trace, why, names_only)


def _are_alike(a: Ends, b: Ends) -> bool:
    """Whether both are tuples, lists or dicts with as many parts."""
    if type(a.raw) is not type(b.raw) or a.state is not None or b.state is not None:
        return False
    if not isinstance(a.raw, tuple | list | dict) or a.tree is None or b.tree is None:
        return False
    alike = bool(a.tree.num_children == b.tree.num_children > 0)
    return alike and (not isinstance(a.raw, dict) or a.raw.keys() == b.raw.keys())


def _of_parts(
    a: Ends, b: Ends, trace: Trace, why: Why, names_only: bool
) -> tuple[Ends, Ends] | None:
    pairs = []
    for x, y in zip(_items(a), _items(b), strict=True):
        pair = united(x, y, trace, why, names_only)
        if pair is None:
            return None
        pairs.append(pair)
    spec = _shallow(a.raw)
    ends = [
        Ends(raw, tuple([leaf for x in side for leaf in x.leaves]),
             Structure(spec, tuple([x.tree for x in side])))
        for raw, side in ((a.raw, [p[0] for p in pairs]), (b.raw, [p[1] for p in pairs]))
    ]  # fmt: skip
    return ends[0], ends[1]


def _items(ends: Ends) -> list[Ends]:
    raws = ends.raw
    if isinstance(ends.raw, dict):
        raws = [ends.raw[key] for key in ends.tree.entries()]
    out, start = [], 0
    for raw, tree in zip(raws, ends.tree.children(), strict=True):
        leaves = ends.leaves[start : start + tree.num_leaves]
        out.append(Ends(_item(raw, leaves, tree), leaves, tree))
        start += tree.num_leaves
    return out


def _item(raw: Any, leaves: Sequence[Leaf], tree: Any) -> Any:
    """What an item was at the end of its way; the list may hold something else by now."""
    if tree == _NONE:
        return None
    return leaves[0].raw if tree == _LEAF else raw


def _shallow(x: Any) -> Any:
    """The structure of a container whose items are leaves."""
    if isinstance(x, dict):
        return flatten(dict.fromkeys(x, 0))[1]
    zeros_: list[Any] = [0] * len(x)
    return flatten(type(x)(*zeros_) if hasattr(x, "_fields") else type(x)(zeros_))[1]


# ---- one of several ------------------------------------------------------------------------------


@final
class _Side:
    """What one way leaves: an object, a value in the graph, or one of several."""

    __slots__ = ("label", "labels", "leaves", "tree")

    def __init__(self, ends: Ends, trace: Trace, names_only: bool) -> None:
        self.labels: tuple[int, ...] = ()
        self.label: Leaf | None = None
        self.leaves: tuple[Leaf, ...] = ()
        self.tree: Any = None
        several = _several(ends.tree)
        if several is not None:
            self.labels, self.tree = several.labels, several.value
            self.label, self.leaves = ends.leaves[0], ends.leaves[1:]
        elif ends.leaves and all(leaf.operand is not None for leaf in ends.leaves):
            self._of(VALUE, trace)
            self.leaves, self.tree = ends.leaves, ends.tree
        elif is_name(ends.raw) or (not names_only and _is_object(ends)):
            self._of(label_of(ends.raw, trace), trace)

    def _of(self, label: int, trace: Trace) -> None:
        self.labels = (label,)
        operand = literal(label, LABEL)
        self.label = Leaf(Tracer(trace, operand, "weak"), operand, "weak")


def _several(tree: Any) -> Several | None:
    """The structure of one of several, where a value is that and nothing else."""
    if isinstance(tree, Structure) and tree.tree == _LEAF and type(tree.objects[0]) is Several:
        return tree.objects[0]
    return None


def _is_object(ends: Ends) -> bool:
    """Whether it is one thing that is no number and holds no others that are."""
    raw = ends.raw
    is_leaf = len(ends.leaves) == 1 and ends.leaves[0].raw is raw
    left = raw is MADE or raw is LATER or raw is UNDEFINED
    return is_leaf and not left and not isinstance(raw, _NO_OBJECTS) and type(raw) is not Chosen


def _as_choices(
    a: Ends, b: Ends, trace: Trace, why: Why, names_only: bool
) -> tuple[Ends, Ends] | None:
    sides = [_Side(ends, trace, names_only) for ends in (a, b)]
    if not all(side.labels for side in sides):
        return None
    one, other = sides
    with_value = [side for side in sides if VALUE in side.labels]
    if len(with_value) == 2 and not _are_one(one, other):
        return None
    labels = tuple(sorted({*one.labels, *other.labels}))
    tree = with_value[0].tree if with_value else None
    marked = Structure(_LEAF, (Several(labels, tree, why),))
    made = []
    for ends, side in ((a, one), (b, other)):
        leaves = side.leaves if VALUE in side.labels or not with_value else zeros(
            with_value[0].leaves
        )  # fmt: skip
        assert side.label is not None
        made.append(Ends(ends.raw, (side.label, *leaves), marked))
    return made[0], made[1]


def _are_one(one: _Side, other: _Side) -> bool:
    pairs: Sequence[tuple[Leaf, Leaf]] = [*zip(one.leaves, other.leaves, strict=False)]
    return one.tree == other.tree and all(
        is_same(x, y) or common(x, y) is not None for x, y in pairs
    )
