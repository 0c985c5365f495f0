"""What is the same at every step is computed before the loop."""

import dataclasses

import numpy as np

import gradloom as gl
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.types import parse_type
from gradloom.passes.hoist import hoist
from tests.passes.graphs import assert_same_meaning, ops_of

F64 = [parse_type(t) for t in ("f64[3]", "f64[3]", "f64[9,3]")]


def body_ops(g):
    (scan,) = [node for node in g if node.op is o.scan]
    return [node.op.name for node in scan.regions[0]]


def looped(step):
    """A graph that scans `step(h, x, w)` over the rows of x."""
    g = gl.trace(
        lambda w, h, x: gl.scan(lambda h, x: (step(h, x, w), h * 1.5), h, x),
        *(np.ones(t.shape) for t in F64),
    )
    return gl.optimize(g, "dce")


def arrays():
    rng = np.random.default_rng(0)
    return [rng.standard_normal(t.shape) for t in F64]


def test_what_depends_on_constants_alone_is_computed_once():
    g = looped(lambda h, x, w: np.tanh(h) * np.exp(np.sin(w)) + x)
    new = hoist(g)
    assert ops_of(new) == ["sin", "exp", "scan"]
    assert body_ops(new) == ["tanh", "multiply", "add", "multiply"]
    assert_same_meaning(g, new, arrays())
    assert hoist(new) is new
    assert gl.parse(new.text()) == new


def test_a_loop_in_a_loop_gives_up_what_is_fixed_in_both():
    def step(h, x, w):
        return gl.scan(lambda a, b: (np.sin(a) * np.exp(w) + b, None), h, np.stack([x, x]))[0]

    g = looped(step)
    new = hoist(g)
    assert "exp" in ops_of(new)
    assert "exp" not in body_ops(new)
    assert_same_meaning(g, new, arrays())


def test_spread_constants_stay_where_they_are_used():
    g = looped(lambda h, x, w: h * np.broadcast_to(np.array([1.0, 2.0, 3.0]), (3,)) + x)
    assert hoist(g) is g


def test_effects_stay_in_the_loop():
    noisy = dataclasses.replace(o.sin, name="noisy_sin", effect="print")
    types = [F64[0], F64[1]]
    body = build.graph_of(lambda w, h: (o.add(h, o.exp(noisy(w))),), types)
    attrs = o.scan.attrs(consts=1, carry=1, length=4)
    g = build.graph_of(lambda w, h: build.emit(o.scan, (w, h), attrs, (body,)), types)
    assert hoist(g) is g


def test_a_loop_without_steps_keeps_its_body():
    g = gl.trace(lambda w, h, x: gl.scan(lambda h, x: (h + np.exp(w) + x, None), h, x)[0],
                 np.ones(3), np.ones(3), np.ones((0, 3)))  # fmt: skip
    assert hoist(g) is g


def test_a_gradient_keeps_nothing_per_step_of_what_is_fixed():
    def f(w, h, x):
        for t in range(40):
            h = np.tanh(h @ (np.exp(w) @ np.sin(w).T) + x[t]) * np.cos(h) + np.sum(np.sin(w))
        return np.sum(h)

    given = [np.full((3, 3), 0.1), np.ones(3), np.ones((40, 3))]
    compiled = gl.compile(gl.grad(f, (0, 1)), "numpy")
    for made, due in zip(compiled(*given), gl.grad(f, (0, 1))(*given), strict=True):
        np.testing.assert_allclose(made, due)
    forward, backward = [n for n in compiled.graph(*given) if n.op is o.scan]
    assert not any(r.type.shape == (40, 3, 3) for r in forward.results)
    assert "exp" not in [n.op.name for n in backward.regions[0]]
