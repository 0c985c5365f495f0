"""JAX functions in the gradient debugger: against jax.grad, jax.jacobian, differences and numpy."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.viz.gradients.debugger import Gradients
from gradloom.viz.gradients.layer import Flow

pytestmark = pytest.mark.framework
jax = pytest.importorskip("jax")
jnp = jax.numpy
RNG = np.random.default_rng(8)
W, V = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))


@pytest.fixture(autouse=True)
def wide() -> Iterator[None]:
    with jax.enable_x64(True):
        yield


def shown_of(f: Callable[..., Any], x: Any, *more: Any, **options: Any) -> Gradients:
    return gl.viz.gradients(f, jnp.asarray(x), *more, **options)


def gradients(shown: Gradients) -> dict[str, np.ndarray]:
    return {x.name: x.gradient for x in shown.layers if x.gradient is not None}


def flow(shown: Gradients, source: str, target: str) -> Flow:
    (found,) = (f for f in shown.flows if (f.source, f.target) == (source, target))
    return found


def slopes(shown: Gradients, source: str, target: str) -> np.ndarray:
    """The Jacobian `[target, source]` of a flow."""
    found = flow(shown, source, target)
    assert found.slopes is not None
    dense = np.zeros((shown.layer(target).size, shown.layer(source).size))
    dense[found.targets, found.sources] = found.slopes
    return dense


def check_flows_add_up(shown: Gradients) -> None:
    made = gradients(shown)
    for layer in shown.layers[:-1]:
        total = np.zeros(layer.size)
        for found in shown.flows:
            if found.source == layer.name:
                total += np.bincount(found.sources, found.values, layer.size)
        np.testing.assert_allclose(total, made[layer.name].ravel(), atol=1e-9)


# ---- values --------------------------------------------------------------------------------------


@jax.custom_jvp
def leaky(x: Any) -> Any:
    return jnp.where(x > 0, x, 0.1 * x)


@leaky.defjvp
def _leaky(primals: Any, tangents: Any) -> Any:
    (x,), (t,) = primals, tangents
    return leaky(x), jnp.where(x > 0, 1.0, 0.1) * t


@jax.custom_vjp
def rounded(x: Any) -> Any:
    """Its derivative is not that of its values, and only goes back."""
    return jnp.round(x * 4.0)


rounded.defvjp(lambda x: (rounded(x), x), lambda x, ct: (ct * 4.0 * jnp.cos(x),))


@jax.jit
def block(h: Any, taps: Any = 0.0) -> Any:
    return jax.nn.relu(h @ jnp.asarray(W) @ jnp.asarray(W).T + taps)


def looped(h: Any) -> Any:
    def turn(carry: Any, w: Any) -> Any:
        carry = jnp.tanh(carry * w)
        return carry, carry.sum()

    last, sums = jax.lax.scan(turn, h, jnp.arange(1.0, 4.0))
    return last + sums.mean()


def branched(h: Any) -> Any:
    return jax.lax.cond(h.sum() > 0, jnp.sin, lambda h: h * h, h)


def attended(h: Any) -> Any:
    return jax.nn.softmax(h @ h.T, axis=-1) @ h


def convolved(h: Any) -> Any:
    kernel = jnp.asarray(W[:2, :3].reshape(2, 1, 3, 1))
    return jax.lax.conv(h[None, None], kernel, (1, 1), "SAME")[0].sum(0)


def normed(h: Any) -> Any:
    return (h - h.mean(-1, keepdims=True)) / jnp.sqrt(h.var(-1, keepdims=True) + 1e-3)


def logs(h: Any) -> Any:
    return h - jax.nn.logsumexp(h, axis=-1, keepdims=True)


def spectral(h: Any) -> Any:
    return jnp.abs(jnp.fft.fft(h, axis=-1))


def stopped(h: Any) -> Any:
    return h * jax.lax.stop_gradient(jnp.exp(h))


def rematerialised(h: Any) -> Any:
    return jax.checkpoint(lambda h: jnp.sin(jnp.cos(h)))(h)


def many_at_once(h: Any) -> Any:
    return jax.vmap(lambda row: jnp.einsum("i,ij->j", row, jnp.asarray(W) @ jnp.asarray(W).T))(h)


def pooled(h: Any) -> Any:
    return jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (2, 2), (1, 1), "SAME")


def sorted_and_indexed(h: Any) -> Any:
    return jnp.sort(h, axis=0).at[0].add(h[1]) + jnp.cumsum(h, axis=1)[:, ::-1]


def differentiated(h: Any) -> Any:
    return jax.vmap(jax.grad(lambda row: jnp.sum(jnp.sin(row) * row)))(h)


QUICK = [rounded, looped, branched]
PIECES = [
    *QUICK, stopped, differentiated, block, leaky, attended, convolved, normed, logs, spectral,
    rematerialised, many_at_once, pooled, sorted_and_indexed, jnp.tanh,
]  # fmt: skip


def around(piece: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The piece, with a skip connection around it."""

    def f(x: Any) -> Any:
        h = piece(x + 0.5)
        return jnp.exp(-(h**2)) * (h + x)

    return f


