"""What passes and transforms make of asserts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.asserted import assert_that
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, IndexOutOfRange
from gradloom.ir.interpret import interpret
from gradloom.ir.ops.guards import guarded
from gradloom.ir.parse import parse
from gradloom.passes import batch
from gradloom.passes.asserts import without_asserts
from gradloom.passes.cse import cse
from gradloom.passes.dce import dce
from gradloom.passes.effects import asserts_in
from gradloom.passes.reroll import reroll
from gradloom.passes.simplify import simplify
from tests.asserting import (
    GOOD,
    PROGRAMS,
    Program,
    in_a_branch_of_a_loop,
    in_a_predicate,
    straight,
)
from tests.ir.ops.checks import graph_on

claim = o.by_name("assert")
IDS = [p.f.__name__ for p in PROGRAMS]


def claims(graph: Any) -> int:
    return len(list(asserts_in(graph)))


def test_an_error_of_another_class_is_named_by_the_op() -> None:
    def f(x: Any) -> Any:
        claim(x, message="not there", error="IndexOutOfRange")
        return x

    graph = graph_on(f, [np.array([True, False])])
    assert parse(str(graph)) == graph
    with pytest.raises(IndexOutOfRange, match="not there"):
        interpret(graph, [np.array([True, False])])
    with pytest.raises(DtypeError, match="'SystemExit' is no error"):
        graph_on(lambda x: [claim(x, message="", error="SystemExit"), x][1], [np.ones(1, bool)])


def test_equal_asserts_are_one_and_none_is_dead() -> None:
    def f(x: Any) -> Any:
        for _ in range(3):
            assert_that(x.sum() > 0, "some")
        assert_that(x.sum() > 0, "another message")
        return x

    merged = dce(cse(gl.trace(f, GOOD)))
    assert claims(merged) == 2
    with pytest.raises(AssertionError, match="some"):
        merged(-GOOD)


def test_an_assert_of_what_is_known_to_hold_is_dropped() -> None:
    graph = graph_on(
        lambda x: [claim(o.equal(1.0 + o.stop_gradient(x) * 0, x), message=""), x][1], [GOOD]
    )
    assert claims(graph) == 1
    known = parse('func @f(%x: f64[2]) -> (f64[2]) {\n  assert(true: bool[], message="m")\n'
                  '  assert(false: bool[], message="n")\n  return %x\n}')  # fmt: skip
    assert [node.attrs.message for node in simplify(known).nodes] == ["n"]


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p.reverse], ids=lambda p: p.f.__name__)
def test_reverse_mode_asserts_once(program: Program) -> None:
    assert claims(gl.trace(program.f, GOOD)) == 1
    assert claims(gl.trace(gl.grad(program.f), GOOD)) == 1


def test_rerolled_loops_assert_in_every_step() -> None:
    def f(x: Any) -> Any:
        total = np.zeros(())
        for i in range(12):
            assert_that(x[i] > 0, "positive")
            total = np.tanh(total + x[i]) * 2
        return total

    x = np.linspace(1, 2, 12)
    graph = gl.trace(f, x)
    rolled = reroll(graph, steps=3, body=2, nodes=6)
    assert [n.op for n in rolled.nodes if n.op is o.scan] == [o.scan]
    assert claims(rolled) == 1
    assert rolled(x) == graph(x)
    x[7] = -1
    with pytest.raises(AssertionError, match="positive"):
        rolled(x)


@pytest.mark.parametrize("program", PROGRAMS, ids=IDS)
def test_a_guarded_graph_asserts_where_it_is_active(program: Program) -> None:
    bad = np.array(program.bad, float)
    graph = gl.trace(program.f, GOOD)
    held = guarded(graph)
    assert interpret(held, [np.True_, GOOD]) == interpret(graph, [GOOD])
    spared = interpret(held, [np.False_, bad])
    if program.reverse:  # a `while` makes no turn then
        assert spared == interpret(without_asserts(graph), [bad])
    with pytest.raises(AssertionError):
        interpret(held, [np.True_, bad])


def test_an_assert_in_a_function_with_a_rule_counts_behind_a_mapped_condition() -> None:
    @gl.custom_jvp
    def f(x: Any) -> Any:
        assert_that(x > 0, "positive")
        return np.log(x)

    f.defjvp(lambda primals, tangents: (f(*primals), tangents[0] / primals[0]))

    def chosen(x: Any) -> Any:
        return gl.cond(x > 0, f, lambda x: x, x)

    assert chosen(GOOD[0]) == 0
    np.testing.assert_array_equal(
        gl.vmap(chosen)(np.append(GOOD, -GOOD))[: len(GOOD)], np.log(GOOD)
    )
    with pytest.raises(AssertionError):
        gl.vmap(lambda x: gl.cond(x < 9, f, lambda x: x, x))(-GOOD)
    assert gl.vmap(f)(GOOD)[0] == 0
    with pytest.raises(AssertionError):
        gl.vmap(f)(-GOOD)


def test_a_batch_of_found_sizes_asserts_of_every_member() -> None:
    def f(x: Any) -> Any:
        return np.sort(x[x > 0])[0]

    rows = np.array([[1.0, -2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(gl.vmap(f)(rows), [1, 3])
    with pytest.raises(IndexError):
        gl.vmap(f)(np.array([[1.0, -2.0], [-3.0, -4.0]]))

    def only_checks(x: Any) -> Any:
        assert_that(np.sort(x[x > 0]).sum() > 1, "more than one")
        return x

    gl.vmap(only_checks)(rows + 1)
    with pytest.raises(AssertionError):
        gl.vmap(only_checks)(rows)


def test_mapping_in_two_axes_and_a_batch_of_loops() -> None:
    cube = np.abs(np.random.default_rng(0).normal(size=(2, 4, 3))) + 1
    twice = gl.vmap(gl.vmap(in_a_branch_of_a_loop))
    np.testing.assert_allclose(
        twice(cube), [[in_a_branch_of_a_loop(x) for x in row] for row in cube]
    )
    cube[1, 2, 0] = -1
    with pytest.raises(AssertionError):
        twice(cube)
    mapped = batch.vmap(gl.trace(straight, GOOD), [True], 3)
    assert claims(mapped) == 1


def test_a_loop_in_a_branch_that_is_not_taken_asserts_nothing() -> None:
    def f(x: Any) -> Any:
        return gl.cond(x[0] > 0, in_a_predicate, np.sum, x)

    rows = np.array([[1.0, 2.0, 3.0], [-50.0, 50.0, 50.0]])
    np.testing.assert_allclose(gl.vmap(f)(rows), [216, 50])
    with pytest.raises(AssertionError):
        gl.vmap(f)(-rows)
