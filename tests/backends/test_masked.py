"""`where` with a zero on torch: large arrays of floats go without a branch per element."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)
SHAPE = (100, 100)
MASK = rng.random(SHAPE) < 0.5


def odd(dtype):
    """An array with every number that a product with 0 would spoil."""
    x = rng.standard_normal(SHAPE).astype(dtype)
    x[0, :6] = [np.nan, np.inf, -np.inf, -0.0, 0.0, np.finfo(dtype).tiny]
    return x


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    ("f", "is_masked"),
    [
        (lambda m, x: np.where(m, x, 0.0), True),
        (lambda m, x: np.where(m, 0.0, x), True),
        (lambda m, x: np.where(m, x.T, 0.0), True),
        (lambda m, x: np.where(m, -0.0, x), False),
        (lambda m, x: np.where(m, x, 1.0), False),
        (lambda m, x: np.where(m, x[0], 0.0), False),
        (lambda m, x: np.where(m[:8], x[:8], 0.0), False),
    ],
)
def test_it_is_numpys_to_the_bit(f, is_masked, dtype):
    x = odd(dtype)
    compiled = gl.compile(f, backend="torch")
    made, wanted = np.asarray(compiled(MASK, x)), f(MASK, x)
    assert made.dtype == wanted.dtype
    assert np.array_equal(made, wanted, equal_nan=True)
    assert np.array_equal(np.signbit(made), np.signbit(wanted))
    assert ("masked(" in compiled.source(MASK, x)) == is_masked


def loss(m, x):
    return (np.where(m, x, 0.0) * x).sum()


@pytest.fixture(scope="module")
def module():
    return gl.export.torch_module(loss, (MASK, odd(np.float64)))


def test_torch_differentiates_it_twice_and_maps_it(module):
    x, mask = torch.randn(SHAPE, dtype=torch.float64, requires_grad=True), torch.from_numpy(MASK)
    (slope,) = torch.autograd.grad(module(mask, x), x, create_graph=True)
    torch.testing.assert_close(slope, 2 * x * mask)
    (second,) = torch.autograd.grad((slope**2).sum(), x)
    torch.testing.assert_close(second, 8 * x * mask)
    many = torch.func.vmap(module)(mask.expand(3, *SHAPE), x.expand(3, *SHAPE))
    torch.testing.assert_close(many, module(mask, x).expand(3))


def test_torchs_compiler_takes_a_module_with_functions_of_ours(module):
    x, mask = torch.randn(SHAPE, dtype=torch.float64), torch.from_numpy(MASK)
    compiled = torch.compile(module, backend="aot_eager")
    torch.testing.assert_close(compiled(mask, x), module(mask, x))


def test_torchscript_has_it_too(tmp_path):
    x = odd(np.float64)
    gl.export.torchscript(lambda m, x: np.where(m, x, 0.0), (MASK, x), tmp_path / "f.pt")
    made = torch.jit.load(tmp_path / "f.pt")(torch.from_numpy(MASK), torch.from_numpy(x))
    made = made[0] if isinstance(made, tuple) else made
    assert np.array_equal(made.numpy(), np.where(MASK, x, 0.0), equal_nan=True)
