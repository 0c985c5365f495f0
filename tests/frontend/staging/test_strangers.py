"""Small programs of strangers, plain against compiled, and their derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.staging.strangers import PROGRAMS

POINTS = (0.77, -1.43, 2.61)
WITHOUT = {
    "collatz_like": "it counts", "bisect_by_hand": "the numbers it finds are constants",
    "partial_chain": "it gives whole numbers at its limits",
}  # fmt: skip


def leaves(x):
    if isinstance(x, dict):
        return [leaf for key in sorted(x) for leaf in leaves(x[key])]
    if isinstance(x, (list, tuple)):
        return [leaf for part in x for leaf in leaves(part)]
    return [x]


def agree(f, backend):
    run = gl.compile(f, backend)
    for x in map(np.float64, POINTS):
        due, made = leaves(f(x)), leaves(run(x))
        assert len(due) == len(made)
        for a, b in zip(due, made, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_program_gives_compiled_what_it_gives_plain(f):
    agree(f, "numpy")


@pytest.mark.framework
@pytest.mark.parametrize("backend", ["torch"])
def test_programs_run_on_another_backend(backend):
    pytest.importorskip(backend)
    for f in PROGRAMS[::3]:
        agree(f, backend)


@pytest.mark.parametrize(
    "f", [f for f in PROGRAMS if f.__name__ not in WITHOUT], ids=lambda f: f.__name__
)
def test_a_program_has_its_derivative(f):
    def total(x):
        return sum(np.sum(leaf) for leaf in leaves(f(x))) + 0.0 * x

    compiled = gl.compile(gl.grad(total), "numpy")
    for x in POINTS:
        step = 1e-6
        due = (total(np.float64(x + step)) - total(np.float64(x - step))) / (2 * step)
        np.testing.assert_allclose(gl.grad(total)(x), due, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(compiled(x), due, rtol=1e-5, atol=1e-6)
