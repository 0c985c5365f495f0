"""Exceptions under traced conditions: caught as Python catches them, or raised when it runs."""

from __future__ import annotations

import builtins
import contextlib

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import TraceError
from tests.frontend.staging.agreement import assert_same
from tests.frontend.staging.raising import PROGRAMS, root_or_zero, suppressed


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_program_that_raises_and_catches_runs_as_written(f):
    run = gl.compile(f, "numpy")
    for draw in PROGRAMS[f]:
        args = [np.asarray(x)[()] for x in draw]
        try:
            due = f(*args)
        except Exception as error:
            kind = type(error) if hasattr(builtins, type(error).__name__) else RuntimeError
            with pytest.raises(kind):
                run(*args)
        else:
            assert_same(run(*args), due)


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_every_backend_takes_the_way_that_raises(backend):
    pytest.importorskip(backend)
    for f in (root_or_zero, suppressed):
        run = gl.compile(f, backend)
        for x in (4.0, -1.0):
            assert run(np.float64(x)) == f(np.float64(x))


def test_the_derivative_is_that_of_the_way_taken():
    slope = gl.compile(gl.grad(root_or_zero), "numpy")
    assert slope(np.array(4.0)) == 0.25
    assert slope(np.array(-4.0)) == 0.0


def test_a_handler_sees_the_exception():
    def f(x):
        told = 0
        try:
            if x < 0:
                raise ValueError(7)
        except ValueError as error:
            told = error.args[0]
        return x + told

    run = gl.compile(f, "numpy")
    assert run(np.array(1.0)) == 1.0
    assert run(np.array(-1.0)) == 6.0


def test_what_a_function_raises_for_its_caller_to_catch_is_refused():
    def root(x):
        if x < 0:
            raise ValueError("negative")
        return np.sqrt(x)

    def f(x):
        try:
            return root(x)
        except ValueError:
            return 0.0

    with pytest.raises(TraceError, match=r"caught by the `try` of f \(test_raised\.py:\d+\)"):
        gl.trace(f, np.array(1.0))


def test_a_manager_that_may_catch_is_refused_and_others_are_not():
    class Catching:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, trace):
            return kind is ValueError

    @contextlib.contextmanager
    def counted():
        yield 1

    def f(x, manager):
        with manager:
            if x < 0:
                raise ValueError("negative")
            x += 1.0
        return x

    def g(x):
        return f(x, counted())

    with pytest.raises(TraceError, match="the context manager Catching may catch it"):
        gl.trace(lambda x: f(x, Catching()), np.array(1.0))
    run = gl.compile(g, "numpy")
    assert run(np.array(1.0)) == 2.0
    with pytest.raises(ValueError, match="negative"):
        run(np.array(-1.0))


def test_a_variable_that_only_one_way_sets_has_no_value_where_nothing_is_caught():
    def f(x):
        try:
            if x < 0:
                raise ValueError
            y = x
        except ValueError:
            pass
        return y

    with pytest.raises(TraceError, match="'y' has a value"):
        gl.trace(f, np.array(1.0))


def test_a_refusal_on_one_way_is_told_while_tracing():
    def f(x):
        return np.zeros(int(x)) if x > 0 else np.zeros(1)

    with pytest.raises(gl.ValueNeeded):
        gl.trace(f, np.array(1.0))
