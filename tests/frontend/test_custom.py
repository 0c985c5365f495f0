"""custom_jvp and custom_vjp: the user's rules are used, in every transform."""

import functools

import numpy as np
import pytest

import gradloom as gl

x = np.array([0.5, -1.0, 2.0])


def jvp_rule(value, tangent):
    """A function with this value and this forward rule."""
    f = gl.custom_jvp(value)
    f.defjvp(tangent)
    return f


def vjp_rule(value, forward, backward):
    f = gl.custom_vjp(value)
    f.defvjp(forward, backward)
    return f


def softplus(x):
    return np.log1p(np.exp(x))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


stable_j = jvp_rule(softplus, lambda p, t: (softplus(p[0]), t[0] * sigmoid(p[0])))
stable_v = vjp_rule(softplus, lambda x: (softplus(x), x), lambda x, ct: (ct * sigmoid(x),))
both = pytest.mark.parametrize("f", [stable_j, stable_v], ids=["jvp", "vjp"])


@both
def test_the_rule_is_used_and_second_derivatives_come_from_it(f):
    s = sigmoid(x)
    np.testing.assert_allclose(gl.grad(lambda x: np.sum(f(x)))(x), s)
    np.testing.assert_allclose(gl.elementwise_grad(gl.elementwise_grad(f))(x), s * (1 - s))
    big = np.array([1000.0, 0.0])
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(gl.grad(lambda x: np.sum(f(x)))(big), [1.0, 0.5])


@both
def test_it_maps_compiles_and_checkpoints(f):
    rows = np.stack([x, 2 * x])
    np.testing.assert_allclose(gl.vmap(f)(rows), softplus(rows))
    np.testing.assert_allclose(gl.vmap(gl.grad(lambda r: np.sum(f(r))))(rows), sigmoid(rows))
    np.testing.assert_allclose(gl.compile(f, "numpy")(x), softplus(x))
    compiled = gl.compile(gl.grad(lambda x: np.sum(f(x))), "numpy")
    np.testing.assert_allclose(compiled(x), sigmoid(x))
    again = gl.grad(lambda x: np.sum(gl.checkpoint(f)(x)))
    np.testing.assert_allclose(again(x), sigmoid(x))
    graph = gl.trace(gl.grad(lambda x: np.sum(f(x))), x)
    assert gl.parse(str(graph)) == graph


@both
def test_outside_of_a_trace_it_is_the_function(f):
    np.testing.assert_array_equal(f(x), softplus(x))
    assert f.__name__ == "softplus"


def test_forward_mode_of_a_reverse_rule_says_what_to_do():
    with pytest.raises(gl.NotDifferentiable, match="custom_jvp"):
        gl.jvp(stable_v, (x,), (x,))


def test_rules_take_several_arguments_and_trees():
    f = jvp_rule(
        lambda a, t: {"s": a * t["u"], "n": [a + t["v"]]},
        lambda p, d: (
            {"s": p[0] * p[1]["u"], "n": [p[0] + p[1]["v"]]},
            {"s": 10 * d[0] + d[1]["u"], "n": [d[1]["v"]]},
        ),
    )

    def loss(a, t):
        r = f(a, t)
        return np.sum(r["s"]) + 2 * np.sum(r["n"][0])

    da, dt = gl.grad(loss, argnums=(0, 1))(x, {"u": x, "v": x})
    np.testing.assert_array_equal(da, [10, 10, 10])
    np.testing.assert_array_equal(dt["u"], [1, 1, 1])
    np.testing.assert_array_equal(dt["v"], [2, 2, 2])


def test_none_is_a_zero_cotangent():
    f = vjp_rule(lambda a, b: a * b, lambda a, b: (a * b, b), lambda b, ct: (ct * b, None))
    da, db = gl.grad(lambda a, b: np.sum(f(a, b)), argnums=(0, 1))(x, x)
    np.testing.assert_array_equal(da, x)
    np.testing.assert_array_equal(db, np.zeros(3))