def check(piece: Callable[[Any], Any], x: Any, layers: Any) -> None:
    f = around(piece)
    shown = shown_of(f, x, layers=layers)
    check_flows_add_up(shown)
    wanted = jax.grad(lambda x: f(x).sum())(x)
    np.testing.assert_allclose(gradients(shown)["input"], wanted, atol=1e-9)
    np.testing.assert_allclose(shown.layer("output").activation, f(x), atol=1e-12)


@pytest.mark.parametrize("piece", QUICK, ids=lambda f: f.__name__)
def test_gradients_are_those_of_jax_and_flows_add_up_to_them(piece: Callable[[Any], Any]) -> None:
    check(piece, jnp.asarray(RNG.normal(size=(2, 3))), "lines")


@pytest.mark.slow
@pytest.mark.parametrize("layers", ["auto", "lines", "values"])
@pytest.mark.parametrize("piece", PIECES, ids=lambda f: f.__name__)
def test_so_they_are_at_every_value(piece: Callable[[Any], Any], layers: str) -> None:
    check(piece, jnp.asarray(RNG.normal(size=(2, 3))), layers)


def hand_cut(x: Any, taps: Any) -> Any:
    """Every layer with a zero added to it, whose gradient is the layer's."""
    h = x @ jnp.asarray(W) + taps[0]
    a = jnp.tanh(h) + taps[1]
    return (a @ jnp.asarray(V) + taps[2]) * x[:, :2] + taps[3]


def test_every_layers_gradient_is_that_of_a_zero_added_to_it() -> None:
    x, target = jnp.asarray(RNG.normal(size=(2, 3))), RNG.normal(size=(2, 2))
    taps = [jnp.zeros(s) for s in ((2, 4), (2, 4), (2, 2), (2, 2))]
    shown = shown_of(lambda x: hand_cut(x, [0.0] * 4), x, target=target)
    assert list(gradients(shown)) == [
        "input", "matmul", "tanh", "matmul_2", "output", "power", "loss",
    ]  # fmt: skip

    def loss(taps: Any) -> Any:
        return jnp.sum((hand_cut(x, taps) - target) ** 2) / 2

    for name, wanted in zip(list(gradients(shown))[1:5], jax.grad(loss)(taps), strict=True):
        np.testing.assert_allclose(gradients(shown)[name], wanted, atol=1e-12)


def test_slopes_are_the_jacobians_of_functions_cut_by_hand() -> None:
    x = jnp.asarray(RNG.normal(size=(2, 3)))
    shown = shown_of(lambda x: hand_cut(x, [0.0] * 4), x)
    second = np.asarray(jnp.tanh(x @ jnp.asarray(W)) @ jnp.asarray(V))
    wanted = {
        ("input", "matmul"): jax.jacobian(lambda x: x @ W)(x).reshape(8, 6),
        ("tanh", "matmul_2"): jax.jacobian(lambda a: a @ V)(jnp.zeros((2, 4))).reshape(4, 8),
        # The skip: by x alone, the product's other factor held.
        ("input", "output"): jax.jacobian(lambda x: second * x[:, :2])(x).reshape(4, 6),
    }
    for (source, target), jacobian in wanted.items():
        np.testing.assert_allclose(slopes(shown, source, target), jacobian, atol=1e-12)
    local = flow(shown, "matmul", "tanh")
    assert local.total == 8  # element by element


