"""A value of the DAG: there, or still to be computed."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final, final

from gradloom.frontend.dag.bound import Bound
from gradloom.frontend.dag.elsewhere import Away
from gradloom.ir.errors import ArgumentError, NotSupported, WorkerLost
from gradloom.ir.graph import Value

if TYPE_CHECKING:
    from weakref import WeakSet

    from gradloom.frontend.dag.builder import GraphBuilder
    from gradloom.frontend.dag.step import Step

_ABSENT: Final = object()
"""The content of a node that has no value; None is a value."""


@final
class DataNode(Bound):
    """A result of a call, or an argument that was given as it is (then `step` is None)."""

    __slots__ = (
        "__weakref__",
        "_content",
        "alias",
        "consumers",
        "elsewhere",
        "graph",
        "persisted",
        "removed",
        "spark_keeps",
        "step",
        "uid",
        "value",
    )

    def __init__(
        self, graph: GraphBuilder, uid: str, alias: str | None, value: Value, step: Step | None
    ) -> None:
        self.graph = graph
        self.uid = uid
        self.alias = alias
        self.value = value
        self.step = step
        self.persisted = False
        self.removed = False
        self.spark_keeps = False
        self.consumers: dict[Step, None] = {}
        self.elsewhere: WeakSet[Step] | None = None
        self._content: Any = _ABSENT

    # ---- for the user ------------------------------------------------------------------------

    def get(
        self, view: bool = False, summary: bool = True, *, view_dependency: bool = False
    ) -> Any:
        """The value; what it depends on, and nothing else, is computed first where it is not there.
        pyflow-viz's `view` and `view_dependency` are refused, and `summary` does nothing.

        >>> import gradloom as gl
        >>> G = gl.dag.GraphBuilder()
        >>> G.add(sum)([1, 2, 3]).get()
        6
        """
        if view or view_dependency:
            raise NotSupported(
                "get(view=True): what computes shows no picture",
                hint="G.view_dependency(node) is the picture of what a node depends on",
            )
        return self.graph.get(self)

    def has_value(self) -> bool:
        """Whether the value is there (None is a value)."""
        return self._content is not _ABSENT and (
            type(self._content) is not Away or self._content.is_there
        )

    async def aget(self) -> Any:
        """The value, as `get` gives it, for code that other coroutines run beside: it is computed
        in a thread.
        """
        import asyncio

        return await asyncio.to_thread(self.get)

    def release(self) -> None:
        """Let the value go; it is computed again when it is needed. That of a persisted node goes
        too, with a `RuntimeWarning`; a given argument stays, with one.
        """
        self.check_there()
        if self.step is None:
            why = "was given, and nothing computes it: it is not released"
            warnings.warn(f"{self.uid} {why}", RuntimeWarning, stacklevel=2)
            return
        if self.is_persisted and self.has_value():
            why = "is persisted, and is released"
            warnings.warn(f"{self.uid} {why}", RuntimeWarning, stacklevel=2)
        self.graph.let_go(self)

    release_memory = release

    def persist(self, on: bool = True) -> None:
        """Keep the value from when it is computed on (or, with False, no longer)."""
        self.persisted = bool(on)

    def get_node_uid(self) -> str:
        """The unique name, such as `data_3`."""
        return self.uid

    # ---- for runs ----------------------------------------------------------------------------

    @property
    def is_persisted(self) -> bool:
        """Whether the value stays once it is there: by its own wish or the graph's."""
        return self.persisted or self.graph.persists

    @property
    def content(self) -> Any:
        """The value that is there, fetched from the cluster where it is on one."""
        if not self.has_value():
            raise ArgumentError(f"{self.uid} has no value yet", hint="node.get() computes it")
        if type(self._content) is Away:
            self._fetch(self._content)
        return self._content

    def _fetch(self, away: Away) -> None:
        try:
            value = away.fetched()
        except WorkerLost:  # it went with its workers; to be computed again
            self.drop()
            raise
        away.release()
        self._content = value

    @property
    def held(self) -> Any:
        """The value that is there, or an `Away` for one on a cluster; nothing is fetched."""
        return self._content

    def fill(self, content: Any) -> None:
        """Put the value there. One of Spark's, which is computed anew whenever it is used, is kept
        by Spark where the node is persisted.
        """
        self._content = content
        if self.is_persisted and _is_sparks(content) and not getattr(content, "is_cached", False):
            content.persist()
            self.spark_keeps = hasattr(content, "unpersist")

    def drop(self) -> None:
        """Forget the value."""
        if type(self._content) is Away:
            self._content.release()
        elif self.spark_keeps:
            self._content.unpersist()
            self.spark_keeps = False
        self._content = _ABSENT

    def check_there(self) -> None:
        """Raise `ArgumentError` if the node was removed from its graph."""
        if self.removed:
            raise ArgumentError(f"{self.uid} was removed from {self.graph.graph_uid}")

    def __copy__(self) -> DataNode:
        """The node itself: it stands for a value, wherever it stands."""
        return self

    def __deepcopy__(self, memo: object) -> DataNode:
        """The node itself, in copies of containers too."""
        return self

    def __repr__(self) -> str:
        state = "there" if self.has_value() else "to be computed"
        return f"<{self.uid} of {self.graph.graph_uid}: {state}>"


def _is_sparks(value: Any) -> bool:
    """Whether a value is a table of Spark's, told by its class alone."""
    kind = type(value)
    return all(hasattr(kind, name) for name in ("rdd", "columns", "count", "persist"))
