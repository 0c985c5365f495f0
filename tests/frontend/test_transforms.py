"""grad, jvp, vmap and the rest, on programs as people write them."""

import threading

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.programs import LOOKS_AT_VALUES as LOOKS
from tests.frontend.programs import PROGRAMS, Model, numeric_gradient

every_program = pytest.mark.parametrize("name", PROGRAMS)
without_branches = pytest.mark.parametrize("name", [n for n in PROGRAMS if n not in LOOKS])


def direction(x, rng):
    return rng.normal(size=np.shape(x)) if np.shape(x) else float(rng.normal())


def close(a, b, tolerance=1e-6):
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@every_program
def test_gradients_equal_finite_differences(name):
    p = PROGRAMS[name]
    numbers = tuple(range(len(p.args)))
    value, grads = gl.value_and_grad(p.f, argnums=numbers)(*p.args)
    close(value, p.f(*p.args), 1e-12)
    for number, gradient in zip(numbers, grads, strict=True):
        close(gradient, numeric_gradient(p.f, p.args, number))


@every_program
def test_a_second_call_gives_the_same_gradient(name):
    p = PROGRAMS[name]
    g = gl.grad(p.f)
    first = g(*p.args)
    for _ in range(3):
        close(g(*p.args), first, 1e-12)


@every_program
def test_forward_mode_agrees_with_reverse_mode(name):
    p = PROGRAMS[name]
    rng = np.random.default_rng(0)
    dots = tuple(direction(x, rng) for x in p.args)
    _, tangent = gl.jvp(p.f, p.args, dots)
    grads = gl.grad(p.f, argnums=tuple(range(len(p.args))))(*p.args)
    close(tangent, sum(np.sum(g * d) for g, d in zip(grads, dots, strict=True)), 1e-9)


@every_program
def test_second_derivatives_equal_finite_differences_of_first_ones(name):
    p = PROGRAMS[name]
    n = len(p.args)
    rng = np.random.default_rng(1)
    dots = tuple(direction(x, rng) for x in p.args)
    g = gl.grad(p.f, argnums=tuple(range(n)))
    _, exact = gl.jvp(g, p.args, dots)
    step = 1e-6
    ends = [g(*(x + s * step * d for x, d in zip(p.args, dots, strict=True))) for s in (1, -1)]
    for e, up, down in zip(exact, *ends, strict=True):
        close(e, (np.asarray(up) - np.asarray(down)) / (2 * step), 1e-5)


@without_branches
def test_graphs_transform_as_their_functions_do(name):
    p = PROGRAMS[name]
    graph = gl.trace(p.f, *p.args)
    close(graph(*p.args), p.f(*p.args), 1e-12)
    close(gl.grad(graph)(*p.args), gl.grad(p.f)(*p.args), 1e-12)
    value, gradient = gl.value_and_grad(graph)(*p.args)
    close(value, p.f(*p.args), 1e-12)
    close(gradient, gl.grad(p.f)(*p.args), 1e-12)


@without_branches
def test_graph_text_reads_back_and_runs(name):
    p = PROGRAMS[name]
    graph = gl.grad(gl.trace(p.f, *p.args))
    again = gl.parse(str(graph))
    assert again == graph
    leaves = [np.asarray(x) for x in p.args]
    close(again(*leaves), graph(*p.args), 0)


@without_branches
def test_the_default_pipeline_keeps_the_numbers(name):
    p = PROGRAMS[name]
    graph = gl.value_and_grad(gl.trace(p.f, *p.args))
    better = gl.optimize(graph)
    assert len(better.nodes) <= len(graph.nodes)
    for a, b in zip(better(*p.args), graph(*p.args), strict=True):
        close(a, b, 1e-13)


@without_branches
def test_compiled_programs_equal_plain_numpy(name):
    p = PROGRAMS[name]
    f = gl.compile(p.f, backend="numpy")
    close(f(*p.args), p.f(*p.args), 1e-12)
    step = gl.compile(gl.value_and_grad(p.f), backend="numpy")
    for _ in range(2):
        value, gradient = step(*p.args)
        close(value, p.f(*p.args), 1e-12)
        close(gradient, gl.grad(p.f)(*p.args), 1e-10)


