"""Calls of Python functions on any objects: what the lazy DAG (`gl.dag`) is made of.

Nothing is known of such a function but its name. It runs where Python runs, once for each time that
the graph says so: no pass drops, moves or doubles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, final

from gradloom.ir.callee import Callee
from gradloom.ir.dims import Dim
from gradloom.ir.errors import ArgumentError, GradloomError, NotSupported
from gradloom.ir.graph import Graph, Operand
from gradloom.ir.op import Attrs, Op, Opaque
from gradloom.ir.types import ObjectType

T = TypeVar("T")
OBJECT: Final[Any] = ObjectType()
"""The type of what a Python function takes and gives."""


@final
@dataclass(frozen=True, slots=True)
class PythonCall(Attrs):
    """The function, and how many results it has; from two on it returns a tuple or list of them."""

    function: Callee
    results: int = 1


def _infer(attrs: PythonCall, *types: Any) -> tuple[Any, ...]:
    if attrs.results < 1:
        raise ArgumentError(f"python_call: {attrs.results} results, where at least one is due")
    return (OBJECT,) * attrs.results


def _call(attrs: PythonCall, *values: Any) -> tuple[Any, ...]:
    return spread(attrs.function.symbol, attrs.function(*values), attrs.results)


def spread(symbol: str, result: Any, count: int) -> tuple[Any, ...]:
    """What a function returned, as so many results; raises `ArgumentError` for another number."""
    if count == 1:
        return (result,)
    if not isinstance(result, tuple | list):
        raise ArgumentError(
            f"{symbol} returned a {type(result).__name__}, where {count} results are due",
            hint="return a tuple or a list of them",
        )
    if len(result) != count:
        raise ArgumentError(f"{symbol} returned {len(result)} values, where {count} are due")
    return tuple(result)


def require_numbers(f: T, what: str, error: type[GradloomError] = NotSupported) -> T:
    """What is given; raises `error` for a graph that calls Python functions, of whose values and
    meaning `what` would have to know more.
    """
    graph = f if isinstance(f, Graph) else Graph((), (), ())
    for node in graph.nodes:
        if node.op is python_call:
            attrs: Any = node.attrs
            raise error(
                f"{what}: {graph.name} calls the Python function {attrs.function.symbol!r}",
                hint="G.compile() of gl.dag makes a function of arrays of what is plain numpy",
                location=node.location,
            )
    return f


def _batch(
    attrs: Any, operands: Sequence[Operand], marks: Sequence[bool], size: int | Dim
) -> tuple[()]:
    raise NotSupported(
        f"python_call of {attrs.function.symbol}: vmap knows nothing of a Python function",
        hint="G.compile() of gl.dag traces those that are plain numpy",
    )


python_call: Final[Op] = Op(
    "python_call",
    _call,
    Opaque(
        "a call of a Python function has no derivative; G.compile() of gl.dag traces plain numpy"
    ),
    attrs=PythonCall,
    infer=_infer,
    results=-1,
    variadic=True,
    batch=_batch,
    effect="host",
    domain="any objects that the function takes",
)
