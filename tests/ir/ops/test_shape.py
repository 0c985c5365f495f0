import numpy as np
import pytest

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.dims import symbol
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.graph import Graph, literal
from gradloom.ir.interpret import interpret
from gradloom.ir.types import parse_type
from gradloom.passes.batch import vmap
from gradloom.passes.linearize import jvp
from gradloom.passes.transpose import vjp

N = symbol("n")


def graph(f, *specs: str) -> Graph:
    return build.graph_of(f, [parse_type(spec) for spec in specs])


def result(f, *specs: str) -> str:
    """The type of the only result."""
    return str(graph(f, *specs).results[0].type)


def zero(spec: str = "f64[]"):
    return literal(0, parse_type(spec))


def test_sizes_may_be_named():
    assert result(lambda x: o.reshape(x, shape=(3 * N, 2)), "f64[n,6]") == "f64[3*n,2]"
    assert result(lambda x: o.broadcast_to(x, shape=(N, 2)), "f64[1,2]") == "f64[n,2]"
    assert result(lambda x, y: o.concatenate(x, y, axis=0), "f64[n]", "f64[m+1]") == "f64[1+m+n]"
    assert result(lambda x: o.slice(x, start=(1,), stop=(N,), step=(1,)), "f64[n]") == "f64[-1+n]"
    halved = result(lambda x: o.slice(x, start=(0,), stop=(2 * N,), step=(2,)), "f64[2*n]")
    assert halved == "f64[n]"
    padded = result(lambda x: o.pad(x, zero(), low=(N,), high=(-1,), interior=(2,)), "f64[n]")
    assert padded == "f64[-3+4*n]"
    assert result(lambda: o.iota(dtype=np.dtype("f4"), shape=(N, 2), axis=0)) == "f32[n,2]"


def test_what_depends_on_a_named_size_is_refused():
    with pytest.raises(ShapeError, match="cannot be decided"):
        graph(lambda x: o.slice(x, start=(2,), stop=(N,), step=(1,)), "f64[n]")
    with pytest.raises(ShapeError, match="cannot be decided"):
        graph(lambda x: o.pad(x, zero(), low=(-2,), high=(0,), interior=(0,)), "f64[n]")
    with pytest.raises(ShapeError, match="sizes differ"):
        graph(lambda x: o.reshape(x, shape=(N,)), "f64[m]")
    with pytest.raises(ShapeError, match="cannot be broadcast"):
        graph(lambda x: o.broadcast_to(x, shape=(3,)), "f64[n]")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: o.slice(x, start=(1, 0), stop=(N, 1), step=(1, 1)),
        lambda x: o.pad(x, zero(), low=(N, -1), high=(-1, 2), interior=(2, 1)),
        lambda x: o.concatenate(x, o.flip(x, axes=(0,)), x, axis=0),
        lambda x: o.broadcast_to(o.reshape(x, shape=(1, 2 * N)), shape=(N, 2 * N)),
        lambda x: o.cumulative_prod(o.reshape(x, shape=(2 * N,)), axis=0, reverse=True),
    ],
    ids=["slice", "pad", "concatenate", "reshape and broadcast_to", "cumulative_prod"],
)
def test_named_sizes_differentiate_as_numbers_do(f):
    rng = np.random.default_rng(0)
    for n in (1, 2, 5):
        x, t = rng.normal(size=(n, 2)), rng.normal(size=(n, 2))
        g = graph(f, "f64[n,2]")
        (y, dy) = interpret(jvp(g, [True]), [x, t])
        (_, dx) = interpret(vjp(g, [True]), [x, ct := rng.normal(size=y.shape)])
        np.testing.assert_allclose(np.sum(ct * dy), np.sum(dx * t))
        assert dx.shape == x.shape


@pytest.mark.parametrize(
    ("f", "specs", "words"),
    [
        (lambda x: o.reshape(x, shape=(4, 2)), ["f64[2,3]"], "sizes differ: 6 elements"),
        (lambda x: o.reshape(x, shape=(-2, -3)), ["f64[2,3]"], "no array has shape"),
        (lambda x: o.permute_dims(x, perm=(0, 0)), ["f64[2,3]"], "no permutation"),
        (lambda x: o.permute_dims(x, perm=(0,)), ["f64[2,3]"], "no permutation"),
        (lambda x: o.broadcast_to(x, shape=(2, 4)), ["f64[2,3]"], "cannot be broadcast"),
        (lambda x: o.broadcast_to(x, shape=(3,)), ["f64[1,3]"], "cannot be broadcast"),
        (lambda: o.concatenate(axis=0), [], "nothing to join"),
        (
            lambda x, y: o.concatenate(x, y, axis=0),
            ["f64[2]", "f64[2,1]"],
            "numbers of axes differ",
        ),
        (lambda x, y: o.concatenate(x, y, axis=0), ["f64[2,1]", "f64[2,2]"], "sizes differ: 1"),
        (lambda x, y: o.concatenate(x, y, axis=0), ["f64[2]", "f32[2]"], "dtypes differ"),
        (lambda x: o.concatenate(x, axis=0), ["f64[]"], "out of bounds"),
        (lambda x: o.slice(x, start=(0,), stop=(4,), step=(1,)), ["f64[3]"], "0:4:1 does not lie"),
        (lambda x: o.slice(x, start=(2,), stop=(1,), step=(1,)), ["f64[3]"], "2:1:1 does not lie"),
        (lambda x: o.slice(x, start=(0,), stop=(1,), step=(0,)), ["f64[3]"], "0:1:0 does not lie"),
        (lambda x: o.slice(x, start=(0,), stop=(1,), step=(1,)), ["f64[3,3]"], "per axis"),
        (lambda x: o.flip(x, axes=(1,)), ["f64[3]"], "no sorted set of axes"),
        (lambda x: o.flip(x, axes=(1, 0)), ["f64[3,3]"], "no sorted set of axes"),
        (
            lambda x: o.pad(x, zero("f32[]"), low=(0,), high=(0,), interior=(0,)),
            ["f64[3]"],
            "dtypes differ",
        ),
        (lambda x: o.pad(x, x, low=(0,), high=(0,), interior=(0,)), ["f64[3]"], "one number"),
        (lambda x: o.pad(x, zero(), low=(), high=(0,), interior=(0,)), ["f64[3]"], "per axis"),
        (lambda x: o.pad(x, zero(), low=(0,), high=(0,), interior=(-1,)), ["f64[3]"], "negative"),
        (lambda x: o.pad(x, zero(), low=(-2,), high=(-2,), interior=(0,)), ["f64[3]"], "cropped"),
        (lambda: o.iota(dtype=np.dtype("i8"), shape=(), axis=0), [], "no axis 0"),
        (lambda: o.iota(dtype=np.dtype("bool"), shape=(2,), axis=0), [], "not defined for bool"),
    ],
)
def test_operands_that_do_not_fit_are_refused(f, specs, words):
    with pytest.raises((ShapeError, DtypeError), match=words):
        graph(f, *specs)


def test_a_padded_batch_of_values_does_not_mix_with_infinities():
    x = np.array([np.inf, np.nan, -0.0])
    g = graph(lambda x, v: o.pad(x, v, low=(1,), high=(0,), interior=(1,)), "f64[3]", "f64[]")
    (got,) = interpret(vmap(g, [False, True], 2), [x, np.array([7.0, np.inf])])
    expected = [[7, np.inf, 7, np.nan, 7, -0.0], [np.inf, np.inf, np.inf, np.nan, np.inf, -0.0]]
    np.testing.assert_array_equal(got, expected)
    assert np.signbit(got[0, -1])
