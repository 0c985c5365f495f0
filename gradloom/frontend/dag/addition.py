"""A function added to a graph and not yet called: `G.add(f)` of `G.add(f)(x)`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final
from weakref import WeakSet

from gradloom.frontend.dag.arguments import Arguments
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.step import Look, Step
from gradloom.ir.errors import ArgumentError, CallError
from gradloom.ir.location import user_location

if TYPE_CHECKING:
    from gradloom.frontend.dag.builder import GraphBuilder


@final
@dataclass(frozen=True, slots=True)
class Again:
    """How a call is made more than once, or not at all: tries after errors, and results on disk."""

    retries: int = 0
    delay_s: float = 0.0
    cache: str | os.PathLike[str] | None = None


@final
class Addition:
    """A function to be called with its arguments: `G.add(f)` of `G.add(f)(x)`."""

    __slots__ = ("again", "alias", "function", "graph", "look", "outputs", "persist")

    def __init__(
        self,
        graph: GraphBuilder,
        function: Callable[..., Any],
        alias: str | None,
        outputs: Sequence[str | None],
        persist: bool,
        look: Look,
        again: Again,
    ) -> None:
        self.graph = graph
        self.function = function
        self.alias = alias
        self.outputs = outputs
        self.persist = persist
        self.look = look
        self.again = again

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The node of the result, or a list of nodes."""
        arguments = Arguments(args, kwargs, self.graph.given)
        step = self.graph.put(self, arguments, user_location())
        return step.outputs[0] if len(step.outputs) == 1 else list(step.outputs)


def connect(node: DataNode, step: Step) -> None:
    """Let the node know of a call that uses it."""
    if node.graph is step.graph:
        node.consumers[step] = None
    else:
        if node.elsewhere is None:
            node.elsewhere = WeakSet()
        node.elsewhere.add(step)


def check_unused_elsewhere(step: Step) -> None:
    """Raise `ArgumentError` if a call of another graph uses a result."""
    for node in step.outputs:
        for user in node.elsewhere or ():
            raise ArgumentError(
                f"{node.uid} cannot be removed: {user.uid} of {user.graph.graph_uid} uses it",
                hint=f"remove that call from {user.graph.graph_uid} first",
            )


def names_of_results(alias: str | Sequence[str] | None, count: int) -> Sequence[str | None]:
    """The alias of each result."""
    if alias is None or isinstance(alias, str):
        return (alias,) * count
    if len(alias) != count or not all(isinstance(a, str) for a in alias):
        raise ArgumentError(f"output_alias has {len(alias)} names, where n_out={count}")
    return tuple(alias)


def check_kind(name: str, value: object, *kinds: type) -> None:
    """Raise `CallError` for a value of no such class; a bool is no int."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        due = " or ".join("None" if k is type(None) else k.__name__ for k in kinds)
        raise CallError(f"{name} is {value!r}, where {due} is due")
