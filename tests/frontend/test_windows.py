"""Results that are views of arrays which the function changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.frontend.signature import flatten
from gradloom.ir.errors import TraceError

BUFFER = np.zeros((2, 3))


def _parts(x: Any) -> Any:
    x[0] = 5
    return x[1:], {"turned": x.T, "back": x[::-1, ::-1]}, x, x[0], x[1, 1:2], x[..., None]


def _reshaped(x: Any) -> Any:
    x += 1
    return x.reshape(-1)[::2], x.ravel(), x.diagonal(), np.broadcast_to(x[0], (2, *x[0].shape))


def _complex(x: Any) -> Any:
    x.imag[0] = 1
    return x.real, x.imag[1], x.real.T[1:], x.conj()


def _from_outside(x: Any) -> Any:
    BUFFER[...] = x.reshape(2, 3).real
    return BUFFER, BUFFER[1], BUFFER.T[1:], BUFFER * 2


def _mixed(x: Any) -> Any:
    x[0, 0] = 3
    return x * 2, x.copy(), x[[0]], x[x.real > 3], x[1:1], [x[:1]]


def _fresh(order: str) -> np.ndarray:
    made = np.arange(24.0).reshape(4, 6) * (1 + 2j)
    base = {"C": made[:2, :3].copy(), "F": made[:2, :3].copy("F"), "strided": made[::2, ::-2]}
    return base[order]


@pytest.mark.parametrize("order", ["C", "F", "strided"])
@pytest.mark.parametrize("f", [_parts, _reshaped, _complex, _from_outside, _mixed])
@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
def test_a_result_shares_memory_with_the_callers_array_where_numpys_does(
    f: Callable[..., Any], order: str
) -> None:
    run, x, y = gl.compile(f), _fresh(order), _fresh(order)
    for _ in range(2):
        BUFFER[...] = 0
        due = flatten(f(x))[0]
        shared = [np.shares_memory(d, x) or np.shares_memory(d, BUFFER) for d in due]
        whole = [d is x or d is BUFFER for d in due]
        for d, g, is_shared, is_whole in zip(due, flatten(run(y))[0], shared, whole, strict=True):
            np.testing.assert_array_equal(g, d)
            assert (np.shares_memory(g, y) or np.shares_memory(g, BUFFER)) == is_shared
            assert (g is y or g is BUFFER) == is_whole
            if is_shared:
                assert g.flags.writeable == d.flags.writeable
        np.testing.assert_array_equal(y, x)


def test_a_write_into_a_returned_view_reaches_the_callers_array() -> None:
    def f(x: Any) -> Any:
        x *= 2
        return x[1:, ::2]

    x = np.ones((2, 4))
    gl.compile(f)(x)[...] = 7
    np.testing.assert_array_equal(x, [[2, 2, 2, 2], [7, 2, 7, 2]])


def test_a_mapped_function_returns_copies_of_views_of_its_examples() -> None:
    def f(row: Any) -> Any:
        row *= 2
        return row[1:]

    x = np.ones((2, 3))
    made = gl.vmap(f)(x)
    np.testing.assert_array_equal(made, np.full((2, 2), 2.0))
    np.testing.assert_array_equal(x, np.full((2, 3), 2.0))


SPANS = st.builds(
    slice, *[st.sampled_from([None, -3, -1, 0, 1, 2, 4])] * 2, st.sampled_from([1, 2, 3, -1, -2])
)
KEYS = st.tuples(*[st.one_of(st.integers(-3, 2), SPANS)] * 2)
VIEWS: list[Callable[[Any], Any]] = [lambda x: x, lambda x: x.T, lambda x: x[::-1]]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(KEYS, KEYS, st.sampled_from(VIEWS), st.sampled_from(VIEWS), st.booleans())
def test_a_store_of_an_arrays_own_elements_reads_what_numpy_reads(
    to: Any, key: Any, target: Any, source: Any, fills: bool
) -> None:
    """Vectors that go the same way through memory are stored one by one, others copied first."""

    def f(x: Any) -> None:
        if fills:
            np.copyto(target(x)[to], source(x)[key])
        else:
            target(x)[to] = source(x)[key]

    def flat(x: Any) -> None:
        target(x).flat[to[0]] = source(x)[key]

    for store in (f, flat):
        x = np.arange(9.0).reshape(3, 3)
        ours = x.copy()
        try:
            store(x)
        except (ValueError, TypeError):  # shapes that do not fit, a number to copy into
            continue
        gl.compile(store)(ours)
        np.testing.assert_array_equal(ours, x)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), min_size=9, max_size=9), SPANS, st.booleans())
def test_elements_stored_by_a_mask_in_their_own_memory_are_numpys_or_refused(
    held: list[bool], key: Any, is_turned: bool
) -> None:
    mask = np.array(held)

    def f(x: Any) -> None:
        whole = x.T if is_turned else x
        whole[mask.reshape(3, 3)] = x.reshape(-1)[key][: mask.sum()]

    x = np.arange(9.0).reshape(3, 3)
    ours = x.copy()
    try:
        f(x)
    except ValueError:
        return
    try:
        gl.compile(f)(ours)
    except TraceError:
        return
    np.testing.assert_array_equal(ours, x)


def test_a_traced_mask_over_values_of_the_same_memory_is_refused() -> None:
    def f(x: Any) -> None:
        x[x > 1] = x[::-1]

    with pytest.raises(TraceError, match="where a mask holds"):
        gl.compile(f)(np.arange(4.0))


def test_parts_joined_into_the_memory_that_they_share_are_written_one_after_the_other() -> None:
    def f(x: Any) -> None:
        np.concatenate([x[2:], x[:2]], out=x)
        np.stack([x[:, 1], x[:, 0], x[:, 2], x[:, 1]], axis=1, out=x)
        np.ptp(x, 1, out=x[:, 0])

    x = np.arange(16.0).reshape(4, 4) ** 2 % 7
    ours = x.copy()
    f(x)
    gl.compile(f)(ours)
    np.testing.assert_array_equal(ours, x)


@pytest.mark.parametrize("order", ["C", "F"])
def test_an_argument_that_is_resized_in_place_has_the_size_afterwards(order: Any) -> None:
    def f(x: Any) -> Any:
        x.resize((2, 5), refcheck=False)
        x[0] += 1
        return x.sum()

    x, ours = (np.array(np.arange(6.0).reshape(2, 3), order=order) for _ in range(2))
    assert gl.compile(f)(ours) == f(x)
    np.testing.assert_array_equal(ours, x)
