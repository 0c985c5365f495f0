"""Ticks are round, evenly apart and inside; scales keep order; short texts keep three digits."""

import itertools
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradloom as gl
from gradloom.viz.ticks import (
    Scale,
    byte_text,
    log_ticks,
    number_text,
    round_ticks,
    scale_over,
    short_text,
    time_text,
)

NUMBERS = st.floats(-1e12, 1e12)


@given(low=NUMBERS, width=st.floats(1e-3, 1e12), most=st.integers(1, 12))
def test_ticks_are_few_evenly_apart_and_inside(low: float, width: float, most: int) -> None:
    high = low + width
    ticks = round_ticks(low, high, most)
    assert len(ticks) <= most
    slack = 1e-6 * max(abs(low), abs(high), width)
    assert all(low - slack <= t <= high + slack for t in ticks)
    gaps = [b - a for a, b in itertools.pairwise(ticks)]
    assert all(math.isclose(gap, gaps[0], rel_tol=1e-3, abs_tol=slack) for gap in gaps)


@pytest.mark.parametrize("high", [1, 7, 10, 99, 12_345, 0.003])
def test_an_axis_from_nothing_has_ticks_enough_to_read(high: float) -> None:
    ticks = round_ticks(0, high)
    assert 3 <= len(ticks) <= 6
    step = ticks[1] / 10 ** math.floor(math.log10(ticks[1]))
    assert round(step, 9) in (1, 2, 5)


@given(st.integers(1, 1 << 44))
def test_ticks_of_bytes_are_multiples_of_a_power_of_two(high: int) -> None:
    ticks = round_ticks(0, high, unit="bytes")
    assert 1 <= len(ticks) <= 6
    if len(ticks) > 1:
        assert math.log2(ticks[1]).is_integer()


@given(st.integers(-12, 12), st.integers(1, 24))
def test_a_logarithmic_axis_has_powers_of_ten(first: int, decades: int) -> None:
    numbered, between = log_ticks(10.0**first, 10.0 ** (first + decades))
    assert 2 <= len(numbered) <= 9
    assert all(round(math.log10(n), 9).is_integer() for n in numbered)
    assert all(numbered[0] <= b <= 10.0 ** (first + decades) * 1.001 for b in between)


def test_less_than_a_decade_has_twos_and_fives() -> None:
    assert log_ticks(1.5, 8)[0] == (2, 5)


@given(st.lists(NUMBERS, min_size=1, max_size=8), st.booleans(), st.booleans())
def test_a_scale_holds_its_numbers_in_order(numbers: list[float], log: bool, zero: bool) -> None:
    scale = scale_over(numbers, 100, 500, log=log, zero=zero)
    places = [scale.at(n) for n in sorted(numbers)]
    assert places == sorted(places)
    assert all(100 - 1e-6 <= p <= 500 + 1e-6 for p in places)


def test_what_is_no_number_does_not_move_a_scale() -> None:
    wild = [float("nan"), float("inf"), 1.0, 3.0]
    assert scale_over(wild, 0, 1) == Scale(1, 3, 0, 1)
    assert scale_over([], 0, 1) == Scale(0, 1, 0, 1)
    assert scale_over([-1.0, 0.0], 0, 1, log=True) == Scale(1, 10, 0, 1, log=True)


@pytest.mark.parametrize("ends", [(1, 1), (2, 1), (0, float("inf")), (float("nan"), 1)])
def test_an_axis_without_two_ends_is_refused(ends: tuple[float, float]) -> None:
    with pytest.raises(gl.ArgumentError, match="an axis from"):
        Scale(*ends, 0, 100)


def test_a_logarithm_of_nothing_is_refused() -> None:
    with pytest.raises(gl.ArgumentError, match="logarithmic"):
        Scale(0, 1, 0, 100, log=True)


@given(st.floats(1, 1e14))
def test_a_short_text_is_the_number_to_three_digits(number: float) -> None:
    said, prefix = re.fullmatch(r"([\d.]+) ?([kMGT]?)", short_text(number)).groups()
    assert float(said) * 1000.0 ** " kMGT".index(prefix or " ") == pytest.approx(number, rel=6e-3)


@given(st.integers(1, 1 << 44))
def test_bytes_are_told_to_three_digits(nbytes: int) -> None:
    said, unit = byte_text(nbytes).split()
    size = 1024.0 ** ("B", "KiB", "MiB", "GiB", "TiB").index(unit)
    assert float(said) * size == pytest.approx(nbytes, rel=6e-3)


@given(st.floats(1e-9, 1e3))
def test_times_are_told_to_three_digits(seconds: float) -> None:
    said, unit = time_text(seconds).split()
    size = {"s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}[unit]
    assert float(said) * size == pytest.approx(seconds, rel=6e-3)


def test_numbers_are_told_by_their_unit() -> None:
    assert number_text(0, "bytes") == "0"
    assert number_text(2048, "bytes") == "2 KiB"
    assert number_text(0.5, "seconds") == "500 ms"
    assert number_text(1500) == "1.5 k"
    assert short_text(float("nan"), "B") == "nan B"
