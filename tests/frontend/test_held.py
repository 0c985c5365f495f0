"""Functions of math that a program holds in variables, defaults, containers and attributes."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import gradloom as gl

TABLE = {"sin": math.sin}
LIST = [math.sin, math.exp]
ANGLE = functools.partial(math.atan2, 1.0)


def of_a_closure():
    sine = math.sin

    def f(x):
        return sine(x) * 2

    return f


def of_a_dict(x):
    return TABLE["sin"](x)


def of_a_list(x):
    return LIST[1](x) + LIST[0](x)


def of_a_default(x, g=math.sin):
    return g(x) * x


def of_a_named_default(x, *, g=math.tanh):
    return g(x)


def of_a_partial(x):
    return ANGLE(x)


class Layer:
    shift = math.cos

    def __init__(self):
        self.act = math.tanh

    def __call__(self, x):
        return self.act(x) + type(self).shift(x)


LAYER = Layer()


def of_an_object(x):
    return LAYER(x)


def of_numpy(x, make=np.zeros):
    y = make(3)
    y[0] = x * x
    return y.sum()


HOLDERS = (
    of_a_closure(), of_a_dict, of_a_list, of_a_default, of_a_named_default, of_a_partial,
    of_an_object, of_numpy,
)  # fmt: skip


@pytest.mark.parametrize("f", HOLDERS, ids=lambda f: f.__name__)
def test_a_function_that_is_held_has_its_derivative(f):
    x, step = 0.7, 1e-6
    due = (f(x + step) - f(x - step)) / (2 * step)
    np.testing.assert_allclose(gl.grad(f)(x), due, rtol=1e-6)
    np.testing.assert_allclose(gl.jvp(f, (x,), (1.0,))[1], due, rtol=1e-6)
    np.testing.assert_allclose(gl.compile(gl.grad(f), "numpy")(x), due, rtol=1e-6)
    np.testing.assert_allclose(gl.vmap(f)(np.array([x, 2 * x])), [f(x), f(2 * x)])


def test_what_is_held_is_put_back():
    before = dict(TABLE), list(LIST), of_a_default.__defaults__, ANGLE.func, dict(vars(LAYER))
    for f in HOLDERS:
        gl.grad(f)(0.5)
    with pytest.raises(KeyError):
        gl.grad(lambda x: {}[LIST[0](x) > 2])(0.5)
    after = dict(TABLE), list(LIST), of_a_default.__defaults__, ANGLE.func, dict(vars(LAYER))
    assert after == before
    assert Layer.shift is math.cos


def test_a_function_of_a_tuple_is_told():
    pair = (math.sin, math.cos)
    with pytest.raises(gl.TraceError, match="would lose its derivative"):
        gl.grad(lambda x: pair[0](x))(0.5)
