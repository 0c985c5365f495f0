"""Loops as people write them mean the same rolled and unrolled, under every transform."""

import numpy as np
import pytest
from hypothesis import given, settings

import gradloom as gl
from gradloom import backends
from gradloom.ir import ops as o
from gradloom.ir.graph import walk
from tests.passes.graphs import assert_close
from tests.passes.loops import LOOPS, ONE_SCAN, STEPS, arguments, rows_stored, two_steps_back
from tests.passes.test_reroll import bodies, small, unrolled

CLEAN = "fold,simplify,hoist,cse,dce"


def many(found):
    return list(found) if isinstance(found, tuple) else [found]


def loss_of(f):
    """A number that every element of every result counts in."""
    return lambda *a: sum(np.sum(np.sin(y) + y * y) for y in many(f(*a)))


def rolled(g):
    return small(gl.optimize(small(g), CLEAN))


@pytest.mark.parametrize("f", LOOPS, ids=lambda f: f.__name__)
def test_a_rolled_loop_has_the_values_of_the_loop(f):
    g = gl.trace(f, *arguments())
    new = rolled(g)
    for seed in range(2):
        assert_close(many(f(*arguments(seed))), many(new(*arguments(seed))))
    assert gl.parse(new.text()) == new


@pytest.mark.parametrize("f", ONE_SCAN, ids=lambda f: f.__name__)
def test_a_loop_becomes_one_scan(f):
    nodes = list(walk(rolled(gl.trace(f, *arguments()))))
    assert sum(node.op is o.scan for node in nodes) == 1


def transforms():
    """Functions of a graph of a number, and the arguments that the transformed graph takes."""
    x, h = arguments()
    rng = np.random.default_rng(3)
    tx, th = rng.standard_normal(x.shape), rng.standard_normal(h.shape)
    wide = [np.stack([v, v * 0.5]) for v in (x, h)]
    gradient = lambda g: gl.grad(g, (0, 1))  # noqa: E731
    return {
        "grad": (gradient, [x, h]),
        "jvp": (lambda g: _pushed(g), [x, h, tx, th]),
        "grad of grad": (lambda g: gl.grad(_dotted(gradient(g)), (0, 1)), [x, h]),
        "vmap": (gl.vmap, wide),
        "vmap of grad": (lambda g: gl.vmap(gradient(g)), wide),
    }


def _pushed(g):
    return gl.trace(lambda x, h, tx, th: gl.jvp(g, (x, h), (tx, th)), *arguments(), *arguments())


def _dotted(g):
    return gl.trace(lambda x, h: sum(np.sum(np.cos(y)) for y in g(x, h)), *arguments())


@pytest.mark.parametrize("how", transforms())
@pytest.mark.parametrize("f", LOOPS, ids=lambda f: f.__name__)
def test_every_transform_of_a_rolled_loop_is_that_of_the_loop(f, how):
    transform, arrays = transforms()[how]
    plain = gl.trace(loss_of(f), *arguments())
    expected = transform(plain)(*arrays)
    assert_close(many(expected), many(transform(rolled(plain))(*arrays)))
    cleaned = rolled(transform(rolled(plain)))
    assert_close(many(expected), many(cleaned(*arrays)))


@settings(max_examples=12, deadline=None)
@given(bodies())
def test_second_derivatives_and_batches_of_drawn_loops_are_those_of_the_unrolled(case):
    rng = np.random.default_rng(2)
    arrays = [rng.standard_normal(s) for s in ((STEPS, 3), (3,), (3,), (3,))]
    plain = gl.trace(lambda *v: sum(np.sum(y) for y in unrolled(case, *v)), *arrays)
    for given_graph in (small(plain), rolled(plain)):
        results = [_twice(g, arrays) for g in (plain, given_graph)]
        assert_close(*results)


def _twice(g, arrays):
    numbers = (0, 1, 3)
    first = gl.grad(g, numbers)
    dotted = gl.trace(lambda *v: sum(np.sum(y * np.cos(y)) for y in first(*v)), *arrays)
    second = gl.grad(dotted, numbers)
    wide = [np.stack([a, a * 0.3]) for a in arrays]
    return [*second(*arrays), *gl.vmap(first)(*wide)]


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_rolled_loops_and_their_second_derivatives_run_on_every_backend(backend):
    pytest.importorskip(backend)
    build = backends.get(backend).build
    for f in LOOPS:
        g = rolled(gl.trace(f, *arguments()))
        assert_close(many(f(*arguments())), list(build(g).numpy(*arguments())))
    for f in (rows_stored, two_steps_back):
        transform, arrays = transforms()["grad of grad"]
        plain = gl.trace(loss_of(f), *arguments())
        made = rolled(transform(rolled(plain)))
        assert_close(many(transform(plain)(*arrays)), list(build(made).numpy(*arrays)))
