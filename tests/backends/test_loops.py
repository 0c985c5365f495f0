"""Loops and choices on every backend and in ONNX: values, first and second derivatives as numpy's
own of the program run by Python.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.graph import walk
from tests.frontend.test_flow import PROGRAMS

x = np.array([0.5, -1.0, 2.0])
d = np.array([0.25, 1.0, -0.5])


def total(name: str) -> Callable[[Any], Any]:
    return lambda x: np.sum(PROGRAMS[name](x) ** 2)


FOUND = "found sizes in while"
"""JAX runs a program that finds a size line by line, so it stands apart."""
COMPILED = ("while", "while of mixed dtypes", "while in scan", "scan in while", "cond in while")
"""Where compiling is dear, these stand for all."""
GROUPS = {
    "numpy": (tuple(PROGRAMS),),
    "torch": (tuple(PROGRAMS),),
    "jax": (COMPILED, (FOUND,)),
    "tensorflow": ((*COMPILED, FOUND),),
}


def first(names: Sequence[str]) -> Callable[[Any], Any]:
    """The value and gradient of every program."""
    return lambda x: {name: gl.value_and_grad(total(name))(x) for name in names}


HAND = {
    "cond": lambda x: gl.cond(x[0] > 0, lambda x: np.sum(x**3), lambda x: np.sum(np.sin(x)), x),
    "scan": lambda x: gl.scan(lambda c, e: (np.sin(c * e), None), 1.0, x)[0],
    "fori_loop": lambda x: gl.fori_loop(0, 3, lambda i, y: np.sum(np.sin(x) * y) + i, 1.0),
    "while_loop": lambda x: gl.while_loop(
        lambda y: np.abs(y) < 40, lambda y: np.sum(x * y) * 0.5 + np.cos(y) + 2 * y, x[0]
    ),
}


def second(x: Any) -> Any:
    """The derivative along d of each program's gradient, in reverse and in forward mode."""
    return {
        name: (
            gl.grad(lambda x, f=f: np.sum(gl.grad(f)(x) * d))(x),
            gl.jvp(gl.grad(f), (x,), (d,))[1],
        )
        for name, f in HAND.items()
    }


def mapped(xs: Any) -> Any:
    """Gradients of a loop whose examples make different numbers of turns."""
    return gl.vmap(gl.grad(total("while")))(xs)


def slopes(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    step = 1e-6
    return np.array([(f(x + e) - f(x - e)) / (2 * step) for e in np.eye(x.size) * step])


@pytest.mark.parametrize("name", GROUPS)
def test_values_and_gradients_agree(name):
    pytest.importorskip(name)
    for names in GROUPS[name]:
        for program, (value, gradient) in gl.compile(first(names), name)(x).items():
            f = total(program)
            np.testing.assert_allclose(value, f(x), rtol=1e-12, err_msg=program)
            want = slopes(f, x)
            np.testing.assert_allclose(gradient, want, rtol=1e-5, atol=1e-6, err_msg=program)


@pytest.mark.parametrize("name", GROUPS)
def test_second_derivatives_by_hand_agree(name):
    pytest.importorskip(name)
    found = gl.compile(second, name)(x)
    for program, f in HAND.items():
        want = (gl.grad(f)(x + 1e-6 * d) - gl.grad(f)(x - 1e-6 * d)) / 2e-6
        for one in found[program]:
            np.testing.assert_allclose(one, want, rtol=1e-5, atol=1e-6, err_msg=program)


@pytest.mark.parametrize("name", GROUPS)
def test_mapped_gradients_agree(name):
    pytest.importorskip(name)
    xs = np.stack([x, 3 * x, x[::-1] / 4])
    want = [gl.grad(total("while"))(one) for one in xs]
    np.testing.assert_allclose(gl.compile(mapped, name)(xs), want, rtol=1e-10)


def test_a_traced_graph_is_differentiated_as_the_function_is():
    graph = gl.trace(total("while in cond"), x)
    gradient = gl.grad(graph)
    assert any(node.op.name == "while" for node in walk(gradient))
    np.testing.assert_allclose(gradient(x), gl.grad(total("while in cond"))(x), rtol=1e-12)
    again = gl.parse(gradient.text())
    assert again == gradient
    np.testing.assert_allclose(again(x), gradient(x))
    np.testing.assert_allclose(gl.optimize(gradient)(x), gradient(x), rtol=1e-12)


def test_onnx_runs_the_loops_and_their_gradients(tmp_path):
    ort = pytest.importorskip("onnxruntime")
    ort.set_default_logger_severity(4)
    for name in PROGRAMS:
        path = tmp_path / "model.onnx"
        f = total(name)
        gl.export.onnx(lambda x, f=f: gl.value_and_grad(f)(x), (x,), path)
        session = ort.InferenceSession(str(path))
        value, gradient = session.run(None, {session.get_inputs()[0].name: x})
        np.testing.assert_allclose(value, f(x), rtol=1e-10, err_msg=name)
        np.testing.assert_allclose(gradient, gl.grad(f)(x), rtol=1e-8, atol=1e-10, err_msg=name)
