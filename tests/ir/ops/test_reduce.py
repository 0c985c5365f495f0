import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradloom.ir import build
from gradloom.ir import ops as o
from gradloom.ir.errors import DtypeError, ShapeError
from gradloom.ir.interpret import interpret
from gradloom.ir.types import parse_type, type_of
from gradloom.passes.linearize import jvp

BF16 = np.dtype(ml_dtypes.bfloat16)


def run(f, *arrays):
    g = build.graph_of(f, [type_of(a) for a in arrays])
    return interpret(g, arrays)[0]


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_there_is_no_winner_of_nothing(name: str):
    op, attrs = o.by_name(name), {"axis": 0} if name.startswith("arg") else {"axes": (0,)}
    with pytest.raises(ShapeError, match="axis 0 of f64\\[0,3\\] is empty"):
        build.graph_of(lambda x: op(x, **attrs), [parse_type("f64[0,3]")])


@pytest.mark.parametrize(
    ("f", "spec", "words"),
    [
        (lambda x: o.sum(x, axes=(0,)), "bool[3]", "sum is not defined for bool"),
        (lambda x: o.any(x, axes=(0,)), "i64[3]", "any is not defined for i64"),
        (lambda x: o.max(x, axes=(0,)), "c64[3]", "max is not defined for c64"),
        (lambda x: o.sum(x, axes=(1,)), "f64[3]", "no sorted set of axes"),
        (lambda x: o.sum(x, axes=(0, 0)), "f64[3]", "no sorted set of axes"),
        (lambda x: o.argmax(x, axis=1), "f64[3]", "out of bounds"),
        (lambda x: o.cumulative_sum(x, axis=-1), "f64[3]", "out of bounds"),
    ],
)
def test_operands_that_do_not_fit_are_refused(f, spec: str, words: str):
    with pytest.raises((ShapeError, DtypeError), match=words):
        build.graph_of(f, [parse_type(spec)])


def test_integers_wrap_in_their_own_dtype():
    assert run(lambda x: o.sum(x, axes=(0,)), np.array([100, 100], "i1")) == -56
    assert run(lambda x: o.cumulative_prod(x, axis=0), np.array([100, 3], "i1")).tolist() == [
        100,
        44,
    ]


def test_low_precision_accumulates_in_f32():
    ones = np.ones(1000, BF16)
    total = run(lambda x: o.sum(x, axes=(0,)), ones)
    assert (total.dtype, float(total)) == (BF16, 1000.0)
    running = run(lambda x: o.cumulative_sum(x, axis=0, reverse=True), ones)
    assert (running.dtype, float(running[0])) == (BF16, 1000.0)
    assert float(run(lambda x: o.prod(x, axes=(0,)), ones)) == 1.0


def test_low_precision_winners_keep_their_dtype():
    x = np.array([1.5, 2.5, -1.0], BF16)
    assert run(lambda x: o.max(x, axes=(0,)), x).dtype == BF16
    assert run(lambda x: o.argmin(x, axis=0), x) == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.0, 1.0, -2.0, 0.5]), min_size=1, max_size=9), st.booleans())
def test_running_products_differentiate_right_with_any_zeros(row: list[float], reverse: bool):
    x = np.array(row)
    g = build.graph_of(lambda x: o.cumulative_prod(x, axis=0, reverse=reverse), [type_of(x)])
    for j in range(len(x)):
        (_, got) = interpret(jvp(g, [True]), [x, np.eye(len(x))[j]])
        ones = np.where(np.arange(len(x)) == j, 1.0, x)
        order = slice(None, None, -1) if reverse else slice(None)
        products = np.cumprod(ones[order])[order]
        reached = np.arange(len(x)) <= j if reverse else np.arange(len(x)) >= j
        np.testing.assert_allclose(got, products * reached, atol=1e-12)


def test_running_products_take_a_logarithmic_number_of_rounds():
    g = build.graph_of(lambda x: o.cumulative_prod(x, axis=0), [parse_type("f64[1024]")])
    assert len(jvp(g, [True]).nodes) == 1 + 10 * 6
