import pytest

from gradloom.ir import ops as o
from gradloom.ir.errors import VerifyError
from gradloom.ir.graph import Graph, Node
from gradloom.ir.location import Location
from gradloom.passes.rewrite import Rewriter
from tests.passes.graphs import graph, ops_of


def test_keeping_every_node_gives_the_graph_itself():
    g = graph(lambda x: o.tanh(o.sin(x)), "f64[3]")
    rewriter = Rewriter(g)
    for node in g:
        assert rewriter.keep(node) is node.results
    assert rewriter.finish() is g


def test_a_replaced_value_reaches_later_operands_and_results():
    g = graph(lambda x: (o.cos(y := o.sin(x)), y), "f64[3]")
    rewriter = Rewriter(g)
    rewriter.replace(g.nodes[0], g.parameters)
    rewriter.keep(g.nodes[1])
    new = rewriter.finish()
    assert ops_of(new) == ["cos"]
    assert new.nodes[0].operands == g.parameters
    assert new.results == (new.nodes[0].result, g.parameters[0])
    assert ops_of(g) == ["sin", "cos"]


def test_rewritten_nodes_keep_location_copy_and_names_and_the_graph_its_header():
    place = Location("model.py", 7, "f", "")
    g = graph(lambda x: o.cos(o.sin(x)), "f64[3]")
    sin, cos = g.nodes
    marked = Node(cos.op, cos.operands, None, (cos.result.type,), (), place, 3)
    marked.result.name = "y"
    g = Graph(g.parameters, (sin, marked), marked.results, "model", ("a note",), "signature")
    rewriter = Rewriter(g)
    rewriter.replace(sin, g.parameters)
    rewriter.keep(marked)
    new = rewriter.finish()
    (node,) = new.nodes
    assert (node.location, node.copy, node.result.name) == (place, 3, "y")
    assert (new.name, new.notes, new.signature) == ("model", ("a note",), "signature")


def test_a_replacement_of_another_type_is_refused():
    g = graph(lambda x: o.isnan(x), "f64[3]")
    with pytest.raises(VerifyError, match=r"bool\[3\].*f64\[3\]"):
        Rewriter(g).replace(g.nodes[0], g.parameters)
