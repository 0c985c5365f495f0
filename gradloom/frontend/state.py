"""State that a function changes beside its arguments' arrays: attributes of objects, entries of
dicts and lists, globals and closure cells.

While a function is traced it runs on the caller's own objects. What it changed there is put back
afterwards, and is done again after every run, with arrays in place of traced values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from types import CellType, FunctionType
from typing import Any, Final, final
from typing import Literal as OneOf

import numpy as np
import optree

from gradloom.frontend.opened import OPENED
from gradloom.frontend.params.ambient import is_ambient
from gradloom.frontend.signature import NAMESPACE, unflatten
from gradloom.frontend.tracer import Tracer, is_tracer
from gradloom.ir.errors import TraceError
from gradloom.ir.graph import Literal, Operand

Source = OneOf["made", "argument", "hidden", "kept", "container", "plain"]
_GONE: Final = object()
_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None))


@final
class _Name(str):
    """The name of an attribute, on the way to a container."""

    __slots__ = ()


@final
@dataclass(frozen=True, slots=True)
class Holder:
    """What holds values under keys. `names` limits a module's globals to those in use."""

    held: Any
    label: str
    locate: Callable[[Any], Any]
    """The holder at a call, given its arguments `(args, kwargs)`."""
    names: tuple[str, ...] | None = None

    def key_label(self, key: Any) -> str:
        """How the user writes what is held under a key."""
        if self.names is not None:
            return str(key)
        if isinstance(self.held, CellType):
            return self.label
        return f"{self.label}[{key!r}]" if isinstance(self.held, dict | list) else (
            f"{self.label}.{key}"
        )  # fmt: skip


def items_of(held: Any, names: Sequence[str] | None = None) -> dict[Any, Any]:
    """What a holder holds now."""
    if names is not None:  # without weights' names, which come and go with other threads
        found = {name: held.get(name, _GONE) for name in names}
        return {n: x for n, x in found.items() if x is not _GONE and not is_ambient(x)}
    if isinstance(held, CellType):
        try:
            return {"": held.cell_contents}
        except ValueError:
            return {}
    if isinstance(held, list):
        return dict(enumerate(held))
    if isinstance(held, dict):
        return dict(held)
    if isinstance(held, FunctionType):  # its default arguments; the others are a dict
        return {"__defaults__": held.__defaults__}
    own = dict(getattr(held, "__dict__", {}))
    slots = [s for c in type(held).__mro__ for s in _listed(vars(c).get("__slots__", ()))]
    return own | {s: getattr(held, s) for s in slots if s not in own and hasattr(held, s)}


def _listed(names: Any) -> list[str]:
    found = [names] if isinstance(names, str) else list(names)
    return [n for n in found if n not in ("__dict__", "__weakref__")]


def put_items(held: Any, items: Mapping[Any, Any], names: Sequence[str] | None = None) -> None:
    """Make a holder hold this and nothing else."""
    if isinstance(held, list):
        held[:] = items.values()
        return
    now = items_of(held, names)
    for key in now.keys() - items.keys():
        _drop(held, key)
    for key, item in items.items():
        if now.get(key, _GONE) is not item:
            _put(held, key, item)


def _put(held: Any, key: Any, item: Any) -> None:
    if isinstance(held, CellType):
        held.cell_contents = item
    elif isinstance(held, MutableMapping):
        held[key] = item
    else:
        object.__setattr__(held, key, item)


