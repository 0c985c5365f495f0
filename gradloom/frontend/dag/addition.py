"""A function added to a graph and not yet called: `G.add(f)` of `G.add(f)(x)`."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final
from weakref import WeakSet

from gradloom.frontend.dag.bound import Bound
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.step import Look, Step, name_of
from gradloom.ir.errors import ArgumentError, CallError, NotSupported
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


_AS_ALL: Final = Look()
_ONCE: Final = Again()
"""What most calls are: made once and drawn as the others, without an object for each."""


@final
class Addition(Bound):
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

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """The node of the result, or a list of nodes."""
        step = self.graph.put(self, args, kwargs, user_location())
        return step.outputs[0] if len(step.outputs) == 1 else list(step.outputs)

    def __repr__(self) -> str:
        name = self.alias or name_of(self.function)
        return f"<{name} of {self.graph.graph_uid}, to be called with its arguments>"


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


def names_of_results(alias: str | Sequence[str | None] | None, count: int) -> Sequence[str | None]:
    """The alias of each result."""
    if alias is None or isinstance(alias, str):
        check_name("output_alias", alias)
        return (alias,) * count
    check_kind("output_alias", alias, str, list, tuple, type(None))
    if len(alias) != count:
        raise ArgumentError(f"output_alias has {len(alias)} names, where n_out={count}")
    for name in alias:
        check_name("output_alias", name)
    return tuple(alias)


def check_name(what: str, name: object) -> None:
    """Raise `CallError` for what is no text, `ArgumentError` for text that no file can hold."""
    check_kind(what, name, str, type(None))
    try:
        str(name).encode()
    except UnicodeEncodeError as error:
        raise ArgumentError(f"{what}={name!a} has half a character, a lone surrogate") from error


def count_of(n_out: object) -> int:
    """How many results a call has; raises `CallError` for what is no whole number."""
    if isinstance(n_out, bool) or not hasattr(n_out, "__index__"):
        hint = f"a name is given as alias={n_out!r}" if isinstance(n_out, str) else ""
        raise CallError(f"n_out is {n_out!r}, where int is due", hint=hint)
    count = operator.index(n_out)
    if count < 1:
        raise ArgumentError(f"n_out={count}: a call has at least one result, be it None")
    return int(count)


def look_of(rank: Any, color: Any, shape: Any, fontsize: Any) -> Look:
    """How a box is to look; what colours and shapes there are, the picture knows."""
    if rank is color is shape is fontsize is None:
        return _AS_ALL
    check_kind("rank", rank, int, str, type(None))
    check_kind("color", color, str, type(None))
    check_kind("shape", shape, str, type(None))
    check_kind("fontsize", fontsize, int, float, type(None))
    if fontsize is not None and not 0 < fontsize < math.inf:
        raise ArgumentError(f"fontsize={fontsize}: a size is positive")
    return Look(rank, color, shape, fontsize)


def again_of(retry: Any, delay_s: Any, cache: Any) -> Again:
    """How a call is repeated, or not made."""
    if cache is None and retry == delay_s == 0 and type(retry) is int and type(delay_s) is float:
        return _ONCE
    check_kind("retry", retry, int)
    check_kind("retry_delay_s", delay_s, int, float)
    if retry < 0 or not 0 <= delay_s < math.inf:
        raise ArgumentError(f"retry={retry}, retry_delay_s={delay_s}: not negative")
    check_kind("cache", cache, str, os.PathLike, type(None))
    return Again(retry, delay_s, cache)


def check_kind(name: str, value: object, *kinds: type, hint: str = "") -> None:
    """Raise `CallError` for a value of no such class; a bool is no int."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        due = " or ".join("None" if k is type(None) else k.__name__ for k in kinds)
        raise CallError(f"{name} is {value!r}, where {due} is due", hint=hint)


_DRAWN: Final = ("view", "view_dependency", "summary", "verbose", "gap")


def check_not_drawn(method: str, given: Mapping[str, Any]) -> None:
    """Raise where a call that computes is asked for a picture too, as pyflow-viz's are."""
    for name, value in given.items():
        if name not in _DRAWN:
            raise CallError(f"{method} takes no argument {name!r}")
        if value and name.startswith("view"):
            raise NotSupported(
                f"{method}({name}=True): what computes shows no picture",
                hint="G.view_dependency(node) is the picture of what a node depends on",
            )
