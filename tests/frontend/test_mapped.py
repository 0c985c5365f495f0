"""vmap: axes, structures, kinds and nesting, and mistakes."""

import numpy as np
import pytest

import gradloom as gl

x = np.array([0.5, -1.0, 2.0])


def test_axes_come_from_prefixes_of_the_arguments_structure():
    f = lambda d, k: d["a"] * d["b"] + k  # noqa: E731
    got = gl.vmap(f, ({"a": 0, "b": None}, None))({"a": x, "b": 2.0}, 1.0)
    np.testing.assert_array_equal(got, x * 2 + 1)
    np.testing.assert_array_equal(gl.vmap(lambda a, b: a * b)(x, b=x), x * x)


def test_results_go_where_out_axes_says():
    def f(a):
        return a * np.ones(2), 3.0, np.ones(2)

    one, constant, same = gl.vmap(f, out_axes=(-1, None, 0))(x)
    assert (one.shape, constant, same.shape) == ((2, 3), 3.0, (3, 2))
    assert type(gl.vmap(lambda a: 3.0, out_axes=None)(x)) is float


def test_dtypes_and_empty_batches_are_kept():
    assert gl.vmap(lambda a: a * 2)(np.arange(3, dtype=np.int32)).dtype == np.int32
    assert gl.vmap(lambda a: a * 2)(np.float32(x)).dtype == np.float32
    assert gl.vmap(lambda a: a * 2)(np.zeros((0, 3))).shape == (0, 3)


def test_it_nests_with_every_derivative():
    rows = np.stack([x, 2 * x])
    np.testing.assert_allclose(gl.vmap(gl.vmap(gl.grad(lambda a: a**3)))(rows), 3 * rows**2)
    np.testing.assert_allclose(gl.jvp(gl.vmap(np.sin), (x,), (x,))[1], x * np.cos(x))
    np.testing.assert_allclose(gl.vmap(gl.jacobian(np.sin))(rows)[1], np.diag(np.cos(2 * x)))
    np.testing.assert_allclose(gl.vmap(lambda a: np.sum(2.0**a))(rows), np.sum(2.0**rows, 1))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: gl.vmap(lambda a, b: a + b)(np.ones(3), np.ones(4)), gl.ShapeError, "3 and 4"),
        (lambda: gl.vmap(lambda a: a)(2.0), gl.ShapeError, "axis 0"),
        (lambda: gl.vmap(lambda a: a, None)(x), gl.ShapeError, "no argument"),
        (lambda: gl.vmap(lambda a: a, 1)(x), gl.ShapeError, "axis 1"),
        (lambda: gl.vmap(lambda a: a, (0, 0))(x), gl.ShapeError, "in_axes"),
        (lambda: gl.vmap(lambda a: a, out_axes=None)(x), gl.ShapeError, "out_axes=None"),
        (lambda: gl.vmap(lambda a: a, out_axes=3)(x), gl.ShapeError, "out_axes=3"),
        (lambda: gl.vmap(lambda a: a, out_axes=-2)(x), gl.ShapeError, "out_axes=-2"),
        (lambda: gl.vmap(lambda a: a, ("s",))(x), gl.ShapeError, "in_axes"),
        (lambda: gl.vmap(lambda a: [a][a.item()])(x), gl.CallError, "astype"),
        (lambda: gl.vmap(lambda a, s: a)(x, "s"), gl.ShapeError, "no axes"),
    ],
)
def test_mistakes_are_told(call, error, says):
    with pytest.raises(error, match=says):
        call()
