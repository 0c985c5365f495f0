"""`gl.metrics`: scores of predictions, plain and traced."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gradloom as gl

M = gl.metrics
SCORES = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(2, 5)),
    elements=st.sampled_from([0, 1, 2.5]),
)


@given(scores=SCORES, seed=st.integers(0, 99))
def test_accuracy_and_top_k_count_by_sorting(scores: np.ndarray, seed: int) -> None:
    rows, classes = scores.shape
    labels = np.random.default_rng(seed).integers(0, classes, rows)
    order = np.argsort(-scores, axis=1, kind="stable")
    assert M.accuracy(scores, labels) == np.mean(order[:, 0] == labels)
    for k in range(1, classes + 1):
        due = np.mean([labels[i] in order[i, :k] for i in range(rows)])
        assert M.top_k_accuracy(scores, labels, k) == pytest.approx(due)
    assert M.top_k_accuracy(scores.T, labels, 1, axis=0) == M.accuracy(scores, labels)


def test_what_is_no_number_is_no_hit() -> None:
    scores = np.array([[np.nan, 1.0, 2.0]])
    assert M.top_k_accuracy(scores, np.array([2]), k=1) == 0
    assert M.top_k_accuracy(np.full((1, 3), np.nan), np.array([1]), k=1) == 0


@given(pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_a_confusion_matrix_counts_each_pair(pairs: list[tuple[int, int]]) -> None:
    labels, taken = np.array(pairs).T
    made = M.confusion_matrix(taken, labels, classes=5)
    assert made.sum() == len(pairs)
    for label, guess in pairs:
        assert made[label, guess] == pairs.count((label, guess))
    assert np.trace(made) / len(pairs) == M.accuracy(np.eye(5)[taken], labels)
    np.testing.assert_array_equal(M.confusion_matrix(np.eye(5)[taken], labels), made)


def test_r2_is_one_for_the_targets_and_nothing_for_their_mean() -> None:
    y = np.array([1.0, 2.0, 4.0])
    assert M.r2_score(y, y) == 1
    assert M.r2_score(np.full(3, y.mean()), y) == pytest.approx(0)
    with pytest.raises(gl.ArgumentError, match="no variance"):
        M.r2_score(y, np.ones(3))


def test_perplexity_is_that_of_the_mean_cross_entropy() -> None:
    scores, labels = np.random.default_rng(0).normal(size=(6, 4)), np.arange(6) % 4
    due = np.exp(gl.nn.cross_entropy(scores, labels))
    assert M.perplexity(scores, labels) == pytest.approx(float(due))


@pytest.mark.parametrize("backend", ["numpy", "torch", "jax", "tensorflow"])
def test_traced_they_give_the_same(backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    scores, labels = np.random.default_rng(0).normal(size=(9, 4)), np.arange(9) % 4

    def all_of(scores: Any, labels: Any) -> Any:
        return (
            M.accuracy(scores, labels), M.top_k_accuracy(scores, labels, 2),
            M.perplexity(scores, labels), M.confusion_matrix(scores, labels),
            M.r2_score(scores[:, 0], scores[:, 1]),
        )  # fmt: skip

    made = gl.compile(all_of, backend=backend)(scores, labels)
    for a, b in zip(made, all_of(scores, labels), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


NONE, ONES = np.zeros(3, int), np.ones((3, 2))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: M.accuracy(ONES, np.ones((3, 1), int)), gl.ShapeError, r"\(3, 1\)"),
        (lambda: M.accuracy(ONES, np.ones(3)), gl.DtypeError, "float64"),
        (lambda: M.accuracy(ONES, np.array([0, 1, 2])), gl.IndexOutOfRange, "label 2"),
        (lambda: M.accuracy(ONES[:0], NONE[:0]), gl.ShapeError, "no rows"),
        (lambda: M.accuracy(np.ones(()), np.ones((), int)), gl.ShapeError, "no axis"),
        (lambda: M.top_k_accuracy(ONES, NONE, 3), gl.ArgumentError, "k is 3"),
        (lambda: M.confusion_matrix(NONE, NONE + 4, 2), gl.IndexOutOfRange, "label 4"),
        (lambda: M.confusion_matrix(NONE, NONE[:2]), gl.ShapeError, r"\(2,\)"),
        (lambda: M.r2_score(np.ones((3, 1)), np.ones(3)), gl.ShapeError, r"\(3, 1\)"),
    ],
)
def test_what_does_not_fit_is_refused(call: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        call()
