"""Each function of gl.nn compiles to every backend, batches as a loop, and exports."""

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.nn.cases import CASES

BACKENDS = ["torch", "jax", "tensorflow"]
# Compiling to JAX and TensorFlow takes about a second each: all of it is in `make test-all`.
QUICK = {"ce_all", "layer_norm", "attention_masked", "conv2d_options", "max_pool2d_options"}


def every(names):
    return [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", CASES)
def test_the_compiled_program_gives_what_the_function_gives(name):
    case = CASES[name]
    np.testing.assert_allclose(
        gl.compile(case.f)(*case.args), case.f(*case.args), rtol=1e-9, atol=1e-12
    )


@pytest.mark.framework
@pytest.mark.parametrize("name", CASES)
def test_torch_gives_values_and_gradients(name):
    agrees("torch", name)


@pytest.mark.framework
@pytest.mark.parametrize("backend", BACKENDS[1:])
@pytest.mark.parametrize("name", every(CASES))
def test_jax_and_tensorflow_give_values_and_gradients(backend, name):
    agrees(backend, name)


def agrees(backend, name):
    pytest.importorskip(backend)
    case = CASES[name]
    floats = tuple(i for i, x in enumerate(case.args) if x.dtype.kind == "f")
    gradient = gl.value_and_grad(lambda *xs: np.sum(np.sin(case.f(*xs))), floats)
    value, due = gradient(*case.args)
    made, found = gl.compile(gradient, backend=backend)(*case.args)
    np.testing.assert_allclose(made, value, rtol=1e-7)
    for one, two in zip(found, due, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_a_batch_is_a_loop(name):
    case = CASES[name]
    axes = tuple(0 if i in case.mapped else None for i in range(len(case.args)))
    given = [np.stack([x, x[::-1]]) if a == 0 else x for x, a in zip(case.args, axes, strict=True)]
    made = gl.vmap(case.f, axes)(*given)
    loop = [
        case.f(*[x[i] if a == 0 else x for x, a in zip(given, axes, strict=True)]) for i in range(2)
    ]
    np.testing.assert_allclose(made, np.stack(loop), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["softmax", "gelu", "layer_norm", "attention_causal", "ce_all"])
def test_second_derivatives_are_those_of_differences(name):
    case = CASES[name]
    x, *rest = case.args
    floats = gl.grad(lambda a: np.sum(np.sin(case.f(a, *rest))))
    step = np.random.default_rng(0).normal(size=x.shape)
    (made,) = gl.hvp(lambda a: np.sum(np.sin(case.f(a, *rest))), (x,), (step,))
    due = (floats(x + 1e-5 * step) - floats(x - 1e-5 * step)) / 2e-5
    np.testing.assert_allclose(made, due, rtol=1e-5, atol=1e-7)