def test_integers_and_static_arguments_pass_through():
    f = vjp_rule(
        lambda x, n, k: x**n * k[0],
        lambda x, n, k: (x**n * k[0], (x, k)),
        lambda res, ct: (ct * res[0] * 100, None, None),
    )
    k = np.array([2, 3])
    np.testing.assert_array_equal(gl.grad(lambda x: np.sum(f(x, 2, k)))(x), 100 * x)


def test_a_rule_may_use_other_custom_functions_and_itself():
    f = gl.custom_jvp(np.sin)
    f.defjvp(lambda p, t: (f(p[0]), t[0] * stable_j(p[0])))
    np.testing.assert_allclose(gl.elementwise_grad(f)(x), softplus(x))
    np.testing.assert_allclose(gl.elementwise_grad(gl.elementwise_grad(f))(x), sigmoid(x))
    outer = jvp_rule(lambda x: stable_v(x) * 2, lambda p, t: (stable_v(p[0]) * 2, 3 * t[0]))
    np.testing.assert_allclose(gl.grad(lambda x: np.sum(outer(x)))(x), [3, 3, 3])


def test_rules_work_inside_control_flow():
    f = lambda x: gl.scan(lambda c, e: (stable_j(c) + e, c), 0.0, x)[0]  # noqa: E731
    g = lambda x: gl.scan(lambda c, e: (softplus(c) + e, c), 0.0, x)[0]  # noqa: E731
    np.testing.assert_allclose(gl.grad(f)(x), gl.grad(g)(x))
    h = lambda x: gl.cond(x[0] > 0, stable_v, lambda x: x, x)  # noqa: E731
    np.testing.assert_allclose(gl.grad(lambda x: np.sum(h(x)))(x), sigmoid(x))


def test_dtypes_are_kept():
    got = gl.grad(lambda x: np.sum(stable_v(x)))(np.float32(x))
    assert got.dtype == np.float32


BAD = {
    "no rule": (lambda: gl.custom_jvp(np.sin), gl.NotDifferentiable, "defjvp"),
    "no reverse rule": (lambda: gl.custom_vjp(np.sin), gl.NotDifferentiable, "defvjp"),
    "not a pair": (lambda: jvp_rule(np.sin, lambda p, t: t[0]), gl.ShapeError, "value, tangent"),
    "wrong shape": (
        lambda: jvp_rule(np.sin, lambda p, t: (p[0], t[0][:2])),
        gl.ShapeError,
        r"f64\[2\]",
    ),
    "no residuals": (
        lambda: vjp_rule(np.sin, np.sin, lambda r, ct: (ct,)),
        gl.ShapeError,
        "residuals",
    ),
    "no tuple": (
        lambda: vjp_rule(np.sin, lambda x: (x, None), lambda r, ct: ct),
        gl.ShapeError,
        "tuple",
    ),
    "too many": (
        lambda: vjp_rule(np.sin, lambda x: (x, None), lambda r, ct: (ct, ct)),
        gl.ShapeError,
        "1 cot",
    ),
    "wrong ct shape": (
        lambda: vjp_rule(np.sin, lambda x: (x, None), lambda r, ct: (ct[0],)),
        gl.ShapeError,
        "f64",
    ),
}


def test_a_rule_that_uses_its_own_functions_value_compiles_beside_it():
    root = jvp_rule(np.sqrt, lambda p, t: ((y := root(*p)), t[0] / (2 * y)))
    positive = np.array([0.25, 1.0, 9.0])
    both = gl.compile(lambda x: gl.jvp(lambda x: root(x) ** 2, (x,), (np.ones(3),)))
    np.testing.assert_allclose(both(positive), (positive, np.ones(3)))
    second = gl.compile(gl.grad(gl.grad(lambda v: root(v))))
    np.testing.assert_allclose(second(4.0), -1 / 32)


@pytest.mark.parametrize("name", BAD)
def test_rules_that_do_not_fit_are_told(name):
    make, error, says = BAD[name]
    with pytest.raises(error, match=says):
        gl.grad(lambda x: np.sum(make()(x)))(x)


def test_a_traced_value_from_outside_is_told():
    def outer(k):
        f = jvp_rule(lambda x: x * k, lambda p, t: (p[0] * k, t[0] * k))
        return np.sum(f(x))

    with pytest.raises(gl.TraceError, match="pass it as an argument"):
        gl.grad(outer)(2.0)


