"""Counted scans: the first steps are made, the other rows are 0, under every transform."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError
from gradloom.ir.types import parse_type

LENGTH = 5
TYPES = [parse_type(t) for t in ("i64[]", "f64[]", "f64[2]", "f64[5,2]")]
w, c, xs = 0.7, np.array([0.3, -0.4]), np.linspace(-1, 1, 10).reshape(5, 2)


def counted(reverse):
    """The last carry and the rows of a scan whose number of steps is its first parameter."""
    body = build.graph_of(
        lambda n, w, c, x: (o.sin(c * o.broadcast_to(w, shape=(2,))) + x, c * x, o.less(c, x)),
        [*TYPES[:3], parse_type("f64[2]")],
    )
    attrs = {"consts": 2, "carry": 1, "length": LENGTH, "reverse": reverse, "counted": True}
    return build.graph_of(lambda *v: o.scan(*v, regions=(body,), **attrs), TYPES, list("nwcx"))


def by_hand(n, w, c, xs, reverse):
    rows, less = [np.zeros(2)] * LENGTH, [np.zeros(2, bool)] * LENGTH
    for i in reversed(range(n)) if reverse else range(n):
        rows[i], less[i] = c * xs[i], c < xs[i]
        c = np.sin(c * w) + xs[i]
    return c, np.stack(rows), np.stack(less)


STEPS = st.integers(0, LENGTH)


@settings(max_examples=12, deadline=None)
@given(STEPS, st.booleans())
def test_values_and_derivatives_equal_those_by_hand(n, reverse):
    f = counted(reverse)
    for found, want in zip(f(np.int64(n), w, c, xs), by_hand(n, w, c, xs, reverse), strict=True):
        np.testing.assert_allclose(found, want, rtol=1e-14)
        assert np.asarray(found).dtype == want.dtype

    def of(run, w, c, xs):
        last, rows, _ = run(w, c, xs)
        return np.sum(last**2) + np.sum(np.cos(rows))

    one = gl.grad(lambda *v: of(lambda *v: f(np.int64(n), *v), *v), (0, 1, 2))(w, c, xs)
    other = gl.grad(lambda *v: of(lambda w, c, xs: _traced(n, w, c, xs, reverse), *v), (0, 1, 2))
    for a, b in zip(one, other(w, c, xs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def _traced(n, w, c, xs, reverse):
    rows = [np.zeros(2)] * LENGTH
    for i in reversed(range(n)) if reverse else range(n):
        rows[i] = c * xs[i]
        c = np.sin(c * w) + xs[i]
    return c, np.stack(rows), None


@pytest.mark.parametrize("reverse", [False, True])
def test_examples_of_a_batch_make_their_own_numbers_of_steps(reverse):
    f, counts = counted(reverse), np.array([0, 2, 5, 1])
    found = gl.vmap(f, (0, None, None, None))(counts, w, c, xs)
    want = [f(n, w, c, xs) for n in counts]
    for i, one in enumerate(found):
        np.testing.assert_allclose(one, [each[i] for each in want], rtol=1e-14)


@pytest.mark.parametrize("name", ["numpy", "torch", "jax", "tensorflow"])
def test_backends_agree(name):
    pytest.importorskip(name)
    for reverse in (False, True):
        f = gl.compile(counted(reverse), name)
        for n in (0, 3, LENGTH):
            found = f(np.array(n), np.float64(w), c, xs)
            for one, want in zip(found, by_hand(n, w, c, xs, reverse), strict=True):
                np.testing.assert_allclose(one, want, rtol=1e-13)


def test_onnx_and_torchscript_agree(tmp_path):
    ort, torch = pytest.importorskip("onnxruntime"), pytest.importorskip("torch")
    for reverse in (False, True):
        f = counted(reverse)
        given = [np.array(2), np.float64(w), c, xs]
        gl.export.onnx(f, tuple(given), tmp_path / "m.onnx")
        session = ort.InferenceSession(str(tmp_path / "m.onnx"))
        names = [i.name for i in session.get_inputs()]
        module = gl.export.torchscript(f, tuple(given), tmp_path / "m.pt")
        loaded = torch.jit.load(str(tmp_path / "m.pt")) if module is None else module
        for n in (0, 2, LENGTH):
            given[0] = np.array(n)
            want = by_hand(n, w, c, xs, reverse)
            runs = session.run(None, dict(zip(names, map(np.asarray, given), strict=True)))
            for one, due in zip(runs, want, strict=True):
                np.testing.assert_allclose(one, due, rtol=1e-13)
            for one, due in zip(loaded(*map(torch.as_tensor, given)), want, strict=True):
                np.testing.assert_allclose(np.asarray(one), due, rtol=1e-13)


def test_the_number_of_steps_is_one_i64():
    body = build.graph_of(lambda n, c: (c,), [parse_type("f64[]"), parse_type("f64[2]")])
    attrs = {"consts": 1, "carry": 1, "length": 3, "counted": True}
    with pytest.raises(DtypeError, match="number of steps"):
        build.graph_of(
            lambda n, c: o.scan(n, c, regions=(body,), **attrs),
            [parse_type("f64[]"), parse_type("f64[2]")],
        )
