"""Runs a function on traced arguments and its graph on numpy, without transforms or backends."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom.frontend.numpy.install  # noqa: F401  (gives the tracer its operators and methods)
from gradloom.frontend.trace import Trace, tracing
from gradloom.frontend.tracer import Tracer, is_tracer
from gradloom.ir.graph import Graph
from gradloom.ir.interpret import interpret
from gradloom.ir.types import parse_type, type_of


def _parameter(trace: Trace, x: Any, values: bool) -> Any:
    """A tracer for an array or a numpy scalar; anything else is handed through."""
    if not isinstance(x, np.ndarray | np.generic):
        return x
    value = trace.parameter(type_of(x), provider=(lambda: x) if values else None)
    return Tracer(trace, value, "array" if isinstance(x, np.ndarray) else "scalar")


def _flat(result: Any) -> list[Any]:
    if isinstance(result, list | tuple):
        return [x for part in result for x in _flat(part)]
    return [result]


def _rebuilt(result: Any, values: dict[int, Any]) -> Any:
    """`result` with tracers replaced by arrays, numpy scalars or Python numbers."""
    if isinstance(result, list | tuple):
        parts = [_rebuilt(x, values) for x in result]
        return type(result)(*parts) if hasattr(result, "_fields") else type(result)(parts)
    if not is_tracer(result):
        return result
    array = np.asarray(values[id(result)])
    if result.kind == "array":
        return array
    return array[()] if result.kind == "scalar" else array.item()


def traced_graph(f: Callable[..., Any], *args: Any, values: bool = False) -> tuple[Graph, Any]:
    """The graph of `f` on these arguments, and its result with the tracers in it."""
    trace = Trace("test", None)
    with tracing(trace):
        result = f(*[_parameter(trace, x, values) for x in args])
        graph = trace.finish([x.here(trace) for x in _flat(result) if is_tracer(x)])
    return graph, result


def run_traced(f: Callable[..., Any], *args: Any, values: bool = False) -> Any:
    """What `f(*args)` gives when it is traced, and its graph run by the reference interpreter.

    Arrays and numpy scalars become traced parameters, anything else stays as it is. `values=True`:
    Python may look at the values while tracing.
    """
    graph, result = traced_graph(f, *args, values=values)
    outputs = interpret(graph, [x for x in args if isinstance(x, np.ndarray | np.generic)])
    for declared, output in zip(graph.results, outputs, strict=True):
        assert type_of(output) == declared.type, (
            f"the graph says {declared.type}, the run gives {type_of(output)}"
        )
    names = [id(x) for x in _flat(result) if is_tracer(x)]
    return _rebuilt(result, dict(zip(names, outputs, strict=True)))


def run_symbolic(f: Callable[..., Any], specs: list[str], *args: np.ndarray) -> Any:
    """As `run_traced`, traced at types with named dimensions (`"f64[n,3]"`)."""
    trace = Trace("test", None)
    with tracing(trace):
        result = f(*[Tracer(trace, trace.parameter(parse_type(spec))) for spec in specs])
        graph = trace.finish([x.here(trace) for x in _flat(result) if is_tracer(x)])
    outputs = interpret(graph, list(args))
    names = [id(x) for x in _flat(result) if is_tracer(x)]
    return _rebuilt(result, dict(zip(names, outputs, strict=True)))


def assert_same(ours: Any, theirs: Any, rtol: float | None = None) -> None:
    """Both results have the same structure, kind (array or scalar), dtype, shape and values."""
    if isinstance(theirs, list | tuple):
        assert isinstance(ours, list | tuple), (ours, theirs)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert_same(a, b, rtol)
        return
    assert isinstance(ours, np.ndarray) == isinstance(theirs, np.ndarray), (
        type(ours),
        type(theirs),
    )
    a, b = np.asarray(ours), np.asarray(theirs)
    assert a.dtype == b.dtype, (a.dtype, b.dtype)
    assert a.shape == b.shape, (a.shape, b.shape)
    if a.dtype.kind not in "fc":
        np.testing.assert_array_equal(a, b)
        return
    rtol = rtol if rtol is not None else 50 * float(np.finfo(a.dtype).eps)
    size = b[np.isfinite(b)]
    np.testing.assert_allclose(
        a, b, rtol=rtol, atol=rtol * max(1.0, float(np.abs(size).max(initial=0)))
    )


def assert_like_numpy(
    f: Callable[..., Any], *args: Any, rtol: float | None = None, values: bool = False
) -> None:
    """`f` traced gives what numpy gives, or raises where numpy raises."""
    copies = [x.copy() if isinstance(x, np.ndarray) else x for x in args]
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = f(*copies)
    except (ValueError, TypeError, IndexError) as error:
        try:
            ours = run_traced(f, *args, values=values)
        except (ValueError, TypeError, IndexError):
            return
        raise AssertionError(f"numpy raises {error!r}, traced gives {ours!r}") from error
    assert_same(run_traced(f, *args, values=values), theirs, rtol)
