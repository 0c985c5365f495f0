"""Pools on backends: places told by a kernel or by the region, ties, and planes of no number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend import nn
from tests.backends.test_agreement import BACKENDS, installed

torch = pytest.importorskip("torch")
F = torch.nn.functional
PLANE = np.arange(64.0).reshape(1, 1, 8, 8)


@st.composite
def pools(draw):
    """An array of few different numbers, so that windows have ties, and the options of a pool."""
    axes = draw(st.integers(1, 3))
    k, s = ([draw(st.integers(1, 4)) for _ in range(axes)] for _ in range(2))
    pad = [draw(st.integers(0, size // 2)) for size in k]
    dilation = [draw(st.integers(1, 2)) for _ in range(axes)]
    sizes = [draw(st.integers(4, 8)) for _ in range(axes)]
    assume(
        all(
            n + 2 * p >= d * (size - 1) + 1
            for n, p, d, size in zip(sizes, pad, dilation, k, strict=True)
        )
    )
    shape = (*draw(st.sampled_from([(), (2,)])), 2, *sizes)
    seed = draw(st.integers(0, 2**32 - 1))
    x = np.random.default_rng(seed).integers(-2, 3, shape).astype(np.float32)
    if draw(st.booleans()):
        x[x < draw(st.integers(-1, 3))] = -np.inf
    return axes, x, (k, s, pad, dilation, draw(st.booleans()))


@pytest.mark.parametrize("backend", [None, "numpy", "torch"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pools())
def test_largest_elements_places_and_gradients_are_torchs(backend, pool):
    axes, x, options = pool
    f, theirs = getattr(nn, f"max_pool{axes}d"), getattr(F, f"max_pool{axes}d")
    t = torch.from_numpy(x).requires_grad_()
    values, places = theirs(t, *options, return_indices=True)
    weight = np.random.default_rng(0).standard_normal(values.shape).astype(np.float32)
    (values * torch.from_numpy(weight)).nan_to_num(0, 0, 0).sum().backward()

    def both(x):
        return f(x, *options, return_indices=True)

    def loss(x):
        made = f(x, *options) * weight
        return np.sum(np.where(np.isfinite(made), made, 0))

    run = (lambda g: g) if backend is None else (lambda g: gl.compile(g, backend=backend))
    mine, at = run(both)(x)
    assert np.array_equal(mine, values.detach().numpy())
    assert np.array_equal(at, places.numpy())
    slope = np.asarray(run(gl.grad(loss))(x))
    np.testing.assert_allclose(slope, t.grad.numpy(), atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_pools_are_mapped(backend):
    many = gl.compile(gl.vmap(lambda x: nn.max_pool2d(x, 2)), backend=installed(backend))
    assert np.array_equal(many(np.stack([PLANE, -PLANE]))[1], nn.max_pool2d(-PLANE, 2))


@pytest.mark.parametrize("k", [3, 6])  # 36 elements of a window are not taken one by one
def test_of_several_nan_the_first_has_the_gradient(k):
    x = PLANE.copy()
    x[0, 0, 1, 1:3] = np.nan
    values, at = nn.max_pool2d(x, k, return_indices=True)
    assert np.isnan(values[0, 0, 0, 0])
    assert at[0, 0, 0, 0] == 9
    slope = gl.grad(lambda x: nn.max_pool2d(x, k)[0, 0, 0, 0])(x)
    assert np.flatnonzero(slope).tolist() == [9]


def test_derivatives_of_any_order_go_through_what_was_taken():
    x = np.random.default_rng(0).standard_normal((1, 1, 4, 4))
    hessian = gl.hessian(lambda x: np.sum(nn.max_pool2d(x, 2) ** 3))(x).reshape(16, 16)
    _, at = nn.max_pool2d(x, 2, return_indices=True)
    wanted = np.zeros(16)
    wanted[at.ravel()] = 6 * x.ravel()[at.ravel()]
    np.testing.assert_allclose(hessian, np.diag(wanted))


def test_a_batch_of_any_size_is_pooled():
    graph = gl.trace(lambda x: nn.max_pool2d(x, 3, 1, 1), gl.spec("f64[n,1,8,8]"))
    for n in (1, 3):
        x = np.concatenate([PLANE] * n)
        assert np.array_equal(graph(x), nn.max_pool2d(x, 3, 1, 1))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_means_and_norms_are_as_exact_as_their_dtype(dtype):
    x = np.full((1, 1, 40, 40), 1000, dtype)
    made = nn.avg_pool2d(x, 20, 20)  # a sum of 400,000 is too large for f16
    assert made.dtype == dtype
    assert (made == 1000).all()
    norm = nn.lp_pool2d(x, 2.0, 20)  # its squares are infinite in f16
    assert norm.dtype == dtype
    np.testing.assert_allclose(norm, 20_000, rtol=1e-3)
