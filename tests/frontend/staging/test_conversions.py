"""Each code object is rewritten once for all traces; a derivative with values at hand rewrites
nothing.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.staging.convert import REWRITER


def conversions(run: Callable[[], Any]) -> int:
    """How many code objects are looked for in their source while this runs."""
    before = REWRITER.count
    run()
    return REWRITER.count - before


@pytest.fixture
def tree():
    """Three functions that nobody has traced before, of which the first calls the others."""

    def half(x):
        return x / 2 if np.sum(x) > 0 else x * 3

    def again(x, n):
        return x if n == 0 else again(half(x), n - 1)

    def whole(x):
        for _ in range(3):
            x = half(x)
        return again(x, 4)

    REWRITER.forget()  # the functions share their code with those of earlier tests
    return whole


def test_a_function_and_what_it_calls_are_rewritten_once(tree):
    x = np.ones(3)
    assert conversions(lambda: gl.trace(tree, x)) == 3
    assert conversions(lambda: gl.trace(tree, x)) == 0
    assert conversions(lambda: gl.trace(tree, np.ones((2, 2)))) == 0


def test_compiling_for_other_shapes_and_again_rewrites_nothing(tree):
    f = gl.compile(tree, "numpy")
    assert conversions(lambda: f(np.ones(3))) == 3
    assert conversions(lambda: [f(np.ones(n)) for n in (2, 4, 5)]) == 0
    assert len(f.history) > 0
    assert conversions(lambda: gl.compile(tree, "numpy")(np.ones(7))) == 0


def test_other_transforms_share_what_was_rewritten(tree):
    x = np.ones((2, 3))
    gl.trace(tree, x)
    runs = [
        lambda: gl.vmap(tree)(x),
        lambda: gl.trace(gl.grad(lambda x: np.sum(tree(x))), x),
        lambda: gl.compile(gl.vmap(tree), "numpy")(x),
    ]
    assert [conversions(run) for run in runs] == [0, 1, 0]  # 1: the lambda


def test_closures_made_anew_are_rewritten_once():
    def scaled(k):
        def f(x):
            return x * k if np.sum(x) > 0 else x

        return f

    REWRITER.forget()
    x = np.ones(2)
    assert conversions(lambda: gl.trace(scaled(0.0), x)) == 1
    assert conversions(lambda: [gl.trace(scaled(float(k)), x) for k in range(20)]) == 0
    np.testing.assert_array_equal(gl.compile(scaled(3.0), "numpy")(x), [3.0, 3.0])
    np.testing.assert_array_equal(gl.compile(scaled(4.0), "numpy")(x), [4.0, 4.0])


def test_functions_made_in_every_turn_are_rewritten_once():
    def f(x):
        for k in range(30):
            g = lambda x: x + k if np.sum(x) > 0 else x  # noqa: B023, E731
            x = g(x)
        return x

    REWRITER.forget()
    x = np.ones(2)
    assert conversions(lambda: gl.trace(f, x)) == 1  # what stands inside is rewritten with it
    assert conversions(lambda: gl.trace(f, x)) == 0
    np.testing.assert_array_equal(gl.compile(f, "numpy")(x), f(x))


class _Layer:
    def __init__(self, k):
        self.k = k

    def __call__(self, x):
        return self.step(x) if np.sum(x) > 0 else x

    def step(self, x):
        return np.tanh(x * self.k)


def test_methods_are_rewritten_once_for_all_objects():
    REWRITER.forget()
    x = np.ones(2)
    assert conversions(lambda: gl.trace(_Layer(1.0).step, x)) == 1
    assert conversions(lambda: gl.trace(_Layer(2.0).step, x)) == 0
    assert conversions(lambda: gl.trace(_Layer(3.0), x)) == 1  # __call__
    assert conversions(lambda: [gl.trace(_Layer(k), x) for k in (4.0, 5.0)]) == 0
    np.testing.assert_array_equal(gl.compile(_Layer(2.0), "numpy")(x), np.tanh(x * 2.0))


def test_partials_and_wrapped_functions_share_the_code_of_their_function():
    def f(x, k):
        return x * k if np.sum(x) > 0 else x

    @functools.wraps(f)
    def outer(x, k):
        return f(x, k)

    REWRITER.forget()
    x = np.ones(2)
    assert conversions(lambda: gl.trace(functools.partial(f, k=1.0), x)) == 1
    assert conversions(lambda: gl.trace(functools.partial(f, k=2.0), x)) == 0
    assert conversions(lambda: gl.trace(outer, x, 2.0)) == 1
    assert conversions(lambda: gl.trace(outer, x, 3.0)) == 0


def test_what_cannot_be_rewritten_is_tried_once():
    namespace: dict[str, Any] = {}
    exec("def f(x): return x * 2", namespace)
    f, x = namespace["f"], np.ones(2)
    assert conversions(lambda: gl.trace(f, x)) == 1
    assert conversions(lambda: gl.trace(f, x)) == 0


def looking(x):
    """A program that decides by values and calls others."""

    def step(x):
        return x * 0.5 if np.sum(x) > 1 else x + 1

    n = 0
    while np.sum(x) > 0.5 and n < 5:
        x, n = step(x), n + 1
    return np.sum(x**2)


DERIVATIVES = {
    "grad": lambda x: gl.grad(looking)(x),
    "value_and_grad": lambda x: gl.value_and_grad(looking)(x),
    "jvp": lambda x: gl.jvp(looking, (x,), (x,)),
    "vjp": lambda x: gl.vjp(looking, x),
    "grad of grad": lambda x: gl.grad(lambda x: np.sum(gl.grad(looking)(x)))(x),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_a_derivative_with_values_at_hand_rewrites_nothing(name):
    REWRITER.forget()
    x = np.array([2.0, 3.0])
    assert conversions(lambda: DERIVATIVES[name](x)) == 0
    assert conversions(lambda: gl.trace(looking, x)) == 1  # the function itself can be rewritten


def test_a_derivative_after_a_trace_runs_what_is_written():
    lines = []

    def f(x):
        import sys

        lines.append(sys._getframe().f_code)
        return np.sum(x * 2.0)

    x = np.ones(2)
    gl.trace(f, x)
    gl.grad(f)(x)
    traced, derived = lines
    assert derived is f.__code__
    assert traced is not derived
