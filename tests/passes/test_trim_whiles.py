"""Whiles lose the carried values and constants that nothing reads, and keep what they mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir import ops as o
from gradloom.ir.errors import GradloomError
from gradloom.ir.graph import Graph, walk
from gradloom.passes.dce import dce
from tests.passes.graphs import assert_same_meaning

SIZE = 4


def while_of(g):
    (loop,) = [node for node in g if node.op is o.while_]
    return loop


def carried(g):
    return len(while_of(g).results)


def traced(body, results, carry, *outside, until=3):
    """`results` of a loop of `until` turns, which the first carried value counts."""

    def f(carry, outside):
        return gl.while_loop(lambda c: c[0] < until, lambda c: body(*c, *outside), carry)

    g = gl.trace(f, carry, outside)
    return Graph(g.parameters, g.nodes, tuple(g.results[i] for i in results), g.name)


def start():
    rng = np.random.default_rng(0)
    return (np.float64(0.0), *[rng.standard_normal(2) for _ in range(SIZE - 1)])


def flat(carry, *outside):
    return [np.asarray(x) for x in (*carry, *outside)]


def test_a_carried_value_that_nobody_reads_is_dropped_with_what_makes_it():
    g = traced(lambda i, a, b, c: (i + 1, a * 2, np.sin(b) * c, c), [1], start())
    new = dce(g)
    assert carried(new) == 2
    assert [n.op.name for n in while_of(new).regions[1]] == ["add", "multiply"]
    assert_same_meaning(g, new, flat(start()))


def test_carried_values_that_only_need_one_another_are_dropped_together():
    g = traced(lambda i, a, b, c: (i + 1, a + 1, c, b), [1], start())
    assert carried(dce(g)) == 2
    assert_same_meaning(g, dce(g), flat(start()))


def test_a_carried_value_that_a_living_one_needs_two_turns_later_stays():
    g = traced(lambda i, a, b, c: (i + 1, a + b, c, c * 2), [1], start())
    assert carried(dce(g)) == SIZE


def test_what_only_the_test_reads_stays():
    g = traced(lambda i, a, b, c: (i + 1, a + 1, b, c), [2], start())
    assert carried(dce(g)) == 2
    assert_same_meaning(g, dce(g), flat(start()))


def test_constants_that_nothing_reads_any_more_are_dropped():
    w = np.array([3.0, 4.0])
    g = traced(lambda i, a, b, c, w: (i + 1, a + 1, b * w, c), [1], start(), w)
    loop = while_of(dce(g))
    assert (loop.attrs.consts, len(loop.operands)) == (0, 2)
    g = traced(lambda i, a, b, c, w: (i + 1, a * w, b * w, c), [1], start(), w)
    loop = while_of(dce(g))
    assert (loop.attrs.consts, len(loop.operands)) == (1, 3)
    assert_same_meaning(g, dce(g), flat(start(), w))


def test_what_an_assert_in_the_body_reads_stays():
    def f(i, a, b, c):
        while i < 3:
            assert np.all(b < 100.0), "too large"
            i, a, b, c = i + 1, a + 1, b * 50, c + 1
        return a

    g = gl.trace(f, *start())
    new = dce(g)
    assert (carried(g), carried(new)) == (5, 4)  # the test's result, i, a, b
    assert any(node.op is o.assert_ for node in walk(new))
    small = (*start()[:2], np.full(2, 1e-6), start()[3])
    assert_same_meaning(g, new, flat(small))
    with pytest.raises((AssertionError, GradloomError), match="too large"):
        gl.compile(f, "numpy")(*start()[:2], np.full(2, 3.0), start()[3])


def test_what_a_print_in_the_body_reads_stays_and_is_printed(capsys):
    def f(i, a, b, c):
        while i < 3:
            print("b is", b)  # noqa: T201  (what a program prints is the test)
            i, a, b, c = i + 1, a + 1, b * 2, c + 1
        return a

    given = np.float64(0.0), np.ones(2), np.float64(1.0), np.ones(2)
    new = dce(gl.trace(f, *given))
    assert carried(new) == 4
    gl.compile(f, "numpy")(*given)
    assert capsys.readouterr().out.split() == ["b", "is", "1.0", "b", "is", "2.0", "b", "is", "4.0"]


def test_a_loop_that_only_prints_keeps_its_test(capsys):
    def f(i, a):
        while i < 2:
            print("turn")  # noqa: T201
            i, a = i + 1, a * 2
        return 1.0 * np.sum(np.ones(2))

    new = dce(gl.trace(f, np.float64(0.0), np.ones(2)))
    assert carried(new) == 2
    gl.compile(f, "numpy")(np.float64(0.0), np.ones(2))
    assert capsys.readouterr().out.split() == ["turn", "turn"]


def test_inner_loops_lose_theirs_too():
    def f(i, a, b):
        while i < 3:
            j = i * 0
            while j < 2:
                j, a, b = j + 1, a + 1, np.sin(b)
            i = i + 1
        return a

    given = np.float64(0.0), np.ones(2), np.ones(3)
    g = gl.trace(f, *given)
    new = dce(g)
    (inner,) = [n for n in walk(while_of(new).regions[1]) if n.op is o.while_]
    assert (carried(new), len(inner.results)) == (3, 3)
    assert "sin" not in [n.op.name for n in walk(new)]
    assert_same_meaning(g, new, flat(given))


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_backends_run_what_is_left(backend):
    pytest.importorskip(backend)

    def f(i, a, b):
        while i < 3:
            i, a, b = i + 1, a * 2, np.sin(b)
        return a

    given = np.float64(0.0), np.ones(2), np.ones(3)
    np.testing.assert_array_equal(gl.compile(f, backend)(*given), np.full(2, 8.0))


def test_derivatives_of_what_is_left_are_the_same():
    def f(a, b):
        i = a * 0
        while i < 3:
            i, a, b = i + 1, np.sin(a) * a, np.sin(b)
        return a

    given = np.float64(0.7), np.ones(3)
    np.testing.assert_allclose(
        gl.compile(gl.grad(f), "numpy")(*given), gl.grad(f)(*given), rtol=1e-12
    )
    small = dce(gl.trace(f, *given))
    assert carried(small) == 3
    np.testing.assert_allclose(gl.grad(small)(*given), gl.grad(f)(*given), rtol=1e-12)


sources = st.lists(st.sets(st.integers(0, SIZE - 1), max_size=2), min_size=3, max_size=3)


@settings(max_examples=60, deadline=None)
@given(sources, st.sets(st.integers(0, SIZE - 1), min_size=1), st.integers(0, SIZE - 1))
def test_exactly_what_is_reached_from_results_and_test_stays(reads, results, tested):
    def body(carry):
        made = [sum((carry[j] for j in sorted(r)), 0.5 + carry[0] * 0) * 0.5 for r in reads]
        return [carry[0] + 1, *made]

    def f(*carry):
        test = lambda c: (c[0] < 4) & (c[tested] < 1e6)  # noqa: E731
        return gl.while_loop(test, body, list(carry))

    given = tuple(np.float64(i) for i in range(SIZE))
    whole = gl.trace(f, *given)
    g = Graph(
        whole.parameters, whole.nodes, tuple(whole.results[i] for i in sorted(results)), "main"
    )
    reached = {0, tested, *results}
    while True:
        more = {j for i in reached if i for j in reads[i - 1]} | reached
        if more == reached:
            break
        reached = more
    new = dce(g)
    assert carried(new) == len(reached)
    assert dce(new) == new
    assert_same_meaning(g, new, [np.asarray(x) for x in given])
