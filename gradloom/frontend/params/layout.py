"""The form of a tree of parameters, without the arrays: what stands where, in which role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, final

import optree

from gradloom.frontend.growing import NAMESPACE
from gradloom.frontend.still import Still

PLAIN: Final = (dict, list, tuple)


@final
class Dotted(str):
    """A path that is one entry of a pytree's paths, and text already: `blocks.0.w`."""

    __slots__ = ()


@final
@dataclass(frozen=True, slots=True)
class Slot:
    """One leaf: the number of its array (tied leaves share one), its path, and its role."""

    index: int
    path: str
    trainable: bool = True
    mutable: bool = False
    device: str | None = None


@final
@dataclass(frozen=True, eq=True)
class Branch:
    """A dict, list, tuple or registered pytree of parameters; `meta` rebuilds the last of these."""

    kind: type
    keys: tuple[Any, ...]
    children: tuple[Slot | Branch, ...]
    meta: Any = None
    path: str = field(default="", compare=False)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.kind, self.keys, self.children))

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """The leaves in order, tied ones at each of their places."""
        return tuple(_slots(self))

    @cached_property
    def owners(self) -> tuple[Slot, ...]:
        """The first leaf of every array."""
        found: dict[int, Slot] = {}
        for slot in self.slots:
            found.setdefault(slot.index, slot)
        return tuple(found.values())

    @cached_property
    def entries(self) -> tuple[str, ...]:
        """The paths of the arrays; those that are not trained stay still in derivatives."""
        return tuple([Dotted(s.path) if s.trainable else Still(s.path) for s in self.owners])

    @cached_property
    def alone(self) -> Branch:
        """The same form with its arrays counted from 0 and paths from here."""
        order = {slot.index: i for i, slot in enumerate(self.owners)}
        if not self.path and list(order) == list(order.values()):
            return self
        made = _renamed(self, order, len(self.path))
        assert isinstance(made, Branch)
        return made

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Tied paths, and the path of the first of each."""
        first = {slot.index: slot.path for slot in reversed(self.slots)}
        return {s.path: first[s.index] for s in self.slots if first[s.index] != s.path}

    def child(self, key: Any) -> Slot | Branch | None:
        """What stands under a key."""
        found = self._by_key.get(key)
        return None if found is None else self.children[found]

    @cached_property
    def _by_key(self) -> dict[Any, int]:
        return {key: i for i, key in enumerate(self.keys)}


def _slots(node: Slot | Branch) -> Iterator[Slot]:
    if isinstance(node, Slot):
        yield node
        return
    for child in node.children:
        yield from _slots(child)


def _renamed(node: Slot | Branch, order: dict[int, int], cut: int) -> Slot | Branch:
    path = node.path[cut:].removeprefix(".")
    if isinstance(node, Slot):
        return Slot(order[node.index], path, node.trainable, node.mutable, node.device)
    children = tuple([_renamed(child, order, cut) for child in node.children])
    return Branch(node.kind, node.keys, children, node.meta, path)


def joined(path: str, key: Any) -> str:
    """The path of what stands under a key: `blocks.0.w`; a key with a dot or quote is quoted."""
    text = str(key)
    if not text or any(c in text for c in '."\\') or not text.isprintable():
        text = json.dumps(text)
    return f"{path}.{text}" if path else text


def inside(before: str, path: str) -> str:
    """The path of a tree's leaf where the tree stands at another path."""
    return f"{before}.{path}" if before else path


def parts_of(tree: Any) -> tuple[type, tuple[Any, ...], list[Any], Any] | None:
    """The kind, keys and children of a node, and what rebuilds it; None for a leaf."""
    if isinstance(tree, dict):
        return dict, tuple(tree), list(tree.values()), None
    if type(tree) in (list, tuple):
        return type(tree), tuple(range(len(tree))), list(tree), None
    if optree.tree_structure(tree, namespace=NAMESPACE).is_leaf():
        return None
    flat = optree.tree_flatten_one_level(tree, namespace=NAMESPACE)
    keys = tuple(flat.entries)
    return type(tree), keys, list(flat.children), Rebuild(flat.metadata, flat.unflatten_func)


@final
@dataclass(frozen=True, slots=True)
class Rebuild:
    """How a registered node is made of its children again."""

    metadata: Any
    unflatten: Any

    def __call__(self, children: list[Any]) -> Any:
        """The node with these children."""
        return self.unflatten(self.metadata, children)
