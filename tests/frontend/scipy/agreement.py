"""Compares traced forms with scipy's own functions, through the names that users call."""

from __future__ import annotations

import functools
import importlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import gradloom as gl
from gradloom.frontend.libraries import MODULES
from tests.frontend.traced import assert_same, run_traced


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """What `f` gives, or the error that it raises for its arguments."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return f(*args)
    except (ValueError, TypeError, IndexError, RuntimeError) as error:
        return error


def assert_like_scipy(
    module: str, name: str, *args: Any, rtol: float | None = None, **more: Any
) -> None:
    """The traced form gives what scipy gives (value, dtype, shape, kind), or raises as it does."""
    theirs = outcome(
        functools.partial(getattr(importlib.import_module(module), name), **more), *args
    )
    ours = outcome(lambda: run_traced(functools.partial(MODULES[module][name], **more), *args))
    if isinstance(theirs, Exception):
        assert isinstance(ours, Exception), (name, theirs, ours)
        return
    assert not isinstance(ours, Exception), (name, ours)
    assert_same(ours, theirs, rtol)


def assert_derivatives(f: Callable[..., Any], x: np.ndarray, rtol: float = 1e-5) -> None:
    """Both modes agree with central differences of `f` on plain arrays, along a direction."""
    direction = np.random.default_rng(5).normal(size=x.shape)
    step = 1e-6
    expected = (np.sum(f(x + step * direction)) - np.sum(f(x - step * direction))) / (2 * step)
    backward = np.sum(gl.grad(lambda x: np.sum(f(x)))(x) * direction)
    forward = gl.jvp(lambda x: np.sum(f(x)), (x,), (direction,))[1]
    np.testing.assert_allclose(backward, expected, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(forward, backward, rtol=1e-9, atol=1e-10)


def assert_on_backends(f: Callable[..., Any], *args: Any, rtol: float = 1e-9) -> None:
    """Every framework gives what plain `f` gives."""
    expected = f(*args)
    for backend in ("numpy", "torch", "jax", "tensorflow"):
        made = gl.compile(f, backend=backend)(*args)
        np.testing.assert_allclose(np.asarray(made), expected, rtol=rtol, atol=rtol)