def test_slopes_are_those_of_finite_differences() -> None:
    x = jnp.asarray(RNG.normal(size=(2, 3)))
    shown = shown_of(looped, x, layers=["scan[1]"])
    wanted = []
    for i in range(6):
        step = np.zeros(6)
        step[i] = 1e-6
        ends = [looped_sums(x + jnp.asarray(sign * step.reshape(2, 3))) for sign in (1, -1)]
        wanted.append(np.asarray(ends[0] - ends[1]) / 2e-6)
    np.testing.assert_allclose(slopes(shown, "input", "scan[1]"), np.array(wanted).T, atol=1e-8)


def looped_sums(h: Any) -> Any:
    sums = []
    for w in (1.0, 2.0, 3.0):
        h = jnp.tanh(h * w)
        sums.append(h.sum())
    return jnp.array(sums)


# ---- the same program, on numpy ------------------------------------------------------------------

Program = list[tuple[str, int, int]]
STEPS = (
    "tanh", "sin", "exp", "matmul", "add", "multiply", "where", "max", "skip", "join", "square",
)  # fmt: skip


def interpreted(xp: Any, program: Program, x: Any) -> Any:
    """The program on `xp`, numpy or jax.numpy; every value has the shape of `x`."""
    values = [x]
    weights = xp.asarray(W[:, :3])
    for op, i, j in program:
        a, b = values[i % len(values)], values[j % len(values)]
        values.append(_step(xp, op, a, b, weights))
    return values[-1] * values[len(values) // 2]


def _step(xp: Any, op: str, a: Any, b: Any, weights: Any) -> Any:
    made = {
        "tanh": lambda: xp.tanh(a),
        "sin": lambda: xp.sin(a + 1.0),
        "exp": lambda: xp.exp(-a),
        "matmul": lambda: a @ weights,
        "add": lambda: a + b.sum(axis=0),
        "multiply": lambda: a * b[:, :1],
        "where": lambda: xp.where(a > b, a, 2.0 * b),
        "max": lambda: a - xp.max(a, axis=1, keepdims=True),
        "skip": lambda: a,
        "join": lambda: xp.concatenate([a[1:], b[:1]]),
        "square": lambda: xp.sqrt(a * a + 1.0),
    }
    return made[op]()


programs = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6
)


def check_against_numpy(program: Program, seed: int, layers: Any) -> None:
    x = np.random.default_rng(seed).normal(size=(2, 3))
    ours = gl.viz.gradients(lambda x: interpreted(np, program, x), x, layers=layers)
    theirs = shown_of(lambda x: interpreted(jnp, program, x), x, layers=layers)
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    for a, b in zip(ours.layers, theirs.layers, strict=True):
        np.testing.assert_allclose(a.activation, b.activation, atol=1e-10)
        np.testing.assert_allclose(a.gradient, b.gradient, atol=1e-10)
    for one, other in ((ours, theirs), (theirs, ours)):
        for found in one.flows:
            if found.total:
                np.testing.assert_allclose(
                    slopes(one, found.source, found.target),
                    slopes(other, found.source, found.target), atol=1e-10,
                )  # fmt: skip
    check_flows_add_up(theirs)


def test_a_program_means_the_same_in_numpy_and_in_jax() -> None:
    program = [("tanh", 0, 0), ("matmul", 1, 0), ("where", 2, 1), ("max", 3, 0), ("join", 4, 2)]
    check_against_numpy(program, 3, "auto")


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(program=programs, seed=st.integers(0, 1000))
def test_random_programs_mean_the_same_in_numpy_and_in_jax(program: Program, seed: int) -> None:
    with jax.enable_x64(True):
        check_against_numpy(program, seed, "auto")
