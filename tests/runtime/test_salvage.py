"""What survives of a fragment in which an op fails: all that does not depend on it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
import gradloom.eager as gt
from gradloom import backends
from gradloom.backends.program import Program
from gradloom.frontend.asserted import require
from gradloom.ir import ops as o
from gradloom.ir.graph import Graph
from gradloom.runtime import messages as m
from gradloom.runtime import salvage
from gradloom.runtime.engine import Engine, Outcome
from gradloom.runtime.wiring import APART, pack

LINES = ("x + y", "x * y", "x.tanh()", "x @ y", "x.T - 1", "x.sum(0) + y", "gt.where(x > y, x, y)")
FAIL = "gt.linalg.cholesky(x - x - 1) + y"

lines = st.lists(
    st.tuples(st.sampled_from(LINES), st.integers(0, 99), st.integers(0, 99)), max_size=12
)


def record(program: list[tuple[str, int, int]], flushed: set[int]) -> tuple[list[Any], set[int]]:
    """The tensors of a program, and those that depend on one that fails."""
    start = np.linspace(-1, 1, 9).reshape(3, 3)
    xs, failed = [gt.from_numpy(start), gt.from_numpy(start[::-1] * 2)], set()
    for at, (text, i, j) in enumerate(program):
        i, j = i % len(xs), j % len(xs)
        if text == FAIL or i in failed or ("y" in text and j in failed):
            failed.add(len(xs))
        xs.append(eval(text, {"gt": gt, "x": xs[i], "y": xs[j]}))
        if at in flushed:
            gt.flush()
    return xs, failed


@settings(deadline=None, max_examples=60)
@given(before=lines, after=lines, flushed=st.sets(st.integers(0, 24), max_size=3))
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_each_value_is_right_or_the_failure_that_it_depends_on(backend, before, after, flushed):
    if backend != "numpy":
        pytest.importorskip(backend)
    program = [*before, (FAIL, 0, 1), *after]
    with gt.local(backend):
        xs, failed = record(program, flushed)
        found = {}
        for i, x in enumerate(xs):
            if i in failed:
                with pytest.raises(gl.RemoteError, match=r"LinAlgError: cholesky: "):
                    x.numpy()
            else:
                found[i] = x.numpy()
    assert found
    with gt.local(backend):
        harmless = [("x * 1" if text == FAIL else text, i, j) for text, i, j in program]
        others, _ = record(harmless, set())
        for i, array in found.items():
            np.testing.assert_array_equal(array, others[i].numpy())


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    pytest.importorskip("zmq")
    with gl.cluster(workers=1, backend="numpy") as made:
        yield made


def test_a_failure_on_a_worker_names_its_op_and_line_and_takes_nothing_else(cluster):
    x = gt.eye(2)
    a = x + 1
    y, line = gt.linalg.cholesky(-x), inspect.currentframe().f_lineno
    b, z = a * 2, y + 1
    with pytest.raises(gl.RemoteError) as caught:
        z.numpy()
    first, hint = str(caught.value).split("\n")[:2]
    assert first.startswith("LinAlgError: cholesky: Matrix is not positive definite (on worker-")
    assert hint.endswith(f"test_salvage.py:{line}")
    assert "Traceback" in caught.value.__notes__[0]
    assert a.tolist() == [[2, 1], [1, 2]]
    assert b.tolist() == [[4, 2], [2, 4]]
    assert (b + x).tolist() == [[5, 2], [2, 5]]
    with pytest.raises(gl.RemoteError, match="cholesky"):
        (z + b).numpy()


def test_derivatives_that_do_not_depend_on_a_failure_are_there():
    with gt.local():
        x = gt.eye(2).requires_grad_()
        lost = gt.linalg.cholesky(-x)
        (x * x).sum().backward()
        assert x.grad.tolist() == [[2, 0], [0, 2]]
        with pytest.raises(gl.RemoteError, match="cholesky"):
            lost.sum().item()


# ---- by engines ----------------------------------------------------------------------------------


def fails(x):
    return np.tanh(x), np.linalg.cholesky(x - 10), x + 1


def outcome(graph: Graph, *given: Any) -> Outcome:
    """What an engine gives for a graph; a Failure is an argument, too."""
    define = pack(graph).define
    engine = Engine(backends.get("numpy"))
    engine.learn(m.Prepare(define.digest, define.text))
    values = [x if isinstance(x, m.Failure) else engine.accept(x, "f64") for x in given]
    outputs = tuple(range(len(graph.results)))
    return engine.run(m.Run(0, 0, define.digest, (), outputs, "there:1"), values)


def noted(graph: Graph) -> Graph:
    return Graph(graph.parameters, graph.nodes, graph.results, graph.name, (APART,))


def failed(x: Outcome) -> list[bool]:
    return [isinstance(r, m.Failure) for r in x.results]


def test_a_program_that_nobody_recorded_op_by_op_fails_as_a_whole():
    graph = gl.trace(fails, np.eye(3))
    assert failed(outcome(graph, np.eye(3))) == [True, True, True]
    assert failed(outcome(noted(graph), np.eye(3))) == [False, True, False]


def test_an_argument_that_failed_takes_what_depends_on_it():
    graph = noted(gl.trace(lambda x, y: (x + 1, y * 2, x @ y), np.eye(2), np.eye(2)))
    lost = m.Failure("WorkerLost", "gone")
    found = outcome(graph, lost, np.eye(2))
    assert found.results[0] is found.results[2] is lost is found.failure
    assert found.results[1].native.tolist() == [[2, 0], [0, 2]]


def test_an_assert_that_does_not_hold_takes_the_rest_of_its_line():
    def doubled(x):
        return (require(np.sum(x) > 100, "too small"), x * 2)[1]

    def f(x):
        before = x - 1
        guarded = doubled(x)
        return before, guarded, guarded + 1, x + 3

    graph = noted(gl.trace(f, np.ones(2)))
    assert failed(outcome(graph, np.ones(2))) == [False, True, True, False]


def test_what_prints_is_not_run_again(capfd):
    def f(x):
        print("here", x)  # noqa: T201  (it is what is tested)
        return fails(x)

    graph = noted(gl.trace(f, np.eye(3)))
    assert o.print in [node.op for node in graph]
    capfd.readouterr()
    assert failed(outcome(graph, np.eye(3))) == [True, True, True]
    assert capfd.readouterr().out.count("here") == 1


def test_a_program_that_fails_again_is_not_built_again(monkeypatch):
    built: list[Graph] = []

    def counted(graph: Graph, *args: Any) -> Program:
        built.append(graph)
        return Program(graph, *args)

    monkeypatch.setattr(salvage, "build", counted)
    graph = noted(gl.trace(fails, np.eye(3)))
    define = pack(graph).define
    engine = Engine(backends.get("numpy"))
    engine.learn(m.Prepare(define.digest, define.text))
    run = m.Run(0, 0, define.digest, (0,), (1, 2, 3))
    for _ in range(3):
        assert failed(engine.run(run, [engine.accept(np.eye(3), "f64")])) == [False, True, False]
    assert len(built) == len(graph.nodes)
    engine.unlearn([define.digest])
    assert not engine._pieces
