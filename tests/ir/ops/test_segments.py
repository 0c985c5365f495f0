"""Products of the updates that meet at a place, and the derivatives of a scattered product."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl

SMALL = st.sampled_from([0.0, 0.0, -1.0, 2.0, 3.0, -0.5])


def product(x, updates, places):
    out = x + 0 * updates.ravel()[0]
    np.multiply.at(out, places, updates)
    return out


def others(updates, places):
    """By the definition, one update at a time."""
    return np.array(
        [
            np.prod([v for j, v in enumerate(updates) if j != k and places[j] == p])
            for k, p in enumerate(places)
        ]
    )


@st.composite
def scattered(draw):
    count = draw(st.integers(1, 9))
    places = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    updates = draw(st.lists(SMALL, min_size=count, max_size=count))
    return np.array(updates), np.array(places)


@settings(max_examples=30)
@given(scattered())
def test_the_gradient_by_updates_is_the_product_of_the_others_with_any_zeros(case):
    updates, places = case
    x, weights = np.array([1.5, -2.0, 0.5, 3.0]), np.array([1.0, 2.0, -3.0, 0.25])
    by = gl.grad(lambda u: np.sum(weights * product(x, u, places)))
    np.testing.assert_allclose(by(updates), (weights * x)[places] * others(updates, places))


@settings(max_examples=15)
@given(scattered())
def test_the_second_derivative_leaves_out_both_with_any_zeros(case):
    updates, places = case
    x = np.array([1.5, -2.0, 0.5, 3.0])
    given = gl.hessian(lambda u: np.sum(product(x, u, places)))(updates)
    due = np.zeros((len(updates),) * 2)
    for j in range(len(updates)):
        rest = np.delete(updates, j)
        row = (
            x[places[j]] * others(rest, np.delete(places, j)) * (np.delete(places, j) == places[j])
        )
        due[j] = np.insert(row, j, 0.0)
    np.testing.assert_allclose(given, due)


def test_sizes_without_a_number_give_the_same():
    x, places = np.array([1.5, -2.0, 0.5]), np.array([2, 0, 2, 2, 0])
    updates = np.array([2.0, 0.0, 0.0, 3.0, 4.0])
    by = gl.grad(lambda x, u, i: np.sum(product(x, u, i)), argnums=(0, 1))
    sized = (
        gl.ShapeDtypeStruct(("n",), np.float64),
        gl.ShapeDtypeStruct(("m",), np.float64),
        gl.ShapeDtypeStruct(("m",), np.int64),
    )
    graph = gl.trace(by, *sized)
    for ours, due in zip(graph(x, updates, places), by(x, updates, places), strict=True):
        np.testing.assert_allclose(ours, due)


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_every_backend_and_batch_gives_the_same_gradient(backend):
    rng = np.random.default_rng(3)
    x, updates = rng.normal(size=(3, 2)), rng.normal(size=(2, 5, 2))
    updates[0, 1:3] = 0.0
    places = np.array([[0, 2, 2, 1, 0], [1, 1, 1, 1, 2]])
    by = gl.grad(lambda u, i: np.sum(product(x, u, i) ** 2))
    due = np.stack([by(u, i) for u, i in zip(updates, places, strict=True)])
    given = gl.compile(gl.vmap(by), backend=backend)(updates, places)
    np.testing.assert_allclose(given, due, rtol=1e-12)
