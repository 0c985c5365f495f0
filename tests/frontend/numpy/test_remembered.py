"""A call that is remembered adds what the call itself would have added."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.numpy import remembered
from gradloom.ir.errors import ShapeError

UFUNCS = [np.add, np.multiply, np.divide, np.power, np.maximum, np.less, np.floor_divide,
          np.bitwise_and, np.matmul, np.arctan2]  # fmt: skip
UNARY = [np.negative, np.exp, np.isnan, np.floor, np.sign, np.conjugate, np.absolute]
BINARY = [
    lambda x, y: x + y,
    lambda x, y: x * y,
    lambda x, y: y - x,
    lambda x, y: x / (y + 1),
    lambda x, y: x < y,
    np.maximum,
]
DTYPES = ["bool", "int8", "int64", "uint64", "float32", "float64", "complex64"]
SHAPES = [(), (1,), (3,), (2, 1), (2, 3), (3, 3)]
NUMBERS = [0, 1, 2, 300, -1, 0.0, -0.0, 0.5, float("nan"), float("inf"), True, 1j,
           np.float32(2), np.int8(3)]  # fmt: skip

arrays = st.builds(lambda d, s: np.ones(s, d), st.sampled_from(DTYPES), st.sampled_from(SHAPES))


def traced(f, *args):
    """The graph of a call as text, or what it raises."""
    try:
        return gl.trace(f, *args).text()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def forgetful(f, *args):
    remembered._recipes.clear()
    return traced(f, *args)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(UFUNCS), arrays, arrays | st.sampled_from(NUMBERS), st.booleans())
def test_a_remembered_call_of_two_adds_the_nodes_of_the_first(ufunc, x, y, swap):
    def f(x, *rest):
        other = rest[0] if rest else y
        return ufunc(other, x) if swap else ufunc(x, other)

    args = (x, y) if isinstance(y, np.ndarray) else (x,)
    first = forgetful(f, *args)
    assert traced(f, *args) == first


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(UNARY), arrays)
def test_a_remembered_call_of_one_adds_the_nodes_of_the_first(ufunc, x):
    assert forgetful(ufunc, x) == traced(ufunc, x)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 9)), max_size=8),
    st.lists(arrays, min_size=2, max_size=3),
)
def test_programs_are_traced_alike_with_and_without_memory(lines, given):
    def f(*values):
        found = [*values, 2, 0.5, -0.0]
        for which, i, j in lines:
            x, y = found[i % len(found)], found[j % len(found)]
            made = BINARY[which](x, y)
            found.append(made)
        return found

    assert forgetful(f, *given) == traced(f, *given)


def test_a_product_with_itself_is_not_that_of_two_arrays():
    x = np.arange(3.0)
    gl.trace(lambda x: x * x, x)
    assert "multiply(%x, %y)" in gl.trace(lambda x, y: x * y, x, x).text()
    assert "multiply(%x, %x)" in gl.trace(lambda x: x * x, x).text()


def test_zero_keeps_its_sign():
    x = np.float64(3.0)
    for zero in (0.0, -0.0):
        assert np.signbit(gl.trace(lambda x, z=zero: x * z, x)(x)) == np.signbit(zero)


def test_a_value_written_in_place_is_read_as_it_is_now():
    def f(x):
        y = x.copy()
        a = y * 2
        view = y[1:]
        y[:] = 5.0
        return a, y * 2, view * 2

    x = np.arange(3.0)
    for made, due in zip(gl.trace(f, x)(x), f(x), strict=True):
        np.testing.assert_array_equal(made, due)


def test_an_outer_value_is_captured_and_its_derivative_kept():
    def f(x):
        return gl.grad(lambda y: np.sum(x * y * x))(x)

    x = np.arange(3.0)
    np.testing.assert_allclose(gl.grad(lambda x: np.sum(f(x)))(x), 2 * x)


def test_every_node_of_a_remembered_call_has_its_own_line():
    def f(x):
        x = x * 2.0
        return x * 2.0

    first, second = gl.trace(f, np.ones(3)).nodes
    assert second.location.line == first.location.line + 1


def test_what_numpy_refuses_is_refused_again():
    for _ in range(2):
        with pytest.raises(ShapeError, match="do not broadcast"):
            gl.trace(lambda x, y: x + y, np.ones(3), np.ones(4))


def test_a_view_that_is_read_anew_is_no_part_of_what_is_remembered():
    def first(x, y):
        v = x[::-1]
        x[0] = 5.0
        return v + x

    def second(x, y):
        v = x[::-1]
        return v + y

    remembered._recipes.clear()
    x, y = np.arange(4.0), np.array([7.0, 0.0, 1.0, 2.0])
    for f in (first, second):
        np.testing.assert_array_equal(gl.compile(f, "numpy")(x.copy(), y), f(x.copy(), y))


def test_results_lie_in_memory_alike_with_and_without_memory():
    def f(x, y):
        a = x.T + y.T
        b = np.exp(a) * 2.0
        c = a @ b.T
        return [made.reshape(-1) for made in (a, -b, c, np.sqrt(c) + c, (x + y).T * 3)]

    x, y = np.arange(6.0).reshape(2, 3), np.ones((2, 3))
    first = forgetful(f, x, y)
    assert traced(f, x, y) == first
    remembered._recipes.clear()
    for _ in range(2):
        for ours, theirs in zip(gl.compile(f, "numpy")(x, y), f(x, y), strict=True):
            np.testing.assert_array_equal(ours, theirs)
