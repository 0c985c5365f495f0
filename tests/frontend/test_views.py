"""Programs of views and writes, drawn at random: values, dtypes, shapes and the caller's arrays."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

import gradloom as gl
from gradloom.ir.errors import GradloomError
from tests.frontend.traced import assert_same, run_traced
from tests.frontend.views import Program, drawn

QUICK = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
Run = Callable[[Callable[..., Any], list[np.ndarray]], Any]


@contextmanager
def _quiet() -> Iterator[None]:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _same(x: np.ndarray) -> np.ndarray:
    return x


def _turned(x: np.ndarray) -> np.ndarray:
    return x.T.copy().T


def _strided(x: np.ndarray) -> np.ndarray:
    return np.repeat(x, 2, -1)[..., ::2] if x.ndim else x


def _agrees(program: Program, run: Run, turn: Callable[..., Any] = _same) -> None:
    """What `run` makes of the program is what numpy makes of it, or it is refused."""
    plain, ours = ([turn(x) for x in program.given()] for _ in range(2))
    function = program.function()
    with _quiet():
        try:
            expected = function(*plain)
        except (AttributeError, ValueError):  # numpy's refusal of `x.shape = ...`, `x.resize(...)`
            reject()
        try:
            result = run(function, ours)
        except GradloomError:
            reject()
    assert_same(result, expected)
    assert_same(ours, plain)


@QUICK
@given(st.data())
def test_compiled_programs_of_views_and_writes_leave_what_numpy_leaves(data: Any) -> None:
    _agrees(drawn(data), lambda f, args: gl.compile(f)(*args))


@QUICK
@given(st.data())
def test_so_do_programs_that_are_traced_with_values_at_hand(data: Any) -> None:
    def run(f: Callable[..., Any], args: list[np.ndarray]) -> Any:
        result = run_traced(f, *[x.copy() for x in args], values=True)
        f(*args)  # what becomes of the arguments is not asked here
        return result

    _agrees(drawn(data, masks=True), run)


@settings(QUICK, max_examples=25)
@given(st.data())
def test_in_whatever_order_the_arguments_lie_the_result_is_numpys(data: Any) -> None:
    program = drawn(data, dtypes="di")
    compiled = gl.compile(program.function())
    for turn in (_same, _turned, _strided):
        _agrees(program, lambda f, args: compiled(*args), turn)


def _total(function: Callable[..., Any]) -> Callable[..., Any]:
    """A number that depends on every float that is left, the arguments' included."""

    def total(*args: Any) -> Any:
        left = [x for x in (*function(*args), *args) if x.dtype.kind == "f"]
        parts = [np.sum(np.cos(np.arange(1.0, x.size + 1)).reshape(x.shape) * x) for x in left]
        return sum(parts, 0.0)

    return total


def _slopes(f: Callable[..., Any], args: list[np.ndarray], step: float) -> np.ndarray:
    """Central differences by each element of the arguments."""
    found = []
    for i, x in enumerate(args):
        for place in np.ndindex(x.shape):
            high, low = ([a.copy() for a in args] for _ in range(2))
            high[i][place] += step
            low[i][place] -= step
            found.append((f(*high) - f(*low)) / (2 * step))
    return np.array(found)


@settings(QUICK, max_examples=30)
@given(st.data())
def test_gradients_of_views_and_writes_are_slopes_and_leave_the_arguments(data: Any) -> None:
    program = drawn(data, most=6, dtypes="d")
    shift = np.random.default_rng(0)
    args = [np.asarray(x + shift.uniform(0.1, 0.4, x.shape)) for x in program.given()]
    f = _total(program.function())
    with _quiet():
        slopes, again = (_slopes(f, args, step) for step in (1e-6, 3e-7))
        if not np.allclose(slopes, again, 1e-4, 1e-4) or np.abs(slopes).max(initial=0) > 1e6:
            reject()  # a kink, an overflow
        given = [x.copy() for x in args]
        try:
            gradients = gl.grad(f, argnums=tuple(range(len(given))))(*given)
        except GradloomError:
            reject()
    assert_same(given, args)
    flat = np.concatenate([np.ravel(g) for g in gradients])
    scale = max(1.0, float(np.abs(slopes).max(initial=0)))
    np.testing.assert_allclose(flat, slopes, rtol=1e-3, atol=1e-3 * scale)
