"""Scans lose what nothing reads, and keep what they mean."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph
from gradloom.passes.dce import dce
from tests.passes.graphs import assert_same_meaning

FUNCTIONS = [np.sin, np.tanh, np.negative, np.add, np.multiply, np.subtract]


def scan_of(g):
    (scan,) = [node for node in g if node.op is o.scan]
    return scan


def traced(step, results):
    """`results` of a scan of `step` over three carried vectors and two stepped arrays."""

    def f(a, b, c, x, y):
        return gl.scan(lambda carry, row: step(*carry, *row), (a, b, c), (x, y))

    g = gl.trace(f, *arrays())
    return Graph(g.parameters, g.nodes, tuple(g.results[i] for i in results), g.name)


def arrays():
    rng = np.random.default_rng(0)
    return [rng.standard_normal(s) for s in ((2,), (2,), (2,), (5, 2), (5, 2))]


def test_results_and_carried_values_that_nothing_reads_are_dropped():
    g = traced(lambda a, b, c, x, y: ((a + x, b * y, c * b), (np.sin(b), a)), [0, 4])
    scan = scan_of(dce(g))
    assert (scan.attrs.consts, scan.attrs.carry) == (0, 1)
    assert len(scan.operands) == 2
    assert [n.op.name for n in scan.regions[0]] == ["add"]
    assert_same_meaning(g, dce(g), arrays())


def test_a_carried_value_that_another_needs_stays():
    g = traced(lambda a, b, c, x, y: ((a + b, b * c, c + x), ()), [0])
    assert dce(g) is g or scan_of(dce(g)).attrs.carry == 3
    assert len(scan_of(dce(g)).operands) == 4
    assert_same_meaning(g, dce(g), arrays())


def test_rows_that_are_only_handed_through_are_the_array_itself():
    g = traced(lambda a, b, c, x, y: ((a + x, b, c), (x, y, x)), [0, 3, 4, 5])
    new = dce(g)
    assert new.results[1:] == (g.parameters[3], g.parameters[4], g.parameters[3])
    assert len(scan_of(new).results) == 1
    assert_same_meaning(g, new, arrays())


def test_equal_results_and_operands_are_made_and_handed_over_once():
    def f(a, x):
        return gl.scan(lambda h, r: (h + r[0] * r[1], (np.sin(h), np.sin(h))), a, (x, x))

    g = gl.optimize(gl.trace(f, np.ones(2), np.ones((5, 2))), "cse")
    new = dce(g)
    assert len(scan_of(new).operands) == 2
    assert len(scan_of(new).results) == 2
    assert_same_meaning(g, new, [np.arange(2.0), np.arange(10.0).reshape(5, 2)])


@st.composite
def steps(draw):
    line = st.tuples(st.sampled_from(FUNCTIONS), st.integers(0, 9), st.integers(0, 9))
    lines = draw(st.lists(line, max_size=5))
    carried = draw(st.lists(st.integers(0, 9), min_size=3, max_size=3))
    stacked = draw(st.lists(st.integers(0, 9), max_size=4))
    return lines, carried, stacked


@settings(max_examples=60, deadline=None)
@given(steps(), st.lists(st.integers(0, 6), min_size=1, max_size=5))
def test_drawn_scans_mean_what_they_meant(drawn, wanted):
    lines, carried, stacked = drawn

    def step(*values):
        found = list(values)
        for f, i, j in lines:
            p, q = found[i % len(found)], found[j % len(found)]
            found.append(f(p) if f.nin == 1 else f(p, q))
        take = lambda i: found[i % len(found)]  # noqa: E731
        return tuple(take(i) * 0.5 for i in carried), tuple(take(i) for i in stacked)

    g = traced(step, [i % (3 + len(stacked)) for i in wanted])
    new = dce(g)
    assert_same_meaning(g, new, arrays())
    assert dce(new) is new or dce(dce(new)) == dce(new)
    assert gl.parse(new.text()) == new
