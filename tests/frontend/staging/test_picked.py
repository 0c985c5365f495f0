"""Things that are no numbers, of which a traced value says which, and loops that end among them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import GradloomError, IndexOutOfRange
from tests.frontend.staging import picking
from tests.frontend.staging.agreement import assert_compiled, assert_same

DRAWS = [
    (np.array(x), np.float64(c))
    for x, c in itertools.product([(0.3, -0.8, 1.7), (0.3, 1.8, 0.7), (3.3, 1.8, 0.7)], (0.5, -1.0))
]


@pytest.mark.parametrize("f", picking.PROGRAMS, ids=lambda f: f.__name__)
def test_a_program_picks_as_python_does(f: Any) -> None:
    assert_compiled(f, DRAWS)


TOTALS = {
    "name": lambda x, c: picking.has_the_best_name(x, c)[1] * c,
    "object": picking.has_the_least_object,
    "pair": lambda x, c: picking.has_the_best_pair(x, c)[0],
    "function": lambda x, c: picking.takes_a_name_and_a_function(x, c)[1] * x[0],
    "dict": picking.leaves_a_dict,
    "items": lambda x, c: sum(picking.changes_a_dict_that_it_leaves(x, c)),
}


@pytest.mark.parametrize("name", TOTALS)
def test_gradients_and_batches_are_those_with_values_at_hand(name: str) -> None:
    f = TOTALS[name]
    compiled = gl.compile(gl.grad(f, argnums=(0, 1)))
    for x, c in DRAWS:
        assert_same(compiled(x, c), gl.grad(f, argnums=(0, 1))(x, c))
        steps = [(f(x + d, c) - f(x - d, c)) / 2e-6 for d in np.eye(3) * 1e-6]
        np.testing.assert_allclose(compiled(x, c)[0], steps, rtol=1e-6, atol=1e-7)
    rows = np.stack([x for x, _ in DRAWS])
    made = gl.compile(gl.vmap(lambda x: f(x, 0.25)))(rows)
    np.testing.assert_allclose(made, [f(x, 0.25) for x in rows])


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
def test_other_backends_pick_too(backend: str) -> None:
    pytest.importorskip(backend)
    for name in ("pair", "items"):
        run = gl.compile(TOTALS[name], backend)
        for x, c in DRAWS[:3]:
            np.testing.assert_allclose(np.asarray(run(x, c)), TOTALS[name](x, c), rtol=1e-9)


def test_a_number_beyond_the_last_name_is_an_error_when_the_program_runs() -> None:
    run = gl.compile(lambda x, i: {"a": x, "b": x * 2.0}[["a", "b"][i]])
    assert run(np.float64(3.0), np.int64(-1)) == 6.0
    with pytest.raises(IndexOutOfRange, match="list index out of range"):
        run(np.float64(3.0), np.int64(2))


def of_two_shapes(x: Any, c: Any) -> Any:
    return [x, x[:2]][np.argmax(x)]


def a_key_that_is_new(x: Any, c: Any) -> Any:
    found = {"a": 1.0}
    found["a" if x[0] > c else "b"] = c
    return found["a"]


@pytest.mark.parametrize("f", [of_two_shapes, a_key_that_is_new])
def test_it_is_refused(f: Any) -> None:
    with pytest.raises(GradloomError) as caught:
        gl.compile(f)(*DRAWS[0])
    assert f" in {f.__name__}" in str(caught.value)