def _drop(held: Any, key: Any) -> None:
    if isinstance(held, CellType):
        del held.cell_contents
    elif isinstance(held, MutableMapping):
        del held[key]
    else:
        object.__delattr__(held, key)


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of a value that is put: where it comes from at a call."""

    source: Source
    at: Any


@final
@dataclass(frozen=True, slots=True)
class Change:
    """What one holder holds after a call, by key."""

    holder: Holder
    items: tuple[tuple[Any, Any, tuple[Leaf, ...]], ...]
    label: str
    """The first thing that is changed, as the user writes it."""
    is_traced: bool
    """Whether traced values stand where something else stood."""
    is_of_argument: bool
    """Whether the holder is a container among the arguments."""


def apply_changes(changes: Sequence[Change], call: Any, sources: Mapping[Source, Any]) -> None:
    """Put the values into the holders that these arguments lead to: all are found first, since one
    change may move another's holder.
    """
    found = []
    for change in changes:
        held = change.holder.locate(call)
        every = {**sources, "kept": items_of(held, change.holder.names)}
        made = {key: _value(tree, leaves, every, call) for key, tree, leaves in change.items}
        found.append((held, made, change.holder.names))
    for held, made, names in found:
        put_items(held, made, names)


def _value(tree: Any, leaves: Sequence[Leaf], sources: Mapping[Any, Any], call: Any) -> Any:
    found = [
        leaf.at if leaf.source == "plain"
        else leaf.at(call) if leaf.source == "container"
        else sources[leaf.source][leaf.at]
        for leaf in leaves
    ]  # fmt: skip
    return found[0] if tree is None else unflatten(tree, found)


@final
class Watch:
    """The holders of one trace, and what they held before it."""

    def __init__(
        self, holders: Sequence[Holder], replaced: Iterable[int] = (), applies: bool = False
    ) -> None:
        """`replaced`: the arrays for which traced ones stand while the function runs; `applies`:
        whether changes are made after a run, or refused.
        """
        self.applies = applies
        self._holders = list(holders)
        self._replaced = set(replaced)
        self._then: list[dict[Any, Any]] = []
        self._start: list[dict[Any, Any]] = []
        self._copies: list[Holder] = []

    def follow(self, call: Any, copied: Any, stand_in: Callable[[np.ndarray], Tracer]) -> None:
        """Begin: also with the containers among arguments, of which the function got copies."""
        made: dict[int, Any] = {}
        for holder in self._holders:
            items = items_of(holder.held, holder.names)
            self._then.append(items)
            start = {key: self._standing(item, made, stand_in) for key, item in items.items()}
            self._start.append(start)
            put_items(holder.held, start, holder.names)
        arguments = [(i, k) for i in (0, 1) for k in (call[i] if i else range(len(call[i])))]
        found = [_pairs(call[i][k], copied[i][k], (i, k)) for i, k in arguments]
        for _, copy, path in (pair for pairs in found for pair in pairs):
            holder = Holder(copy, _label(path), _at(path))
            self._copies.append(holder)
            self._holders.append(holder)
            self._then.append(items_of(copy))
            self._start.append(self._then[-1])

    def _standing(self, item: Any, made: dict[int, Any], stand_in: Callable[[Any], Tracer]) -> Any:
        """What stands for an item while the function runs: for an array a traced one, for a tuple
        with such arrays a tuple like it.
        """
        if id(item) in made:
            return made[id(item)]
        if id(item) in self._replaced:
            made[id(item)] = stand_in(item)
            return made[id(item)]
        if not isinstance(item, tuple):
            return item
        parts = [self._standing(x, made, stand_in) for x in item]
        if all(a is b for a, b in zip(parts, item, strict=True)):
            return item
        whole = tuple.__new__(type(item), parts)
        return made.setdefault(id(item), whole)

    def restore(self) -> None:
        """Make every holder hold what it held."""
        for holder, then in zip(self._holders, self._then, strict=True):
            if _differs(items_of(holder.held, holder.names), then):
                put_items(holder.held, then, holder.names)

    def keep(self) -> None:
        """Let everything be as the function left it."""
        self._holders = []
        self._then = []

    def changes(
        self, given: Sequence[Any], hidden: Mapping[int, int]
    ) -> tuple[tuple[Change, ...], list[Any]]:
        """What the function changed, and the traced values that are put there. `given`: the leaves
        of the arguments; `hidden`: the numbers of hidden arrays, by the tracer that stands for one.
        """
        copies = {id(holder.held): holder.locate for holder in self._copies}
        arguments = {id(x): i for i, x in enumerate(given) if is_tracer(x)}
        made: list[Any] = []
        found = []
        for holder, start in zip(self._holders, self._start, strict=True):
            now = items_of(holder.held, holder.names)
            if not _differs(now, start):
                continue
            reader = _Reader(holder, start, copies, arguments, hidden, made)
            items = tuple([(key, *reader.read(key, item)) for key, item in now.items()])
            label = next(holder.key_label(k) for k in [*now, *start] if k not in now or
                         k not in start or now[k] is not start[k])  # fmt: skip
            own = id(holder.held) in copies
            lost = any(k not in now or now[k] is not start[k] for k in start)
            found.append(Change(holder, items, label, reader.meets_traced and lost, own))
        return tuple(found), made


@final
class _Reader:
    """Reads the values that a holder holds after a trace."""

    def __init__(
        self,
        holder: Holder,
        then: Mapping[Any, Any],
        copies: Mapping[int, Any],
        arguments: Mapping[int, int],
        hidden: Mapping[int, int],
        made: list[Any],
    ) -> None:
        self._holder = holder
        self._kept = {id(item): key for key, item in then.items()}
        self._copies, self._arguments, self._hidden, self._made = copies, arguments, hidden, made
        self.meets_traced = False

    def read(self, key: Any, item: Any) -> tuple[Any, tuple[Leaf, ...]]:
        """The structure of a value (None for a leaf), and where its leaves come from."""
        if id(item) in self._kept and not isinstance(item, _PLAIN):
            return None, (Leaf("kept", self._kept[id(item)]),)
        if id(item) in self._copies:
            return None, (Leaf("container", self._copies[id(item)]),)
        leaves, tree = optree.tree_flatten(item, namespace=NAMESPACE)
        return tree, tuple([self._leaf(key, x) for x in leaves])

    def _leaf(self, key: Any, x: Any) -> Leaf:
        if not is_tracer(x):
            if any(is_tracer(y) for y in getattr(x, "__dict__", {}).values()):
                raise TraceError(
                    f"{self._holder.key_label(key)} is set to a new {type(x).__name__} that holds "
                    "traced values", hint="return the arrays, and make the object of them outside",
                )  # fmt: skip
            return Leaf("plain", x)
        self.meets_traced = self.meets_traced or _depends(x._value)
        if id(x) in self._arguments:
            return Leaf("argument", self._arguments[id(x)])
        if id(x) in self._hidden:
            return Leaf("hidden", self._hidden[id(x)])
        self._made.append(x)
        return Leaf("made", len(self._made) - 1)


def _depends(operand: Operand) -> bool:
    """Whether a value depends on an input of its trace; others stand for their numbers after it
    (frontend/revived.py).
    """
    seen: set[Operand] = set()
    waiting = [operand]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Literal) or one in seen:
            continue
        seen.add(one)
        if one.node is None:
            return True
        waiting += one.node.operands
    return False


def _differs(now: Mapping[Any, Any], then: Mapping[Any, Any]) -> bool:
    return list(now) != list(then) or any(now[key] is not then[key] for key in now)


# ---- containers among arguments ------------------------------------------------------------------


def _pairs(given: Any, copy: Any, path: tuple[Any, ...]) -> list[tuple[Any, Any, Any]]:
    """The mutable containers in a structure beside their copies, with the way to each."""
    if given is copy or is_tracer(copy) or isinstance(given, np.ndarray | np.generic | str):
        return []
    if type(given) in OPENED:  # it lets nobody put anything into it
        return []
    if isinstance(given, dict | list | tuple):
        keys = list(given) if isinstance(given, dict) else range(len(given))
        parts: list[tuple[Any, Any, Any]] = [(given[k], copy[k], k) for k in keys]
    else:
        parts = [(v, getattr(copy, k), _Name(k)) for k, v in items_of(given).items()
                 if hasattr(copy, k)]  # fmt: skip
    own = [] if isinstance(given, tuple) else [(given, copy, path)]
    return own + [found for g, c, key in parts for found in _pairs(g, c, (*path, key))]


def _at(path: tuple[Any, ...]) -> Callable[[Any], Any]:
    def locate(call: Any) -> Any:
        for key in path:
            call = getattr(call, key) if isinstance(key, _Name) else call[key]
        return call

    return locate


def _label(path: tuple[Any, ...]) -> str:
    """The place of a container among the arguments, as it is shown."""
    first = f"argument {path[1] + 1}" if path[0] == 0 else f"argument '{path[1]}'"
    rest = [f".{k}" if isinstance(k, _Name) else f"[{k!r}]" for k in path[2:]]
    return first + "".join(rest)
