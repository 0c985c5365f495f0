"""Names of nodes: a unique one for each, aliases that the user gave, and nodes found by either."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, final

from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.viewed import Viewed
from gradloom.ir.errors import ArgumentError, CallError, MissingKey
from gradloom.ir.readers import close_to

if TYPE_CHECKING:
    from gradloom.frontend.dag.step import Step


@final
class Names:
    """The nodes and steps of one graph by name."""

    __slots__ = ("_aliases", "_by_uid", "_counts")

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._by_uid: dict[str, DataNode | Step] = {}
        self._aliases: dict[str, dict[str, None]] = {}

    def unique(self, base: str) -> str:
        """A name that none has: `base_0`, `base_1`, ..."""
        count = self._counts.get(base, 0)
        self._counts[base] = count + 1
        return f"{base}_{count}"

    def put(self, uid: str, alias: str, named: DataNode | Step) -> None:
        """Let it be found, by its alias too unless that is empty."""
        self._by_uid[uid] = named
        if alias:
            self._aliases.setdefault(alias, {})[uid] = None

    def remove(self, uid: str, alias: str) -> None:
        """Let it be found no more."""
        del self._by_uid[uid]
        if alias:
            del self._aliases[alias][uid]
            if not self._aliases[alias]:
                del self._aliases[alias]

    @property
    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Alias (of a call also its function's name) -> the unique names of those that have it."""
        return {alias: tuple(uids) for alias, uids in self._aliases.items()}

    def find(self, name: str) -> DataNode:
        """The node that `name` means: its unique name or alias, those of the call that made it, or
        else the beginning of its unique name.

        Raises `MissingKey` when there is none, and `ArgumentError` that lists them when there are
        several.
        """
        found = self._found(name)
        if len(found) == 1:
            return found[0]
        if not found:
            known = [*self._aliases, *self._by_uid]
            raise MissingKey(f"no node is called {name!r}", hint=close_to(name, known))
        listed = ", ".join(node.uid for node in found[:10]) + (", ..." if found[10:] else "")
        raise ArgumentError(
            f"{name!r} may be any of {len(found)} nodes: {listed}",
            hint="give the unique name, or the node itself",
        )

    def _found(self, name: str) -> Sequence[DataNode]:
        if name in self._by_uid:
            return self._nodes([name])
        if name in self._aliases:
            return self._nodes(list(self._aliases[name]))
        begins = [uid for uid in self._by_uid if name and uid.startswith(name)]
        return self._nodes(begins)

    def _nodes(self, uids: Sequence[str]) -> Sequence[DataNode]:
        found: dict[DataNode, None] = {}
        for uid in uids:
            named = self._by_uid[uid]
            nodes = (named,) if isinstance(named, DataNode) else named.outputs
            found.update(dict.fromkeys(nodes))
        return list(found)


class Named(Viewed):
    """What has calls, and nodes with names."""

    def __init__(self) -> None:
        self._names = Names()
        self._steps: list[Step] = []
        super().__init__()

    def node(self, which: DataNode | str) -> DataNode:
        """The node itself, or the one of this name (see `Names.find`)."""
        if isinstance(which, str):
            return self._names.find(which)
        if not isinstance(which, DataNode):
            raise _no_node(which)
        which.check_there()
        return which

    @property
    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Each alias, and each function's name, with the unique names of what is called so."""
        return self._names.aliases

    @property
    def steps(self) -> tuple[Step, ...]:
        """The calls, in order."""
        return tuple(self._steps)

    @property
    def callables(self) -> dict[str, Callable[..., Any]]:
        """The functions of the graph by symbol, for `gl.parse(str(G.graph), callables=...)`."""
        return {step.uid: step.node.attrs.function for step in self._steps}  # type: ignore[union-attr]

    @property
    def places(self) -> dict[str, str]:
        """Where each call was made that a run gave to others, and why there."""
        made = (step for step in self._steps if step.place)
        return {s.uid: s.place + (f": {s.reason}" if s.reason else "") for s in made}

    def __len__(self) -> int:
        return len(self._steps)

    def _asked(self, nodes: Iterable[DataNode | str]) -> list[DataNode]:
        return [self.node(node) for node in nodes]


def _no_node(which: object) -> CallError:
    several = "nodes are given one by one: G.run(*nodes)"
    hint = several if isinstance(which, list | tuple) else "give a node, or the name of one"
    return CallError(f"{type(which).__name__} is no node", hint=hint)
