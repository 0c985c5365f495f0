"""vjp, jvp, linearize and what grad asks of its arguments."""

import numpy as np
import pytest

import gradloom as gl

x = np.array([0.5, -1.0, 2.0])


def test_tangents_and_cotangents_are_structured_as_what_they_belong_to():
    value, forward = gl.linearize(lambda a: (a**2, {"b": a.sum()}), x)
    pushed = forward(x)
    np.testing.assert_allclose(pushed[0], 2 * x * x)
    assert type(pushed[1]["b"]) is np.float64
    _, back = gl.vjp(lambda p: {"y": p["u"] * p["v"]}, {"u": x, "v": 2 * x})
    (ct,) = back({"y": np.ones(3)})
    np.testing.assert_allclose(ct["u"], 2 * x)
    np.testing.assert_allclose(value[1]["b"], x.sum())


def test_integer_cotangents_and_static_arguments_are_taken():
    np.testing.assert_allclose(gl.vjp(np.sin, x)[1](np.ones(3, int))[0], np.cos(x))
    np.testing.assert_allclose(gl.jvp(lambda a, n: a * n, (x, 3), (x, 0))[1], 3 * x)


def test_points_without_a_unique_derivative_have_a_finite_one():
    assert gl.grad(abs)(0.0) == 0.0
    np.testing.assert_array_equal(gl.grad(np.linalg.norm)(np.zeros(2)), [0.0, 0.0])
    np.testing.assert_array_equal(gl.grad(np.max)(np.array([1.0, 1.0, 0.0])), [0.5, 0.5, 0.0])
    np.testing.assert_array_equal(gl.grad(np.prod)(np.array([0.0, 2.0, 3.0])), [6.0, 0.0, 0.0])
    assert gl.grad(lambda a: a**0)(0.0) == 0.0
    assert gl.grad(lambda a, b: a**b, argnums=(0, 1))(0.0, 2.0) == (0.0, 0.0)
    assert gl.grad(lambda a, b: a**b)(-2.0, 3.0) == 12.0
    empty = gl.grad(np.logaddexp.reduce)(np.array([-np.inf, 0.0]))
    np.testing.assert_array_equal(empty, [0.0, 1.0])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: gl.vjp(np.sin, x)[1](np.ones(2)), gl.ShapeError, r"\(2,\)"),
        (lambda: gl.vjp(np.sin, x)[1](x * 1j), gl.DtypeError, "complex"),
        (lambda: gl.vjp(np.sin, x)[1]((x, x)), gl.ShapeError, "structured"),
        (lambda: gl.jvp(np.sin, (x,)), gl.ShapeError, "two tuples"),
        (lambda: gl.jvp(np.sin, (x,), (x, x)), gl.ShapeError, "structured"),
        (lambda: gl.linearize(np.sin, x)[1](x, x), gl.ShapeError, "structured"),
        (lambda: gl.grad(lambda a: 1.0)("text"), gl.DtypeError, "no number"),
        (lambda: gl.grad(lambda a: a * 2.0)(3), gl.DtypeError, "int"),
        (lambda: gl.grad(lambda a: np.sum(a * 2.0))(np.array([True])), gl.DtypeError, "bool"),
        (lambda: gl.grad(lambda a: None)(x), gl.ShapeError, "0 values"),
        (lambda: gl.grad(lambda a: a, argnums=2)(1.0), gl.ShapeError, "argnums=2"),
        (lambda: gl.grad(lambda *, a: a)(a=1.0), gl.ShapeError, "0 positional"),
    ],
)
def test_mistakes_are_told(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_a_tangent_of_a_whole_number_is_told() -> None:
    with pytest.raises(gl.DtypeError, match="argument 'n' is int, which has no tangent"):
        gl.jvp(lambda x, n: x**n, (2.0, 3), (1.0, 1))
    value, tangent = gl.jvp(lambda x, n: x**n, (2.0, 3), (1.0, 0))
    assert (value, tangent) == (8.0, 12.0)
    _, forward = gl.linearize(lambda x, n: x * n, 2.0, np.array(3))
    assert forward(1.0, np.array(0)) == 3.0
    with pytest.raises(gl.DtypeError, match="'n' is i64"):
        forward(1.0, np.array(1.0))


def test_the_linear_maps_work_inside_other_transforms():
    def f(v):
        return np.sin(v) * v

    first, second = np.sin(x) + x * np.cos(x), 2 * np.cos(x) - x * np.sin(x)
    got = gl.grad(lambda v: np.sum(gl.vjp(f, v)[1](np.ones(3))[0]))(x)
    np.testing.assert_allclose(got, second)
    got = gl.grad(lambda v: np.sum(gl.linearize(f, v)[1](v)))(x)
    np.testing.assert_allclose(got, first + x * second)

    def within(v):
        _, back = gl.vjp(f, v)
        return np.sum(gl.grad(lambda c: np.sum(back(c)[0] * c))(v))

    np.testing.assert_allclose(gl.grad(within)(x), 2 * first + 2 * x * second)
    pushed = gl.jvp(lambda v: gl.vjp(f, v)[1](v)[0], (x,), (x,))[1]
    np.testing.assert_allclose(pushed, x * (first + x * second))
