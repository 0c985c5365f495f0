import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.interpret import interpret
from gradloom.ir.types import parse_type, type_of
from gradloom.passes.batch import vmap


def graph(f, *specs: str):
    return build.graph_of(f, [parse_type(spec) for spec in specs])


@pytest.mark.parametrize(
    ("f", "specs", "words"),
    [
        (lambda x, i: o.gather(x, i, axes=(1,)), ["f64[3]", "i64[]"], "not distinct axes"),
        (lambda x, i: o.gather(x, i, i, axes=(0, 0)), ["f64[3]", "i64[]"], "not distinct axes"),
        (lambda x: o.gather(x, axes=()), ["f64[3]"], "not distinct axes"),
        (lambda x, i: o.gather(x, i, axes=(0, 1)), ["f64[3,3]", "i64[]"], "1 index arrays"),
        (
            lambda x, i: o.gather(x, i, axes=(0,)),
            ["f64[3]", "f64[]"],
            "index is not defined for f64",
        ),
        (lambda x, i: o.gather(x, i, axes=(0,)), ["f64[3]", "bool[3]"], "not defined for bool"),
        (
            lambda x, i, j: o.gather(x, i, j, axes=(0, 1)),
            ["f64[3,3]", "i64[2]", "i64[1]"],
            "shapes of index arrays differ",
        ),
        (
            lambda x, u, i: o.scatter(x, u, i, axes=(0,), mode="set"),
            ["f64[3,4]", "f64[2]", "i64[2]"],
            "are no updates of 2 axes",
        ),
        (
            lambda x, u, i: o.scatter(x, u, i, axes=(0,), mode="set"),
            ["f64[3,4]", "f64[2,3]", "i64[2]"],
            "sizes differ: 4",
        ),
        (
            lambda x, u, i: o.scatter(x, u, i, axes=(0,), mode="set"),
            ["f64[3]", "f32[2]", "i64[2]"],
            "dtypes differ",
        ),
        (
            lambda x, u, i: o.scatter(x, u, i, axes=(0,), mode="add"),
            ["bool[3]", "bool[2]", "i64[2]"],
            "not defined for bool",
        ),
        (
            lambda x, u, i: o.scatter(x, u, i, axes=(0,), mode="divide"),
            ["f64[3]", "f64[2]", "i64[2]"],
            "no mode 'divide'",
        ),
        (lambda x, i: o.dynamic_slice(x, i, sizes=(4,)), ["f64[3]", "i64[]"], "does not fit"),
        (lambda x, i: o.dynamic_slice(x, i, sizes=(1,)), ["f64[3]", "i32[]"], "one i64 number"),
        (lambda x, i: o.dynamic_slice(x, i, sizes=(1, 1)), ["f64[3]", "i64[]"], "per axis"),
        (lambda x, u, i: o.dynamic_update_slice(x, u, i), ["f64[3]", "f64[4]", "i64[]"], "not fit"),
    ],
)
def test_operands_that_do_not_fit_are_refused(f, specs, words):
    with pytest.raises((ShapeError, DtypeError), match=words):
        graph(f, *specs)


def test_gather_from_a_batch_at_shared_places_broadcasts_nothing():
    g = vmap(graph(lambda x, i: o.gather(x, i, axes=(0,)), "f64[3,4]", "i64[5]"), [True, False], 2)
    assert [n.op.name for n in g] == ["gather", "permute_dims"]
    shared = vmap(
        graph(lambda x, i: o.gather(x, i, axes=(0,)), "f64[3,4]", "i64[5]"), [False, True], 2
    )
    assert [n.op.name for n in shared] == ["gather"]


def test_a_named_size_clamps_windows_where_they_end():
    f = lambda x, i: o.dynamic_slice(x, i, sizes=(1,))  # noqa: E731
    g = graph(f, "f64[n]", "i64[]")
    many = vmap(g, [False, True], 3)
    for n in (1, 4):
        x = np.arange(float(n))
        (got,) = interpret(many, [x, np.array([-2, 1, 9])])
        assert got[:, 0].tolist() == [0.0, min(1.0, n - 1.0), n - 1.0]


@st.composite
def reads(draw):
    ndim = draw(st.integers(1, 3))
    shape = tuple(draw(st.integers(1, 4)) for _ in range(ndim))
    axes = tuple(draw(st.permutations(range(ndim)))[: draw(st.integers(1, ndim))])
    places = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.normal(size=shape), axes, [rng.integers(0, shape[a], places) for a in axes], rng


@settings(max_examples=60, deadline=None)
@given(reads())
def test_reading_and_adding_are_numpys_at_any_axes(case):
    x, axes, indices, rng = case
    others = [a for a in range(x.ndim) if a not in axes]
    got = interpret(
        build.graph_of(lambda *xs: o.gather(*xs, axes=axes), [type_of(a) for a in (x, *indices)]),
        [x, *indices],
    )[0]
    expected = np.empty((*indices[0].shape, *(x.shape[a] for a in others)))
    sums, updates = x.copy(), rng.normal(size=expected.shape)
    for place in np.ndindex(indices[0].shape):
        at: list = [slice(None)] * x.ndim
        for axis, index in zip(axes, indices, strict=True):
            at[axis] = index[place]
        expected[place] = x[tuple(at)]
        sums[tuple(at)] += updates[place]
    np.testing.assert_array_equal(got, expected)
    types = [type_of(a) for a in (x, updates, *indices)]
    add = build.graph_of(lambda *xs: o.scatter(*xs, axes=axes, mode="add"), types)
    np.testing.assert_allclose(interpret(add, [x, updates, *indices])[0], sums)