@without_branches
def test_vmap_equals_a_loop_over_any_one_argument(name):
    p = PROGRAMS[name]
    for number, arg in enumerate(p.args):
        several = np.stack([np.asarray(arg) * s for s in (1.0, 0.5, -0.3)])
        if name == "gaussian_process":
            several = np.abs(several) + 0.1
        axes = tuple(0 if i == number else None for i in range(len(p.args)))
        mapped = gl.vmap(p.f, axes)(*p.args[:number], several, *p.args[number + 1 :])
        loop = [p.f(*p.args[:number], row, *p.args[number + 1 :]) for row in several]
        close(mapped, loop, 1e-9)


def test_per_example_gradients_equal_a_loop():
    p = PROGRAMS["mlp"]
    *params, x = p.args
    per = gl.vmap(gl.grad(p.f, argnums=(0, 1, 2)), (None, None, None, 0))(*params, x)
    for i, row in enumerate(x):
        one = gl.grad(p.f, argnums=(0, 1, 2))(*params, row)
        for a, b in zip(per, one, strict=True):
            close(a[i], b, 1e-10)


def test_axes_of_vmap_may_be_anywhere():
    x, y = np.arange(24.0).reshape(2, 3, 4), np.arange(3.0)
    got = gl.vmap(lambda a, b: a * b, (1, 0), 2)(x, y)
    np.testing.assert_array_equal(got, np.stack([x[:, i] * y[i] for i in range(3)], axis=2))


def test_vmap_takes_pytrees_of_axes_and_gives_pytrees():
    params = {"w": np.arange(6.0).reshape(3, 2), "b": 2.0}
    got = gl.vmap(lambda p, x: {"y": p["w"] * x + p["b"]}, ({"w": 0, "b": None}, None))(params, 3.0)
    np.testing.assert_array_equal(got["y"], params["w"] * 3.0 + 2.0)


@pytest.mark.parametrize("jacobian", [gl.jacfwd, gl.jacrev, gl.jacobian])
def test_jacobians_have_the_shape_of_result_then_argument(jacobian):
    x = np.arange(1.0, 7.0).reshape(2, 3)
    j = jacobian(lambda x: np.outer(x[0], x[1]))(x)
    assert j.shape == (3, 3, 2, 3)
    for a in range(3):
        for b in range(3):
            expected = np.zeros((2, 3))
            expected[0, a] += x[1, b]
            expected[1, b] += x[0, a]
            close(j[a, b], expected, 1e-12)


def test_hessian_is_symmetric_and_equals_the_hessian_vector_product():
    f = PROGRAMS["attention"].f
    q, k = PROGRAMS["attention"].args
    h = gl.hessian(f)(q, k)
    assert h.shape == (*q.shape, *q.shape)
    flat = h.reshape(q.size, q.size)
    close(flat, flat.T, 1e-9)
    v = np.random.default_rng(0).normal(size=q.shape)
    close(gl.hvp(lambda q: f(q, k), q, v), (flat @ v.ravel()).reshape(q.shape), 1e-9)


def test_transforms_nest_in_any_order():
    f = lambda x: np.sum(np.sin(x) * x[::-1])  # noqa: E731
    x = np.array([0.3, -0.7, 1.1])
    forward_over_reverse = gl.jacfwd(gl.grad(f))(x)
    close(gl.jacrev(gl.grad(f))(x), forward_over_reverse, 1e-12)
    close(gl.jacfwd(gl.jacfwd(f))(x), forward_over_reverse, 1e-12)
    close(gl.jacrev(gl.jacfwd(f))(x), forward_over_reverse, 1e-12)
    xs = np.stack([x, 2 * x])
    each = np.stack([gl.hessian(f)(row) for row in xs])
    close(gl.vmap(gl.hessian(f))(xs), each, 1e-12)
    close(gl.compile(gl.vmap(gl.hessian(f)), "numpy")(xs), each, 1e-12)
    close(gl.grad(lambda x: np.sum(gl.vmap(lambda a: a**3)(x)))(x), 3 * x**2, 1e-12)


def test_an_inner_gradient_may_use_values_of_the_outer_one():
    def outer(x):
        return gl.grad(lambda y: y * y * x)(x) * x

    close(gl.grad(outer)(2.0), 6 * 2.0**2, 1e-12)