def test_arguments_without_derivative_come_first_in_the_rules():
    @functools.partial(gl.custom_jvp, nondiff_argnums=(0, 2))
    def f(fn, x, k):
        return fn(x) * k

    f.defjvp(lambda fn, k, p, t: (fn(p[0]) * k, 10 * k * t[0]))
    np.testing.assert_allclose(gl.grad(lambda x: np.sum(f(np.sin, x, 3.0)))(x), [30.0] * 3)
    np.testing.assert_allclose(gl.compile(lambda x: f(np.sin, x, 3.0))(x), np.sin(x) * 3)
    np.testing.assert_allclose(gl.vmap(lambda x: f(np.sin, x, 3.0))(x), np.sin(x) * 3)

    @functools.partial(gl.custom_vjp, nondiff_argnums=1)
    def g(x, n):
        return x**n

    g.defvjp(lambda x, n: (g(x, n), x), lambda n, x, ct: (100 * n * ct,))
    np.testing.assert_allclose(gl.grad(lambda x: np.sum(g(x, n=2)))(x), [200.0] * 3)
    np.testing.assert_allclose(g(x, n=2), x**2)
    with pytest.raises(gl.TraceError, match="outside its arguments"):
        gl.grad(lambda k: np.sum(f(np.sin, x, k)))(2.0)
    with pytest.raises(gl.CallError, match="got 1 arguments"):
        gl.trace(lambda x: g(x), 1.0)
    with pytest.raises(gl.ArgumentError, match="from the front"):
        gl.custom_jvp(np.sin, nondiff_argnums=-1)


def test_arguments_by_name_take_their_places_and_defaults():
    f = jvp_rule(lambda x, y=2.0: x * y, lambda p, t: (p[0] * p[1], 5 * t[0] + 7 * t[1]))
    assert gl.grad(lambda x, y: f(y=y, x=x), argnums=(0, 1))(1.0, 2.0) == (5.0, 7.0)
    assert gl.grad(lambda x: f(x=x))(1.0) == 5.0
    h = jvp_rule(lambda x, *, k=1.0: x * k, lambda p, t: (p[0], t[0]))
    with pytest.raises(gl.CallError, match="k can only be given by name"):
        gl.grad(lambda x: h(x, k=2.0))(1.0)


def test_rules_are_given_argument_by_argument():
    f = gl.custom_jvp(lambda x, y, z: x * y * z)
    f.defjvps(lambda t, value, x, y, z: 10 * t * y * z, None, lambda t, value, x, y, z: t * value)
    assert gl.grad(f, argnums=(0, 1, 2))(2.0, 3.0, 4.0) == (120.0, 0.0, 24.0)
    assert gl.grad(gl.grad(f))(2.0, 3.0, 4.0) == 0.0
    g = gl.custom_jvp(lambda x: x * 2)
    g.defjvps(None)
    assert gl.grad(g)(2.0) == 0.0


class Scaled:
    def __init__(self, k):
        self.k = k

    @functools.partial(gl.custom_jvp, nondiff_argnums=0)
    def of(self, x):
        return x * self.k


Scaled.of.defjvp(lambda self, p, t: (p[0] * self.k, 100 * self.k * t[0]))


def test_methods_have_rules():
    assert gl.grad(Scaled(3.0).of)(2.0) == 300.0
    assert gl.compile(Scaled(3.0).of)(2.0) == 6.0


def a_rule_of_wrong_shape(primals, tangents):
    return primals[0], tangents[0][:2]


def test_a_rule_that_does_not_fit_is_told_with_its_line():
    f = jvp_rule(np.sin, a_rule_of_wrong_shape)
    with pytest.raises(gl.ShapeError, match=r"test_custom.py:\d+ in a_rule_of_wrong_shape"):
        gl.grad(lambda x: np.sum(f(x)))(x)


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
@both
def test_rules_hold_on_every_backend(f, backend):
    pytest.importorskip(backend)
    slope = gl.compile(gl.grad(lambda x: np.sum(f(x))), backend)
    np.testing.assert_allclose(slope(x), sigmoid(x), rtol=1e-12)
    each = gl.compile(gl.vmap(gl.elementwise_grad(gl.elementwise_grad(f))), backend)
    np.testing.assert_allclose(each(x), sigmoid(x) * (1 - sigmoid(x)), rtol=1e-12)


