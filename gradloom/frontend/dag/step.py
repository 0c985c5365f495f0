"""One call of the DAG: a function, its arguments, and what becomes of its results."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

from gradloom.frontend.dag.arguments import Arguments
from gradloom.frontend.dag.bound import Bound
from gradloom.frontend.dag.described import attribute
from gradloom.frontend.dag.readable import check_readable
from gradloom.ir.callee import Callee
from gradloom.ir.graph import Node
from gradloom.ir.location import Location
from gradloom.ir.ops.called import OBJECT, PythonCall, python_call

if TYPE_CHECKING:
    from gradloom.frontend.dag.builder import GraphBuilder
    from gradloom.frontend.dag.node import DataNode

_numbers: Final = itertools.count()
"""Every step of the process in order of creation: operands come before what uses them, also
across graphs, so a cycle cannot be written down.
"""


@final
@dataclass(frozen=True, slots=True)
class Look:
    """How the box of a step is drawn; None: as all are."""

    rank: int | str | None = None
    color: str | None = None
    shape: str | None = None
    fontsize: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments, waiting for the values of its nodes."""

    function: Callable[..., Any]
    arguments: Arguments
    results: int = 1

    def __call__(self, *values: Any) -> Any:
        """What the function returns on these values; raises `ArgumentError` for an iterator."""
        args, kwargs = self.arguments.filled(values)
        return checked(self.function, self.function(*args, **kwargs), self.results)


def checked(function: Callable[..., Any], result: Any, count: int = 1) -> Any:
    """What a function of `count` results returned, of a coroutine what it comes to; raises
    `ArgumentError` for what can be read once only.
    """
    if isinstance(result, Coroutine):
        result = _awaited(result)
    several = count > 1 and isinstance(result, tuple | list)
    for value in result if several else (result,):
        if isinstance(value, Coroutine):
            value.close()  # else Python warns that nobody awaited it
        check_readable(value, f"what {name_of(function)} returned")
    return result


def _awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine comes to, in a loop of its own; in another thread where this one runs a loop
    already, as a notebook's does.
    """
    import asyncio
    import contextvars
    from concurrent.futures import ThreadPoolExecutor

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    context = contextvars.copy_context()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(context.run, asyncio.run, coroutine).result()


@final
class Step(Bound):
    """A `python_call` node of the graph, with its names, its look and what is known of the last
    time that it was made: where (`place`) and why there (`reason`), how often it was tried, the
    seconds and bytes, or the first line of the error.
    """

    __slots__ = (
        "__weakref__",
        "cache",
        "call",
        "delay_s",
        "error",
        "graph",
        "look",
        "name",
        "nbytes",
        "node",
        "number",
        "outputs",
        "place",
        "reason",
        "retries",
        "seconds",
        "tries",
        "uid",
    )

    def __init__(
        self,
        graph: GraphBuilder,
        name: str,
        uid: str,
        call: Call,
        n_out: int,
        look: Look,
        location: Location | None,
    ) -> None:
        self.graph = graph
        self.name = name
        self.uid = uid
        self.call = call
        self.look = look
        self.number = next(_numbers)
        self.outputs: tuple[DataNode, ...] = ()
        self.cache: str | os.PathLike[str] | None = None
        self.retries = 0
        self.delay_s = 0.0
        self.place = self.reason = self.error = ""
        self.tries = 0
        self.seconds: float | None = None
        self.nbytes: int | None = None
        operands = tuple([node.value for node in call.arguments.nodes])
        attrs = PythonCall(Callee(uid, call), n_out)
        self.node = Node(python_call, operands, attrs, (OBJECT,) * n_out, (), location)

    @property
    def inputs(self) -> Sequence[DataNode]:
        """The nodes among the arguments, each once."""
        return self.call.arguments.nodes

    def computed(self) -> tuple[Any, ...]:
        """The results, one per output."""
        return self.applied([node.content for node in self.inputs])

    def checked(self, result: Any) -> Any:
        """What the function returned; raises `ArgumentError` for what can be read once only."""
        return checked(self.call.function, result, self.call.results)

    def applied(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """The results for these values of the inputs."""
        results: tuple[Any, ...] = python_call.numpy(self.node.attrs, *values)
        return results

    def __repr__(self) -> str:
        return f"<{self.uid} of {self.graph.graph_uid}>"


def name_of(function: Callable[..., Any]) -> str:
    """The name of any callable: a partial has that of its function, an object its class's.

    >>> import functools
    >>> name_of(functools.partial(max, 3)), name_of(str.upper)
    ('max', 'upper')
    """
    while isinstance(function, functools.partial | functools.partialmethod):
        function = function.func
    name = attribute(function, "__name__")
    name = name if isinstance(name, str) else type(function).__name__
    return "lambda" if name == "<lambda>" else name