def test_vjp_and_linearize_are_the_two_linear_maps():
    f = lambda x, y: (x @ y, np.sin(x))  # noqa: E731
    x, y = np.arange(6.0).reshape(2, 3), np.arange(3.0) / 3
    value, back = gl.vjp(f, x, y)
    again, forward = gl.linearize(f, x, y)
    np.testing.assert_array_equal(value[0], x @ y)
    np.testing.assert_array_equal(again[1], np.sin(x))
    rng = np.random.default_rng(0)
    dx, dy = rng.normal(size=x.shape), rng.normal(size=y.shape)
    cts = (rng.normal(size=2), rng.normal(size=x.shape))
    pushed, pulled = forward(dx, dy), back(cts)
    forth = sum(np.sum(a * b) for a, b in zip(pushed, cts, strict=True))
    close(forth, np.sum(pulled[0] * dx) + np.sum(pulled[1] * dy), 1e-12)


def test_aux_comes_beside_value_and_gradient():
    def f(x):
        return np.sum(x**2), {"norm": np.abs(x).max(), "note": "kept"}

    x = np.array([1.0, -3.0])
    (value, aux), gradient = gl.value_and_grad(f, has_aux=True)(x)
    assert value == 10.0
    assert aux == {"norm": 3.0, "note": "kept"}
    np.testing.assert_array_equal(gradient, 2 * x)
    gradient, aux = gl.grad(f, has_aux=True)(x)
    assert aux["note"] == "kept"


def test_complex_gradients_follow_jax():
    assert gl.grad(lambda z: np.abs(z) ** 2)(1 + 2j) == 2 - 4j
    z = 0.4 - 1.1j
    close(gl.grad(lambda z: z**3, holomorphic=True)(z), 3 * z**2, 1e-12)
    close(gl.grad(lambda z: np.real(np.exp(z) * z))(z), np.exp(z) * (1 + z), 1e-12)


def test_pytrees_go_in_and_out():
    layers = [(np.ones((2, 3)), np.zeros(3)), (np.ones((3, 1)), None)]
    params = {"layers": layers, "name": "net", "scale": 2.0}

    def f(p, x):
        for w, b in p["layers"]:
            x = np.tanh(x @ w + (0.0 if b is None else b))
        return p["scale"] * np.sum(x)

    g = gl.grad(f)(params, np.ones((4, 2)))
    assert g["name"] is None
    assert g["layers"][1][1] is None
    assert g["layers"][0][0].shape == (2, 3)
    close(g["scale"], f(params, np.ones((4, 2))) / 2.0, 1e-12)


def test_float32_stays_float32_everywhere():
    w = np.ones((3, 2), np.float32)
    value, gradient = gl.value_and_grad(lambda w: np.mean(np.tanh(w * 2.0 + 1) ** 2) * 0.5)(w)
    assert value.dtype == gradient.dtype == np.float32
    assert gl.hessian(lambda w: np.sum(w**3))(w).dtype == np.float32


def test_results_are_arrays_or_scalars_as_numpy_gives_them():
    assert type(gl.grad(lambda x: x**2)(3.0)) is float
    assert type(gl.grad(lambda x: x**2)(np.float32(3))) is np.float32
    assert gl.grad(lambda x: x**2)(np.array(3.0)).shape == ()
    value, _ = gl.value_and_grad(np.sum)(np.ones(3))
    assert isinstance(value, np.float64)


def test_checkpoint_changes_no_number_and_recomputes():
    f = lambda x: np.sum(np.sin(np.exp(np.cos(x))))  # noqa: E731
    x = np.array([0.3, 1.0])
    close(gl.grad(gl.checkpoint(f))(x), gl.grad(f)(x), 1e-14)
    graph = gl.trace(gl.grad(gl.checkpoint(f)), x)
    assert any(node.copy for outer in graph for region in outer.regions for node in region)
    close(gl.hessian(gl.checkpoint(f))(x), gl.hessian(f)(x), 1e-12)


def test_stop_gradient_is_constant_for_derivatives():
    assert gl.grad(lambda x: x * gl.stop_gradient(x))(3.0) == 3.0


