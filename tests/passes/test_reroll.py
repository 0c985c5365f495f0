"""Repeated bodies become scans that compute the same bits."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir import ops as o
from gradloom.ir.graph import literal
from gradloom.passes.reroll import reroll
from tests.passes.graphs import arrays_for, assert_close, assert_same_meaning, graph, ops_of

STEPS = 9
UNARY = [np.tanh, np.sin, np.negative, np.abs]
BINARY = [np.add, np.multiply, np.subtract]


def small(g):
    """The pass without its thresholds."""
    return reroll(g, steps=3, body=2, nodes=6)


def scans(g):
    return [node for node in g if node.op is o.scan]


def gru(x, h, w, u, v):
    outs = []
    for t in range(len(x)):
        z = 1 / (1 + np.exp(-(x[t] @ w + h @ u)))
        h = (1 - z) * h + z * np.tanh(x[t] @ w + (z * h) @ v)
        outs.append(h)
    return h, np.stack(outs)


def gru_arguments(steps=32):
    rng = np.random.default_rng(0)
    shapes = [(steps, 2, 3), (2, 4), (3, 4), (4, 4), (4, 4)]
    return [rng.standard_normal(s) * 0.3 for s in shapes]


def gru_loss(*arrays):
    last, every = gru(*arrays)
    return np.sum(last**2) + np.sum(every)


def test_a_recurrent_network_becomes_one_scan_whose_stacked_states_are_its_result():
    g = gl.optimize(gl.trace(gru, *gru_arguments()), "fold,simplify,cse,dce")
    new = reroll(g)
    assert ops_of(new) == ["scan"]
    assert new.nodes[0].attrs.length == 32
    assert new.results == new.nodes[0].results
    assert_same_meaning(g, new, gru_arguments())
    assert reroll(new) is new


def test_the_rolled_body_keeps_the_lines_of_the_user():
    (scan,) = gl.optimize(gl.trace(gru, *gru_arguments())).nodes
    places = [node.location for node in scan.regions[0]]
    assert scan.location is not None
    assert all(p is not None and p.file.endswith("test_reroll.py") for p in places)


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_a_compiled_loop_has_the_values_and_gradients_of_the_loop(backend):
    pytest.importorskip(backend)
    arrays = gru_arguments()
    forward = gl.compile(gru, backend)
    assert_close(gru(*arrays), forward(*arrays))
    both = gl.value_and_grad(gru_loss, argnums=tuple(range(5)))
    value, slopes = gl.compile(both, backend)(*arrays)
    plain_value, plain_slopes = both(*arrays)
    assert_close([plain_value, *plain_slopes], [value, *slopes])
    assert len(gl.compile(both, "numpy").graph(*arrays).nodes) < 40


@st.composite
def bodies(draw):
    """A body as (function, operands) over carried `a`, `b`, the step's row `r` and the constant
    `c`.
    """
    lines = draw(
        st.lists(
            st.tuples(st.sampled_from(UNARY + BINARY), st.integers(0, 9), st.integers(0, 9)),
            min_size=3,
            max_size=6,
        )
    )
    return lines, draw(st.booleans()), draw(st.sampled_from(["last", "all", "some", "sum"]))


def unrolled(case, x, a, b, c):
    lines, backwards, shown = case
    outs = []
    for t in reversed(range(STEPS)) if backwards else range(STEPS):
        values = [a, b, x[t], c, np.float64(t)]
        for f, i, j in lines:
            p, q = values[i % len(values)], values[j % len(values)]
            values.append(f(p) if f in UNARY else f(p, q))
        a, b = np.tanh(values[-1] + x[t]), a * 0.5
        outs.append(a)
    if shown == "all":
        return np.stack(outs), b
    if shown == "some":
        return outs[2] * outs[5], np.stack(outs[1:4], axis=1)
    return (sum(outs), b) if shown == "sum" else (a, b)


@settings(max_examples=40, deadline=None)
@given(bodies())
def test_rolled_loops_mean_what_the_unrolled_meant(case):
    rng = np.random.default_rng(1)
    arrays = [rng.standard_normal(s) for s in ((STEPS, 3), (3,), (3,), (3,))]
    for g in (
        gl.trace(lambda *v: unrolled(case, *v), *arrays),
        gl.optimize(gl.trace(lambda *v: unrolled(case, *v), *arrays), "fold,simplify,cse,dce"),
    ):
        new = small(g)
        assert_same_meaning(g, new, arrays)
        assert gl.parse(new.text()) == new


@settings(max_examples=15, deadline=None)
@given(bodies())
def test_gradients_of_rolled_loops_are_those_of_the_unrolled(case):
    rng = np.random.default_rng(2)
    arrays = [rng.standard_normal(s) for s in ((STEPS, 3), (3,), (3,), (3,))]
    g = gl.trace(lambda *v: sum(np.sum(y) for y in unrolled(case, *v)), *arrays)
    numbers = (0, 1, 2, 3)
    expected = gl.grad(g, numbers)
    assert_close(expected(*arrays), gl.grad(small(g), numbers)(*arrays))
    rolled_after = small(gl.optimize(expected, "fold,simplify,cse,dce"))
    assert_close(expected(*arrays), rolled_after(*arrays))


def chain(body, steps=12):
    def f(x):
        for t in range(steps):
            x = body(x, t)
        return x

    return f


def test_numbers_that_differ_from_step_to_step_are_stepped_along():
    g = graph(chain(lambda x, t: o.tanh(o.multiply(x, literal(t + 0.5, x.type)))), "f64[n]")
    new = small(g)
    (scan,) = scans(new)
    assert scan.attrs.length == 12
    assert ops_of(new)[0] == "constant"
    assert_same_meaning(g, new, [np.arange(4.0)])


def test_rows_are_stepped_backwards_and_along_another_axis():
    def f(x, h):
        for t in reversed(range(STEPS)):
            h = np.tanh(h * x[:, t]) + x[:, t]
        return h

    arrays = [np.random.default_rng(0).standard_normal((4, STEPS)), np.ones(4)]
    g = gl.trace(f, *arrays)
    new = small(g)
    assert len(scans(new)) == 1
    assert "concatenate" not in ops_of(new)
    assert_same_meaning(g, new, arrays)


def test_loops_in_loops_are_rolled_from_the_inside_out():
    def f(x):
        for _ in range(10):
            for _ in range(10):
                x = np.sin(x) * np.cos(x)
            x = np.tanh(x) + np.exp(-x)
        return x

    g = gl.optimize(gl.trace(f, np.ones(3)), "fold,simplify,cse,dce")
    new = small(g)
    (outer,) = scans(new)
    assert len(scans(outer.regions[0])) == 1
    assert_same_meaning(g, new, [np.linspace(0, 1, 3)])


def test_small_loops_stay_as_they_are():
    g = graph(chain(lambda x, t: o.tanh(o.sin(x))), "f64[3]")
    assert reroll(g) is g


def test_a_body_with_an_effect_stays_as_it_is():
    noisy = dataclasses.replace(o.tanh, name="noisy_tanh", effect="print")
    g = graph(chain(lambda x, t: o.sin(noisy(x))), "f64[3]")
    assert small(g) is g


def test_a_step_that_reads_two_steps_back_carries_both():
    def f(a, b):
        for _ in range(STEPS):
            a, b = b, o.tanh(o.sin(o.add(a, b)))
        return b

    g = graph(f, "f64[3]", "f64[3]")
    (scan,) = scans(small(g))
    assert scan.attrs.carry == 2
    assert_same_meaning(g, small(g), arrays_for(g, special=False))


def test_large_weights_of_layers_are_not_stacked_and_small_ones_are():
    def f(x, *layers):
        for w in layers:
            x = np.tanh(x @ w) + x
        return x

    for size, expected in ((4, 1), (128, 0)):
        arrays = [np.ones((2, size)), *[np.full((size, size), 0.01)] * STEPS]
        g = gl.trace(f, *arrays)
        new = small(g)
        assert len(scans(new)) == expected
        assert_same_meaning(g, new, arrays)


def runge_kutta(y):
    for _ in range(40):
        k1 = np.sin(y)
        k2 = np.sin(y + 0.05 * k1)
        k3 = np.sin(y + 0.05 * k2)
        k4 = np.sin(y + 0.1 * k3)
        y = y + 0.1 * (k1 + 2 * k2 + 2 * k3 + k4) / 6
    return y


def heat(u):
    for _ in range(60):
        v = u.copy()
        v[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = v
    return u


def power(y):
    matrix = np.outer(y, y) + np.eye(8)
    v = np.ones(8)
    for _ in range(80):
        v = matrix @ v
        v = v / np.sqrt(np.sum(v * v))
        v = v * np.sign(v[0])
    return v @ matrix @ v


@pytest.mark.parametrize("program", [runge_kutta, heat, power], ids=lambda f: f.__name__)
def test_programs_written_as_plain_loops_are_compiled_as_scans(program):
    y = np.linspace(0.1, 1.0, 8)
    compiled = gl.compile(program, "numpy")
    assert_close([program(y)], [compiled(y)])
    assert len(scans(compiled.graph(y))) == 1
    slope = gl.grad(lambda y: np.sum(program(y)))
    assert_close([slope(y)], [gl.compile(slope, "numpy")(y)])


@pytest.mark.parametrize("head", [False, True])
@pytest.mark.parametrize("layers", [2, 3, 5])
def test_layers_in_a_step_do_not_hide_the_step(layers, head):
    """Each layer looks like the ones beside it, which stand nearer than those of the next step."""
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((2, 4, 4)) / 4 for _ in range(layers)]
    xs = rng.standard_normal((12, 4))

    def f(weights, xs):
        states, said = [np.zeros(4)] * layers, []
        for x in xs:
            for i, (w, u) in enumerate(weights):
                gate = 1 / (1 + np.exp(-(x @ w)))
                states[i] = np.tanh(states[i] @ u) * gate + (1 - gate) * x
                x = states[i] / np.sqrt(np.sum(states[i] ** 2) + 1)
            said.append(np.cos(np.exp(-x)) if head else x)
        return np.stack(said)

    graph = gl.trace(f, weights, xs)
    rolled = reroll(graph)
    assert [n.op.name for n in rolled.nodes].count("scan") == 1
    assert len(rolled.nodes) < 8 * layers
    assert np.array_equal(rolled(weights, xs), f(weights, xs))
