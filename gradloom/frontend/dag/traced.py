"""Calls as programs: which can be traced, for the types of their arguments, and why others not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from gradloom.frontend.compile import Compiled
from gradloom.frontend.compile import compile as compiled
from gradloom.frontend.dag.elsewhere import Away
from gradloom.frontend.dag.movable import why_changing, why_hidden
from gradloom.frontend.dag.node import DataNode
from gradloom.frontend.dag.step import Step
from gradloom.frontend.dag.unwritable import reached, unwritable
from gradloom.frontend.entries import key_of, leaf_key
from gradloom.frontend.purity import PLAIN
from gradloom.frontend.signature import Leaf, Signature, flatten, leaf_of, signature_of
from gradloom.ir.graph import Graph, literal
from gradloom.ir.types import tensor_type

if TYPE_CHECKING:
    from gradloom.runtime.client import Client

_NUMERIC: Final = "biufc"
"""The kinds of dtypes whose arrays go to workers."""


class Untraceable(Exception):
    """A call that stays in Python; the text says why."""


@final
@dataclass(frozen=True, slots=True)
class Program:
    """A call as a program: a graph with one result more than the function has, a number that comes
    when it has run, and what it is given: `Part`s of values elsewhere, arrays and numbers.
    """

    graph: Graph
    signature: Signature
    inputs: tuple[Any, ...]


@final
class Programs:
    """The programs of a graph's calls, remembered by function, types and values that are no arrays;
    `session` is where they run.
    """

    def __init__(self, session: Client) -> None:
        self.session = session
        self._compiled: dict[tuple[Any, ...], Compiled] = {}
        self._refused: dict[tuple[Any, ...], str] = {}
        self._told: dict[int, tuple[Graph, Graph]] = {}

    def of(self, step: Step) -> Program:
        """The program of a call whose arguments are there, or elsewhere; raises `Untraceable`."""
        function = step.call.function
        reason = why_hidden(function)
        if reason:
            raise Untraceable(reason)
        given, *_ = self._filled(step, _content)
        leaves, tree, args, kwargs = self._filled(step, _typed)
        inputs = [_leaf(x) for x in leaves]
        if all(leaf.type is None for leaf in inputs):
            raise Untraceable("none of its arguments is an array or a floating-point number")
        key = (id(function), key_of(tree, inputs))
        if key in self._refused:
            raise Untraceable(self._refused[key])
        own = self._function(function, tree, inputs)
        try:
            with unwritable(reached(function)):
                graph, arrays = own.graph(*args, **kwargs), own.arrays(*args, **kwargs)
        except Exception as error:  # whatever a function does on traced values is a reason
            self._refused[key] = _first_line(error)
            raise Untraceable(self._refused[key]) from error
        typed = [x for x, leaf in zip(given, inputs, strict=True) if leaf.type is not None]
        hidden = arrays[len(typed) :]
        return Program(self._telling(graph), signature_of(graph), (*typed, *hidden))

    def closes_arrays(self, step: Step) -> bool:
        """Whether the call's function is new, and tracing it closes arrays to writing meanwhile."""
        function = step.call.function
        if any(key[0] == id(function) for key in self._compiled) or why_hidden(function):
            return False
        return any(x.flags.writeable for x in reached(function))

    def _filled(
        self, step: Step, way: Callable[[Any], Any]
    ) -> tuple[list[Any], Any, list[Any], dict[str, Any]]:
        """The leaves, structure and arguments of a call, its values taken in one way or another."""
        values = [way(_value(node, self.session)) for node in step.inputs]
        try:
            args, kwargs = step.call.arguments.filled(values)
            leaves, tree = flatten((args, kwargs))
        except Exception as error:  # a set of arrays, say, of which Python itself will complain
            raise Untraceable(_first_line(error)) from error
        return leaves, tree, args, kwargs

    def _function(
        self, function: Callable[..., Any], tree: Any, inputs: Sequence[Leaf]
    ) -> Compiled:
        """The function, compiled for any arrays and these other values."""
        fixed = tuple([leaf_key(leaf) for leaf in inputs if leaf.type is None])
        key = (id(function), tree, fixed)
        if key not in self._compiled:  # it keeps the function, whose id is of no other then
            made = compiled(function, self.session, mutation="refuse")
            assert isinstance(made, Compiled)
            self._compiled[key] = made
        return self._compiled[key]

    def _telling(self, graph: Graph) -> Graph:
        """The graph with a result more, which comes when it has run."""
        if id(graph) not in self._told:
            done = literal(1, tensor_type(np.dtype(np.int32), ()))
            results = (*graph.results, done)
            made = Graph(graph.parameters, graph.nodes, results, graph.name, graph.notes)
            self._told[id(graph)] = graph, made
        return self._told[id(graph)][1]


def _value(node: DataNode, session: Client) -> Any:
    """The value of a node; that of another cluster is fetched."""
    held = node.held
    return node.content if isinstance(held, Away) and held.session is not session else held


def _content(value: Any) -> Any:
    return value.content if isinstance(value, Away) else value


def _typed(value: Any) -> Any:
    return value.without_numbers() if isinstance(value, Away) else value


def _leaf(x: Any) -> Leaf:
    """What an argument is to a trace; raises `Untraceable` for what is neither a number or array
    nor a plain value.
    """
    native = getattr(getattr(x, "dtype", None), "isnative", True)
    if type(x) is np.ndarray and (x.dtype.kind not in _NUMERIC or not native):
        raise Untraceable(f"an argument is an array of {x.dtype}")
    if isinstance(x, np.ndarray) and type(x) is not np.ndarray:
        raise Untraceable(f"an argument is a {type(x).__name__}")
    try:
        leaf = leaf_of(x)
    except Exception as error:  # a class that the frontend knows and does not take
        raise Untraceable(_first_line(error)) from error
    if leaf.type is None and not _is_plain(x):
        raise Untraceable(f"an argument is of class {type(x).__name__}")
    return leaf


def _is_plain(x: Any) -> bool:
    """Whether a value that is no array is a part of a program by what it is."""
    if isinstance(x, type):  # as in dtype=np.float32
        return x.__module__ in ("builtins", "numpy")
    return isinstance(x, (*PLAIN, np.dtype)) and not why_changing(x)


def _first_line(error: Exception) -> str:
    text = str(error).splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