def test_what_has_no_derivative_may_become_a_python_number():
    assert gl.grad(lambda x: x * float(gl.stop_gradient(x)))(3.0) == 3.0
    assert gl.grad(lambda x: x * np.floor(x).item())(3.5) == 3.0
    with pytest.raises(gl.TraceError, match="would lose its derivative"):
        gl.grad(lambda x: x * float(x + gl.stop_gradient(x)))(3.0)


def test_two_lambdas_on_one_line_are_told_apart():
    a, b = gl.grad(lambda w: np.sum(np.exp(w))), gl.grad(lambda w: np.sum(np.sin(w)))
    close(a(np.ones(2)), np.exp(np.ones(2)), 1e-12)
    close(b(np.ones(2)), np.cos(np.ones(2)), 1e-12)


def test_functions_without_source_are_differentiated():
    names = {"np": np}
    exec("def f(x):\n    return np.sum(np.exp(x))", names)
    close(gl.grad(names["f"])(np.ones(2)), np.exp(np.ones(2)), 1e-12)


def test_threads_trace_at_the_same_time():
    p = PROGRAMS["filled"]
    expected = numeric_gradient(p.f, p.args, 0)
    results = {}

    def work(i):
        results[i] = gl.grad(p.f)(*p.args)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    plain = [np.zeros(3) for _ in range(200)]
    for t in threads:
        t.join()
    assert all(type(z) is np.ndarray for z in plain)
    assert len(results) == 8
    for got in results.values():
        close(got, expected)


def test_arrays_and_numbers_outside_are_read_anew():
    model = Model()
    g = gl.grad(model)
    x = np.array([1.0, 2.0, 3.0])
    close(g(x), 3 * model.scale**3 * x**2, 1e-12)
    close(g(x), 3 * model.scale**3 * x**2, 1e-12)
    model.scale = model.scale * 2
    close(g(x), 3 * model.scale**3 * x**2, 1e-12)
    model.scale[0] = 5.0
    close(g(x), 3 * model.scale**3 * x**2, 1e-12)
    model.power = 2
    close(g(x), 2 * model.scale**2 * x, 1e-12)


def test_random_numbers_drawn_inside_are_drawn_every_time():
    rng = np.random.default_rng(0)
    g = gl.grad(lambda x: x * rng.normal())
    assert len({g(1.0) for _ in range(4)}) == 4


def test_a_value_that_python_looked_at_is_traced_again():
    g = gl.grad(lambda x: x**2 if x > 0 else -x)
    assert [g(3.0), g(-3.0), g(2.0), g(-1.0)] == [6.0, -1.0, 4.0, -1.0]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: gl.grad(lambda x: x * 2)(np.ones(3)), gl.ShapeError, "scalar"),
        (lambda: gl.grad(lambda x: x * 2.0)(3), gl.DtypeError, "int"),
        (lambda: gl.grad(lambda x: np.sum(x))(np.arange(3)), gl.DtypeError, "i64"),
        (lambda: gl.grad(lambda x: np.argmax(x))(np.ones(3)), gl.DtypeError, "no derivative"),
        (lambda: gl.grad(lambda x: (x, x))(1.0), gl.ShapeError, "2 values"),
        (lambda: gl.grad(lambda z: z**2)(1j), gl.DtypeError, "holomorphic"),
        (lambda: gl.grad(np.sum, argnums=2)(np.ones(2)), gl.ShapeError, "argnums"),
        (lambda: gl.vmap(np.dot)(np.ones((2, 3)), np.ones((4, 3))), gl.ShapeError, "2 and 4"),
        (lambda: gl.vmap(np.sin)(1.0), gl.ShapeError, "axis 0"),
        (lambda: gl.jvp(np.sin, (1.0,), (1.0, 2.0)), gl.ShapeError, "tangent"),
        (lambda: gl.vjp(np.sin, np.ones(3))[1](np.ones(2)), gl.ShapeError, "(2,)"),
        (lambda: gl.trace(np.matmul, gl.spec("f32[8,3]"), gl.spec("f32[5,4]")), gl.ShapeError, "3"),
        (lambda: gl.trace(lambda x: x + np.ones(4), gl.spec("f64[n]")), gl.ShapeError, "n"),
    ],
)  # fmt: skip
def test_mistakes_are_told(call, error, says):
    with pytest.raises(error) as info:
        call()
    assert isinstance(info.value, gl.GradloomError)
    assert says in str(info.value)
