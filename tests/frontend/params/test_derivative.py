"""`weights.grad`: values and gradients, however an objective reads its weights."""

import functools
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.frontend.params.objective import Pure
from gradloom.ir.errors import ArgumentError, DtypeError, ShapeError, TraceError

X = np.random.default_rng(0).normal(size=(5, 3))
W = np.random.default_rng(1).normal(size=(3, 2))
B = np.random.default_rng(2).normal(size=2)
BACKENDS = ["numpy", "torch", "jax", "tensorflow"]


def made() -> Any:
    return gl.params(w=W, b=B, scale=gl.frozen(2.0), layers=[{"a": np.ones(2)}, {"a": B}])


def ambient(x: Any) -> Any:
    h = np.tanh(x @ w + b)
    for layer in layers:
        h = h * layer.a
    return np.sum(h * scale)


def explicit(p: Any, x: Any) -> Any:
    h = np.tanh(x @ p.w + p["b"])
    for layer in p.layers:
        h = h * layer["a"]
    return np.sum(h * p.scale)


def due() -> Any:
    tree = {"w": W, "b": B, "layers": [np.ones(2), B]}

    def f(t: Any) -> Any:
        h = np.tanh(X @ t["w"] + t["b"])
        return np.sum(h * t["layers"][0] * t["layers"][1] * 2.0)

    return gl.value_and_grad(f)(tree)


def check(found: tuple[Any, Any], rtol: float = 1e-12) -> None:
    value, grads = found
    value_due, grads_due = due()
    np.testing.assert_allclose(value, value_due, rtol)
    np.testing.assert_allclose(grads.w, grads_due["w"], rtol)
    np.testing.assert_allclose(grads.b, grads_due["b"], rtol)
    np.testing.assert_allclose(grads.layers[0].a, grads_due["layers"][0], rtol)
    np.testing.assert_allclose(grads.layers[1].a, grads_due["layers"][1], rtol)
    assert grads.scale is None


def test_names_attributes_and_a_first_argument_give_the_same() -> None:
    weights = made()
    check(weights.grad(ambient, X))
    check(weights.grad(explicit, X))
    check(weights.grad(explicit, weights, X))
    check(weights.grad(lambda x: explicit(weights, x), X))
    with weights:
        check(weights.grad(lambda: ambient(X)))