def test_none_stands_for_what_has_no_derivative():
    @gl.custom_jvp
    def counted(x, n):
        return x * n, n

    counted.defjvp(lambda p, t: (counted(*p), (t[0] * p[1] * 2, None)))
    assert gl.grad(lambda x: counted(x, 3)[0])(2.0) == 6.0

    product = gl.custom_vjp(lambda d: d["a"] * d["n"])
    product.defvjp(lambda d: (product(d), d), lambda d, ct: ({"a": ct * d["n"] * 4, "n": None},))
    assert gl.grad(lambda x: product({"a": x, "n": 3}))(2.0) == 12.0


def test_results_that_are_not_used_give_no_cotangent():
    @gl.custom_vjp
    def both_of(x, y):
        return x * y, x + y

    both_of.defvjp(
        lambda x, y: (both_of(x, y), (x, y)),
        lambda r, ct: (ct[0] * r[1] * 10 + ct[1], ct[0] * r[0] + ct[1]),
    )
    assert gl.grad(lambda x, y: both_of(x, y)[0], (0, 1))(2.0, 3.0) == (30.0, 2.0)
    assert gl.grad(lambda x, y: both_of(x, y)[1], (0, 1))(2.0, 3.0) == (1.0, 1.0)
    assert gl.grad(lambda x, y: (both_of(x, y), x)[1], (0, 1))(2.0, 3.0) == (1.0, 0.0)


@pytest.mark.parametrize("given", [{"a": 1.0}, {"a": 1.0, "m": 1.0}, (1.0, 1.0)])
def test_a_cotangent_of_another_structure_is_told(given):
    f = gl.custom_vjp(lambda d: d["a"] * d["n"])
    f.defvjp(lambda d: (f(d), None), lambda r, ct: (given,))
    with pytest.raises(gl.ShapeError, match="bwd's cotangent is structured as"):
        gl.grad(lambda x: f({"a": x, "n": 3.0}))(2.0)


@gl.custom_jvp
def bounded_sine(x):
    assert x < 100, "too large"
    return np.sin(x)


@bounded_sine.defjvp
def bounded_sine_jvp(primals, tangents):
    return bounded_sine(*primals), 10.0 * tangents[0]


@gl.custom_vjp
def scaled(x, n):
    assert x > -100, "too small"
    return x * n, n + 1


def scaled_backward(residuals, ct):
    x, n = residuals
    assert x < 1000, "too steep"
    return ct[0] * n * 7.0, None


scaled.defvjp(lambda x, n: (scaled(x, n), (x, n)), scaled_backward)


def either(x):
    return bounded_sine(x) if x < 10 else scaled(x, 3)[0]


def test_an_assert_in_a_function_with_a_rule_counts_for_the_examples_that_call_it():
    run = gl.compile(gl.vmap(either), "numpy")
    np.testing.assert_allclose(run(np.array([1.0, 150.0])), [np.sin(1.0), 450.0])
    np.testing.assert_allclose(run(np.array([-500.0])), [np.sin(-500.0)])
    strict = gl.compile(gl.vmap(lambda x: bounded_sine(x) if x < 200 else x), "numpy")
    with pytest.raises(AssertionError, match="too large"):
        strict(np.array([1.0, 150.0]))


def test_an_assert_in_a_reverse_rule_counts_for_the_examples_that_call_it():
    slope = gl.compile(gl.vmap(gl.grad(either)), "numpy")
    np.testing.assert_allclose(slope(np.array([1.0, 50.0])), [10.0, 21.0])
    np.testing.assert_allclose(gl.grad(lambda x: gl.vmap(either)(x).sum())(np.array([1.0, 50.0])),
                               [10.0, 21.0])  # fmt: skip
    with pytest.raises(AssertionError, match="too steep"):
        slope(np.array([1.0, 2000.0]))
