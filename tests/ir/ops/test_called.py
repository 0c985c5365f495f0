"""A call of a Python function: its results, its text, and what no pass does to it."""

from __future__ import annotations

import pytest

from gradloom.ir.callee import Callee
from gradloom.ir.errors import ArgumentError, NotSupported, ParseError
from gradloom.ir.graph import Graph, Node, Value
from gradloom.ir.interpret import interpret
from gradloom.ir.ops.called import OBJECT, PythonCall, python_call
from gradloom.ir.parse import parse
from gradloom.ir.verify import verify
from gradloom.passes.dce import dce


def _graph(results: int = 1) -> Graph:
    x = Value(OBJECT, name="x")
    attrs = PythonCall(Callee("f", lambda x: (x, [x])), results)
    node = Node(python_call, (x,), attrs, (OBJECT,) * results)
    return Graph((x,), (node,), node.results[:1])


def test_one_result_is_what_was_returned_and_two_are_its_items() -> None:
    assert interpret(_graph(), ["a"]) == (("a", ["a"]),)
    assert interpret(_graph(2), ["a"]) == ("a",)
    with pytest.raises(ArgumentError, match="f returned 2 values, where 3 are due"):
        interpret(_graph(3), ["a"])


def test_it_is_sound_and_stays_where_nothing_uses_it() -> None:
    graph = _graph()
    verify(graph)
    unused = Graph(graph.parameters, graph.nodes, ())
    assert len(dce(unused).nodes) == 1


def test_its_text_reads_back_when_the_function_is_given() -> None:
    graph = _graph(2)
    again = parse(str(graph), callables={"f": lambda x: (x + 1, x + 2)})
    assert str(again) == str(graph)
    assert again != graph
    assert interpret(again, [1]) == (2,)
    with pytest.raises(ParseError, match="'f' is not at hand"):
        parse(str(graph))


def test_vmap_refuses_it() -> None:
    graph = _graph()
    assert python_call.batch is not None
    with pytest.raises(NotSupported, match="vmap"):
        python_call.batch(graph.nodes[0].attrs, graph.nodes[0].operands, [True], 2)
