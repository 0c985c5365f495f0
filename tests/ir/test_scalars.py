"""Numbers as text: every bit pattern of every dtype reads back."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradloom.ir.errors import ParseError
from gradloom.ir.scalars import read_scalar, scalar_text
from gradloom.ir.types import dtype_of
from tests.ir.strategies import scalars


def again(value):
    text = scalar_text(value)
    parts = tuple(text[1:-1].split(", ")) if text.startswith("(") else text
    return read_scalar(parts, value.dtype)


@settings(max_examples=500)
@given(scalars)
@example(np.float64(-0.0))
@example(np.float32(-np.nan))
@example(np.float64(5e-324))
@example(np.float32(1.1754942e-38))
@example(np.int64(-(2**63)))
@example(np.uint64(2**64 - 1))
@example(np.complex128(complex(-0.0, np.inf)))
def test_any_bit_pattern_reads_back_to_itself(value):
    read = again(value)
    assert read.dtype == value.dtype
    assert read.tobytes() == value.tobytes()


@pytest.mark.parametrize("name", ["f16", "bf16", "f8_e4m3fn", "f8_e5m2"])
def test_all_low_precision_numbers_read_back(name):
    dtype = dtype_of(name)
    unsigned = np.dtype(f"u{dtype.itemsize}")
    patterns = np.arange(0, 2 ** (8 * dtype.itemsize), 1 if dtype.itemsize == 1 else 7, unsigned)
    wrong = [v for v in patterns.view(dtype) if again(v).tobytes() != v.tobytes()]
    assert not wrong


def test_short_floats_stay_short():
    assert scalar_text(np.float32(0.1)) == "0.1"
    assert scalar_text(np.float16(0.1)) == "0.1"
    assert scalar_text(np.float64(2)) == "2.0"
    assert scalar_text(np.complex64(1 - 2j)) == "(1.0, -2.0)"


def test_a_print_option_of_numpy_changes_no_text():
    values = [np.float32(1 / 3), np.float64(1 / 3), np.float16(1 / 3)]
    before = [scalar_text(v) for v in values]
    with np.printoptions(precision=2, suppress=True):
        assert [scalar_text(v) for v in values] == before


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("256", "u8"), ("-1", "u8"), ("2.0", "i64"), ("1e999", "f64"), ("70000.0", "f16"),
        ("true", "f32"),
        ("1", "bool"), ("inf", "i32"), ("nan", "bool"), ("inf", "f8_e4m3fn"), ("nan_1", "f32"),
        ("nan_fff8000000000000000", "f64"), ("٣", "i64"), ("1_000", "i64"), ("0x10", "i64"),
        ("1e5", "i64"),
        ("9" * 5000, "i64"), ("9" * 5000, "f64"), ("", "f64"), ("-", "i64"), ("--1", "i64"),
        ("infinity", "f64"),
        (("1.0", "2.0"), "f64"), (("1.0", "x"), "c128"),
    ],
)  # fmt: skip
def test_a_number_that_the_dtype_cannot_hold_is_refused(text, dtype):
    with pytest.raises(ParseError):
        read_scalar(text, dtype_of(dtype))


@given(st.text(), st.sampled_from(["f64", "i64", "bool", "c64", "bf16"]))
def test_any_text_is_a_number_or_a_parse_error(text, name):
    try:
        value = read_scalar(text, dtype_of(name))
    except ParseError:
        return
    assert value.dtype == dtype_of(name)
