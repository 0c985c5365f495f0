"""Branches and loops inside transforms, and transforms inside branches and loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.staging.agreement import DRAWS, assert_compiled, assert_same


def grad_of_a_branch(x: Any, s: Any) -> Any:
    return gl.grad(lambda t: t * t if t > 0.0 else -t)(s)


def grad_in_a_branch(x: Any, s: Any) -> Any:
    if s > 0.0:
        return gl.grad(lambda t: t**3 if t > 1.0 else t)(s)
    return s


def grad_in_a_loop(x: Any, s: Any) -> Any:
    def loss(w: Any) -> Any:
        total = 0.0
        for v in x:
            if v > w:
                total = total + (v - w) ** 2
        return total

    k, w = 0, s
    while k < 5 and abs(gl.grad(loss)(w)) > 1e-3:
        w = w - 0.1 * gl.grad(loss)(w)
        k += 1
    return w


def vmap_of_a_branch(x: Any, s: Any) -> Any:
    def one(t: Any) -> Any:
        if t > s:
            return t * 2.0
        return t - 1.0

    return gl.vmap(one)(x)


def vmap_of_a_loop(x: Any, s: Any) -> Any:
    def one(t: Any) -> Any:
        k = 0
        while t > 0.1:
            t = t * 0.5
            k += 1
        return t + k

    return gl.vmap(one)(x)


def vmap_of_a_write(x: Any, s: Any) -> Any:
    def one(row: Any) -> Any:
        y = row * 1.0
        if y[0] > s:
            y[0] = s
        return y

    return gl.vmap(one)(np.stack([x, x * 2.0]))


def scan_of_a_branch(x: Any, s: Any) -> Any:
    def step(c: Any, v: Any) -> Any:
        if v > 1.0:
            c = c + v
        return c, c * 2.0

    return gl.scan(step, s, x)


PROGRAMS = [
    grad_of_a_branch, grad_in_a_branch, grad_in_a_loop, vmap_of_a_branch, vmap_of_a_loop,
    vmap_of_a_write, scan_of_a_branch,
]  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS)
def test_a_transform_does_the_same_compiled(f: Callable[..., Any]) -> None:
    assert_compiled(f)


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_every_backend_takes_the_way_that_python_takes(backend: str) -> None:
    pytest.importorskip(backend)

    def f(x: Any, s: Any) -> Any:
        y, k = x * 1.0, 0
        if s > 0.0:
            y[0] = s
        while y[1] > 0.3 and k < 5:
            y[1] *= 0.5
            k += 1
            if y[1] < s * 0.1:
                break
        for v in y:
            if v > 1.0:
                return v, k
        return y[2], -k

    run = gl.compile(f, backend=backend)
    for draw in DRAWS:
        made = [np.asarray(leaf) for leaf in run(*draw)]
        np.testing.assert_allclose(made, f(*draw), rtol=1e-6)


def test_a_compiled_gradient_is_that_of_the_way_taken() -> None:
    def f(x: Any, s: Any) -> Any:
        y = x * s
        for i in range(3):
            if y[i] > 0.5:
                y[i] = y[i] * y[i]
            else:
                y[i] -= s
        k = 0
        while s < 4.0 and k < 6:
            s = s * 1.5 + 1.0
            k += 1
        return y.sum() * s

    gradient = gl.grad(f, argnums=(0, 1))
    run = gl.compile(gradient)
    for draw in DRAWS:
        assert_same(run(*draw), gradient(*draw))