@pytest.mark.framework
@pytest.mark.parametrize("backend", BACKENDS)
def test_backends_agree(backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    check(made().grad(ambient, X, backend=backend), 1e-10)
    check(made().grad(explicit, X, backend=backend, jit=True), 1e-10)


def test_gradients_are_those_of_finite_differences() -> None:
    weights = made()
    _, grads = weights.grad(ambient, X)
    for path in ("w", "b"):
        array = weights[path]
        for i in np.ndindex(array.shape):
            array[i] += 1e-6
            above = weights.grad(ambient, X)[0]
            array[i] -= 2e-6
            below = weights.grad(ambient, X)[0]
            array[i] += 1e-6
            assert np.isclose((above - below) / 2e-6, grads[path][i], atol=1e-7)


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list with an item for every time that an objective is traced."""
    seen: list[int] = []
    call = Pure.__call__

    def counted(self: Pure, *args: Any, **kwargs: Any) -> Any:
        seen.append(1)
        return call(self, *args, **kwargs)

    monkeypatch.setattr(Pure, "__call__", counted)
    return seen


@pytest.mark.parametrize("jit", [False, True])
def test_an_objective_is_traced_once_while_weights_and_data_change(
    jit: bool, traced: list[int]
) -> None:
    def objective(x: Any) -> Any:
        return np.sum((x @ w - 1.0) ** 2)

    weights = gl.params(w=np.zeros((3, 1)))
    losses = []
    for i in range(6):
        value, grads = weights.grad(objective, X + i, jit=jit)
        losses.append(float(value))
        weights.step(grads, 1e-3)
        assert np.isclose(value, np.sum(((X + i) @ (weights.w + 1e-3 * grads.w) - 1.0) ** 2))
    assert len(traced) == 1
    assert losses[1] != losses[0]


@pytest.mark.parametrize("jit", [False, True])
def test_arrays_that_a_closure_holds_are_read_anew(jit: bool) -> None:
    batch = X.copy()
    weights = gl.params(w=W)
    for i in range(4):
        batch[...] = X * (i + 1)
        value, _ = weights.grad(lambda: np.sum(batch @ w), jit=jit)
        assert np.isclose(value, np.sum(X @ W) * (i + 1))


def test_a_new_lambda_of_the_same_code_and_variables_is_compiled_once(traced: list[int]) -> None:
    weights = gl.params(w=np.ones(3))

    def body(x: Any) -> Any:
        return np.sum(x @ weights.w)

    for i in range(5):
        x = X * i
        value, _ = weights.grad(lambda: body(x), jit=True)  # noqa: B023
        assert np.isclose(value, np.sum(X * i))
    assert len(traced) <= 3  # contents of x are watched twice before it is an input alone


def test_a_weight_read_as_ambient_attribute_and_argument_counts_every_time() -> None:
    weights = gl.params(u=np.array([2.0, 3.0]))
    _, grads = weights.grad(lambda p: np.sum(p.u * weights.u * u))
    np.testing.assert_allclose(grads.u, 3 * np.array([4.0, 9.0]))


def test_a_weights_array_as_an_argument_is_refused() -> None:
    weights = made()
    with pytest.raises(ArgumentError, match="argument 1 is the array of the weight 'w'"):
        weights.grad(lambda q: np.sum(q * w), weights.w)
    with pytest.raises(
        ArgumentError, match=r"argument 'q' is the array of the weight 'layers\.1\.a'"
    ):
        weights.grad(lambda *, q: np.sum(q), q=weights.layers[1].a[:1])


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("view", [False, True])
def test_a_weights_array_taken_before_is_refused(jit: bool, view: bool) -> None:
    weights = made()
    taken = weights.w[1:] if view else weights.w
    with pytest.raises(TraceError, match="taken is the array of the weight 'w'"):
        weights.grad(lambda: np.sum(taken**2) + np.sum(weights.b), jit=jit)
    constant = weights.w.copy()
    _, grads = weights.grad(lambda: np.sum((weights.w - constant) ** 2), jit=jit)
    np.testing.assert_array_equal(grads.w, 0.0)


def test_results_that_are_no_scalar_are_refused() -> None:
    with pytest.raises(ShapeError, match="scalar"):
        made().grad(lambda: w)


def test_auxiliary_results_stand_beside_the_value() -> None:
    (value, aux), grads = made().grad(lambda: (np.sum(w), {"n": w * 2}), has_aux=True)
    assert np.isclose(value, W.sum())
    np.testing.assert_array_equal(aux["n"], W * 2)
    np.testing.assert_array_equal(grads.w, 1.0)


@pytest.mark.parametrize("jit", [False, True])
def test_a_dtype_is_that_of_the_computation_and_gradients_keep_the_weights_own(jit: bool) -> None:
    value, grads = made().grad(ambient, X, dtype="f32", jit=jit)
    assert value.dtype == np.float32
    assert grads.w.dtype == np.float64
    value_due, grads_due = due()
    np.testing.assert_allclose(value, value_due, 1e-5)
    np.testing.assert_allclose(grads.w, grads_due["w"], 1e-4)
    with pytest.raises(DtypeError, match="cast to floats, not to int64"):
        made().grad(ambient, X, dtype=np.int64)


def test_gradients_per_example_are_those_of_a_loop() -> None:
    weights = made()
    values, grads = gl.vmap(lambda x: weights.grad(ambient, x))(X)
    assert values.shape == (5,)
    assert grads.w.shape == (5, 3, 2)
    for i, x in enumerate(X):
        value, one = weights.grad(ambient, x)
        assert np.isclose(values[i], value)
        np.testing.assert_allclose(grads.w[i], one.w, 1e-10)


def test_checkpoints_and_compiled_helpers_read_the_names() -> None:
    weights = made()
    block = gl.checkpoint(lambda h: np.tanh(h @ w + b))
    helper = gl.compile(lambda h: np.tanh(h @ w + b))
    plain = weights.grad(lambda x: np.sum(np.tanh(x @ w + b)), X)
    for f in (block, helper):
        value, grads = weights.grad(lambda x, f=f: np.sum(f(x)), X)
        assert np.isclose(value, plain[0])
        np.testing.assert_allclose(grads.w, plain[1].w, 1e-12)


@pytest.mark.parametrize("jit", [False, True])
def test_control_flow_on_weights_follows_their_values(jit: bool) -> None:
    def objective(x: Any) -> Any:
        if np.sum(s) > 0:
            return np.sum(x * s)
        return np.sum(x * s * s)

    weights = gl.params(s=np.array(2.0))
    assert np.isclose(weights.grad(objective, X, jit=jit)[1].s, X.sum())
    weights.s[...] = -3.0
    assert np.isclose(weights.grad(objective, X, jit=jit)[1].s, -6.0 * X.sum())


def test_a_weight_is_not_written_while_it_is_traced() -> None:
    def objective() -> Any:
        w[0] = 0.0
        return np.sum(w)

    weights = made()
    with pytest.raises(ShapeError, match="read-only"):
        weights.grad(objective)
    np.testing.assert_array_equal(weights.w, W)
    with pytest.raises(TraceError, match=r"weights\.step inside"):
        weights.grad(lambda: weights.step(weights, 0.1))


def test_a_tree_is_an_argument_of_every_transform() -> None:
    weights = made()
    grads = gl.grad(explicit)(weights, X)
    check((due()[0], grads))
    compiled = gl.compile(gl.grad(explicit))
    check((due()[0], compiled(weights, X)))
    weights.b[...] += 1.0
    assert not np.allclose(compiled(weights, X).b, grads.b)
    batched = gl.vmap(explicit, in_axes=(None, 0))(weights, X)
    assert np.isclose(batched.sum(), explicit(weights, X))


@pytest.mark.parametrize("named", [False, True])
def test_other_transforms_read_weights_anew_at_every_call(named: bool) -> None:
    weights = gl.params(w=W.copy())

    def by_name(x: Any) -> Any:
        return np.sum(x @ w)

    def by_tree(x: Any) -> Any:
        return np.sum(x @ weights.w)

    f = by_name if named else by_tree
    compiled, gradient = gl.compile(f), gl.grad(f)
    with weights:
        for i in range(4):
            weights.w[...] = W * (i + 1)
            assert np.isclose(compiled(X), np.sum(X @ W) * (i + 1))
            np.testing.assert_allclose(gradient(X), np.tile(W.sum(1), (5, 1)) * (i + 1))


@pytest.mark.parametrize("jit", [False, True])
def test_the_array_that_a_weight_was_made_from_is_no_weight(jit: bool) -> None:
    start = np.ones(3)
    weights = gl.params(v=start, u=np.ones(1))
    with pytest.raises(TraceError, match="reads start, the array that the weight 'v' was made"):
        weights.grad(lambda x: np.sum(x @ start) * u[0], X, jit=jit)
    _, grads = weights.grad(lambda: np.sum((v + 1 - start) ** 2), jit=jit)  # near where it began
    np.testing.assert_array_equal(grads.v, 2.0)


def test_gradients_nest_and_pass_through_to_the_data() -> None:
    weights = gl.params(w=W)

    def plain(q: Any, x: Any) -> Any:
        return np.sum(np.tanh(x @ q) ** 2)

    def inner(x: Any) -> Any:
        return plain(w, x)

    _, grads = weights.grad(lambda: np.sum(weights.grad(inner, X)[1].w ** 2))
    due = gl.grad(lambda q: np.sum(gl.grad(plain)(q, X) ** 2))(W)
    np.testing.assert_allclose(grads.w, due, 1e-10)
    np.testing.assert_allclose(gl.grad(lambda x: weights.grad(inner, x)[0])(X),
                               gl.grad(plain, 1)(W, X), 1e-12)  # fmt: skip


@pytest.mark.framework
def test_a_cluster_gives_the_same() -> None:
    pytest.importorskip("zmq")
    pytest.importorskip("torch")
    with gl.cluster(workers=1) as session:
        check(made().grad(ambient, X, backend=session), 1e-10)


def test_an_objective_with_defaults_keywords_and_partials_gets_the_weights_where_it_asks() -> None:
    weights = gl.params(w=W)

    def f(p: Any, x: Any, scale: float = 2.0, *, shift: float = 0.0) -> Any:
        return np.sum(x @ p.w) * scale + shift

    due = np.sum(X @ W)
    assert np.isclose(weights.grad(f, X)[0], 2 * due)
    assert np.isclose(weights.grad(f, X, scale=3.0)[0], 3 * due)
    assert np.isclose(weights.grad(f, X, shift=1.0)[0], 2 * due + 1)
    assert np.isclose(weights.grad(functools.partial(f, scale=4.0), X)[0], 4 * due)
    assert np.isclose(weights.grad(functools.partial(f, weights, X))[0], 2 * due)
    assert np.isclose(weights.grad(lambda x=X: np.sum(x @ w))[0], due)

    class Model:
        def loss(self, p: Any, x: Any) -> Any:
            return np.sum(x @ p.w)

        def __call__(self, x: Any) -> Any:
            return np.sum(x @ w)

    assert np.isclose(weights.grad(Model().loss, X)[0], due)
    assert np.isclose(weights.grad(Model(), X)[0], due)


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "adam", None])
def test_what_is_no_rate_and_no_optimizer_changes_nothing(rate: Any) -> None:
    weights = gl.params(w=np.ones(2))
    with pytest.raises(gl.ArgumentError):
        weights.step({"w": np.ones(2)}, rate)
    assert np.array_equal(weights.w, np.ones(2))
