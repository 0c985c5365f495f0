import numpy as np

from gradloom.ir import ops as o
from gradloom.ir.graph import literal
from gradloom.passes.bisect import bisect
from gradloom.passes.rewrite import Rewriter
from gradloom.passes.steps import Step, parse_pipeline
from tests.passes.graphs import arrays_for, graph, ops_of


def sample():
    return graph(lambda x: o.tanh(o.negative(o.negative(o.sin(x)))), "f64[5]")


def swap(old, new):
    """A pass that puts one op in another's place."""

    def change(g):
        rewriter = Rewriter(g)
        for node in g:
            if node.op is old:
                rewriter.replace(node, rewriter.builder.emit(new, rewriter.map(node.operands)))
            else:
                rewriter.keep(node)
        return rewriter.finish()

    return change


def test_the_first_pass_that_changes_the_answer_is_named_with_the_graphs_around_it():
    steps = [
        *parse_pipeline("simplify,cse"),
        Step("broken", swap(o.sin, o.cos)),
        *parse_pipeline("dce"),
    ]
    g = sample()
    found = bisect(g, steps, arrays_for(g, special=False))
    assert (found.position, found.name, found.result) == (2, "broken", 0)
    assert "sin" in ops_of(found.before)
    assert "cos" in ops_of(found.after)
    assert 0 < found.difference < 2
    assert str(found).startswith("pass 2, broken, changes result 0 by ")


def test_a_change_that_a_later_pass_takes_back_is_found_too():
    steps = [Step("there", swap(o.sin, o.cos)), Step("back", swap(o.cos, o.sin))]
    g = sample()
    assert bisect(g, steps, arrays_for(g, special=False)).name == "there"


def test_a_pipeline_that_keeps_the_answer_has_no_culprit():
    g = sample()
    assert bisect(g, "default", arrays_for(g)) is None


def test_a_difference_within_the_tolerance_is_none():
    def nudge(g):
        rewriter = Rewriter(g)
        for node in g:
            rewriter.keep(node)
        (result,) = g.results
        nudged = rewriter.builder.emit(o.add, (result, literal(1e-9, result.type)))
        return type(g)(g.parameters, tuple(rewriter.builder.nodes), nudged, g.name)

    g = sample()
    arrays = [np.linspace(0, 1, 5)]
    assert bisect(g, [Step("nudge", nudge)], arrays).name == "nudge"
    assert bisect(g, [Step("nudge", nudge)], arrays, atol=1e-8) is None
