"""einops over traced arrays: its programs are numpy's, and so are traced, differentiated, batched
and compiled.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.programs import numeric_gradient
from tests.frontend.traced import assert_same, run_traced

einops = pytest.importorskip("einops")

X = np.linspace(-1, 2, 24).reshape(2, 3, 4) ** 3
SQUARES = "b c d -> c"


def squares(x: Any, axes: Any) -> Any:
    """A reduction of the user's own."""
    return np.sum(x * x, axis=axes)


PROGRAMS: dict[str, Any] = {
    "rearrange": lambda x: einops.rearrange(x, "b c d -> (c b) d"),
    "rearrange, split": lambda x: einops.rearrange(x, "b c (d e) -> b e c d", e=2),
    "rearrange, list": lambda x: einops.rearrange([x, x * 2], "l b c d -> b (l c) d"),
    "rearrange, ellipsis": lambda x: einops.rearrange(x, "... d -> d ... 1"),
    "reduce, sum": lambda x: einops.reduce(x, "b c d -> b d", "sum"),
    "reduce, mean": lambda x: einops.reduce(x, "b c (d e) -> b d", "mean", e=2),
    "reduce, max": lambda x: einops.reduce(x, "b c d -> 1 c 1", "max"),
    "reduce, min": lambda x: einops.reduce(x, "b c d -> d", "min"),
    "reduce, prod": lambda x: einops.reduce(x, "b c d -> b c", "prod"),
    "reduce, callable": lambda x: einops.reduce(x, SQUARES, squares),
    "reduce, numpy's": lambda x: einops.reduce(x, "b c (d e) -> e", np.max, e=2),
    "repeat": lambda x: einops.repeat(x, "b c d -> b k (c r) d", k=2, r=2),
    "einsum": lambda x: einops.einsum(x, x, "b c d, b e d -> b c e"),
    "pack": lambda x: einops.pack([x, x[:, :2]], "b * d")[0],
    "unpack": lambda x: einops.unpack(x, [[1], [2]], "b * d")[1],
    "parse_shape": lambda x: einops.parse_shape(x, "b _ d")["d"] * x,
    "asnumpy": lambda x: einops.asnumpy(x) * 2,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_gradients_and_batches_are_those_of_the_plain_program(name: str) -> None:
    f = PROGRAMS[name]
    assert_same(run_traced(f, X), f(X))

    def loss(x: Any) -> Any:
        return np.sum(np.sin(f(x)))

    want = numeric_gradient(loss, (X,), 0)
    np.testing.assert_allclose(gl.grad(loss)(X), want, rtol=1e-5, atol=1e-7)
    stacked = np.stack([X, X[::-1]])
    np.testing.assert_allclose(gl.vmap(f)(stacked), np.stack([f(x) for x in stacked]))


def test_any_and_all_are_reductions_too() -> None:
    for how in ("any", "all"):
        assert_same(
            run_traced(lambda x, how=how: einops.reduce(x > 0, "b c d -> b d", how), X),
            einops.reduce(X > 0, "b c d -> b d", how),
        )


def test_a_wrong_pattern_is_told_by_einops_itself() -> None:
    with pytest.raises(einops.EinopsError, match="expected 2 dims"):
        gl.compile(lambda x: einops.rearrange(x, "b c -> c b"))(X)


def test_nodes_have_the_users_line() -> None:
    graph = gl.trace(PROGRAMS["rearrange"], X)
    assert "test_einops.py" in graph.text(locations=True)


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
@pytest.mark.filterwarnings("ignore")
def test_programs_run_on_every_framework(backend: str) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    for name in ("rearrange, split", "reduce, mean", "reduce, callable", "repeat", "einsum"):
        f = PROGRAMS[name]
        np.testing.assert_allclose(gl.compile(f, backend=backend)(X), f(X), rtol=1e-12)
