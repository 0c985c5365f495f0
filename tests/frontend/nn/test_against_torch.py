"""Values and gradients of gl.nn are torch's, in f64 and f32."""

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.nn.cases import CASES

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.framework


def tensors(args, dtype):
    return [
        torch.tensor(
            x.astype(dtype) if x.dtype.kind == "f" else x, requires_grad=x.dtype.kind == "f"
        )
        for x in args
    ]


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_torch(name):
    case = CASES[name]
    given = tensors(case.args, "float64")
    due = case.torch(torch.nn.functional, *given)
    torch.sin(due).sum().backward()
    made = case.f(*case.args)
    np.testing.assert_allclose(made, due.detach().numpy(), rtol=1e-6, atol=1e-9)
    where = tuple(i for i, x in enumerate(given) if x.grad is not None)
    found = gl.grad(lambda *xs: np.sum(np.sin(case.f(*xs))), where)(*case.args)
    for i, gradient in zip(where, found, strict=True):
        np.testing.assert_allclose(gradient, given[i].grad.numpy(), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", CASES)
def test_single_precision_stays_single(name):
    case = CASES[name]
    args = [x.astype("float32") if x.dtype.kind == "f" else x for x in case.args]
    made = case.f(*args)
    assert made.dtype == np.float32
    due = case.torch(torch.nn.functional, *tensors(case.args, "float32")).detach().numpy()
    np.testing.assert_allclose(made, due, rtol=3e-4, atol=3e-5)
