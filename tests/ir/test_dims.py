"""Dimensions: arithmetic agrees with numbers, and a comparison answers only what holds for all
sizes.
"""

import itertools
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.ir.dims import Dim, evaluate, exact_quotient, substitute, symbol
from gradloom.ir.errors import ShapeError
from tests.ir.strategies import SYMBOLS, dims, sizes

n, m = symbol("n"), symbol("m")
ALL_SIZES = [
    dict(zip(SYMBOLS, each, strict=True)) for each in itertools.product([1, 2, 3, 7], repeat=3)
]


@given(dims(), dims(), sizes)
def test_arithmetic_agrees_with_numbers(a, b, at):
    x, y = evaluate(a, at), evaluate(b, at)
    assert evaluate(a + b, at) == x + y
    assert evaluate(a - b, at) == x - y
    assert evaluate(a * b, at) == x * y
    assert evaluate(-a, at) == -x


@given(dims(), dims(), dims())
def test_equal_polynomials_are_equal_dimensions(a, b, c):
    assert (a + b) * c == a * c + c * b
    assert hash((a + b) * c) == hash(a * c + c * b)
    assert a - a == 0
    assert (a + b) - b == a


@given(dims(), dims())
def test_a_difference_of_values_is_a_difference_of_dimensions(a, b):
    same = all(evaluate(a, at) == evaluate(b, at) for at in ALL_SIZES)
    assert (a == b) == same


@given(dims(), dims(), sizes)
def test_a_product_divides_exactly(a, b, at):
    if b == 0:
        return
    assert exact_quotient(a * b, b) == a
    quotient = exact_quotient(a, b)
    if quotient is not None:
        assert quotient * b == a
        assert evaluate(quotient, at) * evaluate(b, at) == evaluate(a, at)


@given(dims(), dims(), st.sampled_from([operator.lt, operator.le, operator.gt, operator.ge]))
def test_an_answer_to_a_comparison_holds_for_all_sizes(a, b, compare):
    try:
        answer = compare(a, b)
    except ShapeError:
        return
    assert all(compare(evaluate(a, at), evaluate(b, at)) == answer for at in ALL_SIZES)


@given(dims())
def test_truth_is_answered_only_when_it_holds_for_all_sizes(a):
    if isinstance(a, int):
        return
    try:
        answer = bool(a)
    except ShapeError:
        return
    assert all(bool(evaluate(a, at)) == answer for at in ALL_SIZES)


@pytest.mark.parametrize(
    ("a", "b", "less"),
    [
        (1, n + 1, True),
        (n, n + m, True),
        (n, 1, False),
        (n * m, n, False),
        (2 * n * m + 1, n, False),
    ],
)
def test_what_holds_for_all_sizes_is_decided(a, b, less):
    assert (a < b) is less


@pytest.mark.parametrize("ask", [lambda: n < 5, lambda: n > m, lambda: bool(n - 4), lambda: 7 % n])
def test_what_depends_on_the_size_is_refused_with_advice(ask):
    with pytest.raises(ShapeError, match="concrete size"):
        ask()


@given(dims(), dims(), sizes)
def test_substitution_and_evaluation_agree(a, b, at):
    assert evaluate(substitute(a, {"n": b}), at) == evaluate(a, {**at, "n": evaluate(b, at)})


def test_a_named_dimension_is_never_one_number():
    assert n != 1
    assert isinstance(n * 0 + 3, int)
    assert isinstance(n, Dim)


@pytest.mark.parametrize("name", ["", "a b", "1x", "a-b", "a\n", 'x"', "a.b"])
def test_a_symbol_is_a_word(name):
    with pytest.raises(ShapeError, match="cannot name a dimension"):
        symbol(name)
