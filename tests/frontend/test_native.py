"""to_torch, to_jax, to_tensorflow: the framework's own tensors and its own autodiff; and compile
on them.
"""

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.parse import parse

x = np.array([0.5, -1.0, 2.0])


def f(x):
    y = np.zeros(3)
    y[1:] = np.tanh(x[:2]) * 2
    return np.sum(y**2) + np.sum(np.sort(x) * np.arange(3))


def gradient():
    return gl.grad(f)(x)


class TestTorch:
    torch = staticmethod(lambda: pytest.importorskip("torch"))

    def test_backward_and_functional_gradients(self):
        torch = self.torch()
        t = torch.tensor(x, requires_grad=True)
        g = gl.to_torch(f)
        g(t).backward()
        np.testing.assert_allclose(t.grad, gradient())
        np.testing.assert_allclose(torch.func.grad(g)(torch.tensor(x)), gradient())
        assert torch.autograd.gradcheck(gl.to_torch(lambda x: np.exp(x) * x[::-1]), (t,))

    def test_compile_gives_tensors_for_tensors_and_arrays_for_arrays(self):
        torch = self.torch()
        c = gl.compile(lambda x, y: (x * y, x.sum()), "torch")
        both = c(torch.tensor(x), torch.tensor(x))
        assert all(isinstance(r, torch.Tensor) for r in both)
        arrays = c(x, x)
        assert isinstance(arrays[0], np.ndarray)
        assert type(arrays[1]) is np.float64
        np.testing.assert_allclose(arrays[0], both[0])
        arrays[0][:] = 0.0
        np.testing.assert_array_equal(x, [0.5, -1.0, 2.0])

    def test_an_argument_returned_as_it_is_shares_nothing(self):
        self.torch()
        a = x.copy()
        r = gl.compile(lambda x: (x, x[1:]), "torch")(a)
        r[0][:] = 7.0
        r[1][:] = 8.0
        np.testing.assert_array_equal(a, x)

    def test_complex_gradients_follow_torch(self):
        torch = self.torch()
        z = torch.tensor(1 + 2j, dtype=torch.complex128, requires_grad=True)
        gl.to_torch(lambda z: np.abs(z) ** 2)(z).backward()
        assert complex(z.grad) == pytest.approx(2 + 4j)
        assert gl.grad(lambda z: np.abs(z) ** 2)(1 + 2j) == pytest.approx(2 - 4j)

    def test_arrays_from_outside_mix_with_tensors_and_are_read_anew(self):
        torch = self.torch()
        w = np.ones(3)
        g = gl.to_torch(lambda x: x * w)
        for value in (1.0, 2.0, 3.0):
            w[:] = value
            np.testing.assert_allclose(g(torch.tensor(x)), x * value)

    def test_low_precision_is_kept(self):
        torch = self.torch()
        for dtype in (torch.float32, torch.float16, torch.bfloat16):
            t = torch.tensor(x, dtype=dtype)
            assert gl.to_torch(lambda x: np.sum(np.exp(x) * 2))(t).dtype == dtype

    def test_structures_go_in_and_out(self):
        torch = self.torch()
        t = torch.tensor(x)
        out = gl.to_torch(lambda p, k: {"y": p["w"] * k, "n": 3})({"w": t}, 2.0)
        assert out["n"] == 3
        np.testing.assert_allclose(out["y"], x * 2)


def test_jax_differentiates_maps_and_compiles_it():
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        g = gl.to_jax(f)
        np.testing.assert_allclose(jax.grad(g)(x), gradient(), rtol=1e-12)
        np.testing.assert_allclose(jax.jit(g)(x), f(x))
        np.testing.assert_allclose(jax.vmap(g)(np.stack([x, 2 * x])), [f(x), f(2 * x)])
        np.testing.assert_allclose(jax.jit(jax.grad(lambda x: g(x) ** 2))(x), 2 * f(x) * gradient())
        out = gl.compile(lambda x: x * 2, "jax")(jax.numpy.asarray(x))
        assert isinstance(out, jax.Array)
    got = gl.compile(lambda x: x * 2, "jax")(x)
    assert isinstance(got, np.ndarray)
    assert got.dtype == np.float64
    got[:] = 0.0


ROWS = """
func @rows(%table: f64[3,2], %ids: i64[2]) -> (f64[2,2]) {
  %0: f64[2,2] = gather(%table, %ids, axes=(0,))
  return %0
}
"""


def test_indices_with_values_are_checked_under_jit_too():
    jax = pytest.importorskip("jax")
    table = np.arange(6.0).reshape(3, 2)
    with jax.enable_x64(True):
        g = gl.to_jax(parse(ROWS))
        ids = jax.numpy.array([2, 0])
        got = jax.jit(lambda scale: g(table, ids) * scale)(2.0)
        np.testing.assert_array_equal(got, table[[2, 0]] * 2)
        outside = jax.numpy.array([3, 0])
        with pytest.raises(IndexError, match="index 3"):
            jax.jit(lambda scale: g(table, outside) * scale)(2.0)


def test_tensorflow_tapes_go_through_it():
    tf = pytest.importorskip("tensorflow")
    v = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = gl.to_tensorflow(f)(v)
    np.testing.assert_allclose(tape.gradient(y, v), gradient(), rtol=1e-12)
    assert tf.is_tensor(gl.compile(lambda x: x * 2, "tensorflow")(tf.constant(x)))
    assert isinstance(gl.compile(lambda x: x * 2, "tensorflow")(x), np.ndarray)
