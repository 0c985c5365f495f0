"""Pieces with native kernels: their values, derivatives and batches are those of their numpy
form.
"""

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend import kernels

rng = np.random.default_rng(3)
X, GAMMA, BETA = rng.normal(size=(2, 3, 5)), rng.normal(size=5), rng.normal(size=5)
Q, K, V = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 6, 4)), rng.normal(size=(2, 6, 5))
CASES = {
    "softmax": (kernels.softmax, (X,)),
    "layer_norm": (kernels.layer_norm, (X, GAMMA, BETA)),
    "attention": (kernels.attention, (Q, K, V)),
}
NATIVE = {
    "torch": {"softmax": "softmax(", "layer_norm": "layer_norm(", "attention": "scaled_dot"},
    "jax": {"softmax": "softmax(", "layer_norm": "standardize("},
    "tensorflow": {"softmax": "softmax(", "layer_norm": "batch_normalization("},
}


@pytest.mark.parametrize("name", CASES)
def test_a_piece_is_one_node_and_gives_its_numpy_form(name):
    f, args = CASES[name]
    graph = gl.trace(f, *args)
    assert [node.op.name for node in graph if node.op.name == "call"] == ["call"]
    np.testing.assert_allclose(graph(*args), f(*args), rtol=1e-12)
    assert gl.parse(str(graph)) == graph


@pytest.mark.parametrize("name", CASES)
def test_derivatives_of_a_piece_equal_finite_differences(name):
    f, args = CASES[name]
    gradient = gl.grad(lambda *xs: np.sum(np.sin(f(*xs))))(*args)
    step = rng.normal(size=args[0].shape)
    ends = [np.sum(np.sin(f(args[0] + h * step, *args[1:]))) for h in (1e-6, -1e-6)]
    assert np.sum(gradient * step) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_a_batch_of_a_piece_equals_a_loop(name):
    f, args = CASES[name]
    axes = tuple(0 if x.ndim == 3 else None for x in args)
    loop = [f(*[x[i] if a == 0 else x for x, a in zip(args, axes, strict=True)]) for i in range(2)]
    np.testing.assert_allclose(gl.vmap(f, axes)(*args), loop, rtol=1e-12)


@pytest.mark.framework
@pytest.mark.parametrize("backend", NATIVE)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_native_kernel_gives_what_the_region_says(backend, name, dtype):
    pytest.importorskip(backend)
    f, args = CASES[name]
    args = tuple(x.astype(dtype) for x in args)
    program = gl.compile(f, backend=backend)
    result = program(*args)
    assert result.dtype == dtype
    np.testing.assert_allclose(
        result, f(*args), rtol=1e-11 if dtype == "float64" else 2e-5, atol=1e-6
    )
    assert NATIVE[backend].get(name, "") in program.source(*args)


def test_shapes_that_do_not_fit_are_told():
    with pytest.raises(gl.ShapeError, match=r"\(4,\)"):
        gl.trace(kernels.layer_norm, X, np.ones(4), BETA)
