"""Types: text and back, dtypes by name, sizes solved from shapes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradloom.ir.dims import evaluate, symbol
from gradloom.ir.errors import DtypeError, GradloomError, ShapeError
from gradloom.ir.types import (
    ObjectType,
    dtype_name,
    dtype_of,
    parse_dim,
    parse_type,
    size_of,
    solve_symbols,
    tensor_type,
    type_of,
)
from tests.ir.strategies import EVERY, dims, shapes, sizes, types

n, m = symbol("n"), symbol("m")


@given(types)
def test_a_type_reads_back_from_its_text(type):
    assert parse_type(str(type)) is tensor_type(type.dtype, type.shape)


@given(dims())
def test_a_dimension_reads_back_from_its_text(dim):
    assert parse_dim(str(dim), signed=True) == dim


@pytest.mark.parametrize("name", EVERY)
def test_a_dtype_reads_back_from_its_name_and_from_numpys(name):
    dtype = dtype_of(name)
    assert dtype_name(dtype) == name
    assert dtype_of(dtype.name) == dtype
    assert dtype_name(dtype.newbyteorder(">")) == name


@pytest.mark.parametrize(
    "name", ["", "f33", "O", "object", "f4,i4", "S9999999999", "f64[3]", "a" * 9999]
)
def test_other_dtypes_are_refused_and_the_known_ones_named(name):
    with pytest.raises(DtypeError, match="known dtypes: bool"):
        dtype_of(name)


def test_a_dtype_that_no_graph_holds_is_refused():
    for dtype in (np.dtype("O"), np.dtype("datetime64[s]"), np.dtype("U3"), np.dtype("i4,f4")):
        with pytest.raises(DtypeError, match="cannot stand in a graph"):
            dtype_name(dtype)


def test_a_spec_may_have_spaces_a_last_comma_or_no_brackets():
    assert parse_type(" f32 [ batch , 2 * n ]") == parse_type("f32[batch,2*n]")
    assert parse_type("f64[3,]") == parse_type("f64[3]")
    assert parse_type("i64") == parse_type("i64[]")
    assert parse_type("f32[n*2 - m + n]").shape == (3 * n - m,)


@pytest.mark.parametrize(
    "text",
    [
        "", "f64[", "f64]", "f64[3", "f64[-1]", "f64[3 4]", "f64[a b]", "f64[n-]", "f64[n**2]",
        "f64[n//2]",
        "f64[+]", "f64[,]", "f64[3,,4]", "f64[1.5]", "f64[0x10]", "f64[1_0]", "f64[²]",
        "f64[__import__('os')]",
        "F64[3]", "f64[9999999999999999999999]", f"f64[{'n*' * 40}n]", f"f64[{','.join('1' * 65)}]",
        f"f64[{'9' * 5000}]", "f64[n--3]", "f64[--3]", "f64[3]\n f64",
    ],
)  # fmt: skip
def test_what_is_no_type_is_refused(text):
    with pytest.raises(GradloomError):
        parse_type(text)


@given(st.text(alphabet="f64i[]n*+-,0123456789 \u0663²", max_size=20))
def test_any_text_is_a_type_or_an_error_of_ours(text):
    try:
        type = parse_type(text)
    except GradloomError:
        return
    assert parse_type(str(type)) == type


@given(shapes, sizes)
def test_the_number_of_elements_is_the_product_of_the_shape(shape, at):
    due = int(np.prod([evaluate(d, at) for d in shape], dtype=np.int64))
    assert evaluate(size_of(shape), at) == due


def test_the_type_of_a_value_is_numpys():
    assert str(type_of(np.zeros((2, 0), ">f4"))) == "f32[2,0]"
    assert str(type_of(True)) == "bool[]"
    assert str(type_of(1j)) == "c128[]"
    assert str(type_of(np.float16(1))) == "f16[]"


@given(st.integers(1, 9), st.integers(1, 9))
def test_sizes_are_solved_from_shapes(a, b):
    given_types = [parse_type("f64[n,2*m+1]"), parse_type("f64[n*n]"), parse_type("f64[m*n]")]
    shapes = [(a, 2 * b + 1), (a * a,), (a * b,)]
    assert solve_symbols(given_types, shapes) == {"n": a, "m": b}
    with pytest.raises(ShapeError, match="is due"):
        solve_symbols(given_types, [*shapes[:2], (a * b + 1,)])


def test_sizes_that_the_shapes_do_not_tell_are_refused():
    with pytest.raises(ShapeError, match="cannot be told"):
        solve_symbols([parse_type("f64[n+m]")], [(5,)])
    with pytest.raises(ShapeError, match="n >= 1"):
        solve_symbols([parse_type("f64[2*n]")], [(5,)])


def test_a_size_of_numpy_is_kept_as_a_plain_int():
    made = tensor_type(np.dtype(np.float64), (np.int64(4321), 7))
    assert [type(size) for size in made.shape] == [int, int]
    assert tensor_type(np.dtype(np.float64), (4321, 7)) is made


def test_object_types_print_unlike_dtypes():
    assert str(ObjectType()) == "object"
    assert str(ObjectType("f64")) == 'object("f64")'
    assert ObjectType("a") != ObjectType("b")
