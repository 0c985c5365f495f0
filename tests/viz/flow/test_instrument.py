"""A measured loss gives the same numbers on every backend and on a cluster's worker."""

from typing import Any

import numpy as np
import optree
import pytest

import gradloom as gl
from gradloom.viz.flow.instrument import Layout, instrumented
from gradloom.viz.flow.measures import MEASURES
from tests.viz.flow.programs import batch, blocks, deep, layers, rectified, residual

CASES = {
    "deep": lambda: (deep, layers(3), *batch()),
    "residual": lambda: (residual, blocks(2), *batch()),
    "rectified": lambda: (rectified, layers(2, 2.0), *batch()),
    "f32": lambda: (deep, layers(2, dtype=np.float32), *batch(dtype=np.float32)),
}


def measured(case: str, backend: Any) -> tuple[Any, Any, np.ndarray, np.ndarray, Layout]:
    loss, *args = CASES[case]()
    found: list[Layout] = []
    value, gradients, table, parts = gl.compile(instrumented(loss, found.append), backend)(*args)
    return value, gradients, np.asarray(table), np.asarray(parts), found[-1]


@pytest.mark.parametrize("case", CASES)
def test_lengths_of_parameters_are_those_of_the_gradients(case: str) -> None:
    loss, *args = CASES[case]()
    value, gradients, table, _, layout = measured(case, "numpy")
    theirs = gl.value_and_grad(loss)(*args)
    assert value == pytest.approx(theirs[0], rel=1e-6)
    norms = table.reshape(-1, len(MEASURES))[:, 0]
    leaves = optree.tree_leaves(theirs[1])
    for ours, place, norm, leaf in zip(
        optree.tree_leaves(gradients), layout.places, norms, leaves, strict=False
    ):
        assert place.kind == "parameter"
        assert ours.dtype == leaf.dtype
        np.testing.assert_allclose(ours, leaf, rtol=1e-5, atol=1e-8)
        assert norm == pytest.approx(float(np.linalg.norm(leaf.astype(np.float64))), rel=1e-6)


@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
@pytest.mark.parametrize("case", CASES)
def test_a_framework_measures_what_numpy_does(case: str, backend: str) -> None:
    pytest.importorskip(backend, reason=f"no {backend} here")
    _, _, table, parts, layout = measured(case, "numpy")
    _, _, theirs, others, found = measured(case, backend)
    exact = case != "f32"
    close = {"rtol": 1e-9, "atol": 1e-13} if exact else {"rtol": 1e-4, "atol": 1e-7}
    np.testing.assert_allclose(theirs, table, **close)
    np.testing.assert_allclose(others, parts, **close)
    assert found == layout


def test_a_worker_of_a_cluster_measures_what_numpy_does() -> None:
    pytest.importorskip("zmq", reason="no pyzmq here: there is no cluster")
    _, _, table, parts, _ = measured("residual", "numpy")
    with gl.cluster(workers=1, backend="numpy") as cluster:
        for backend in ("cluster", cluster.session):
            _, _, theirs, others, _ = measured("residual", backend)
            np.testing.assert_array_equal(theirs, table)
            np.testing.assert_array_equal(others, parts)


def test_arrays_from_outside_are_read_anew_at_every_call() -> None:
    scale = np.array(1.0)

    def loss(w: np.ndarray, x: np.ndarray) -> Any:
        return np.sum(np.tanh(x @ w)) * scale

    run = gl.compile(instrumented(loss, lambda layout: None))
    w, x = np.ones(3), np.eye(3)
    once = run(w, x)[0]
    scale *= 2
    assert run(w, x)[0] == 2 * once


def test_a_loop_is_one_place_per_result_of_its_node() -> None:
    def loss(w: np.ndarray, xs: np.ndarray) -> Any:
        last, _ = gl.scan(lambda h, x: (np.tanh(h @ w + x), x), np.zeros(3), xs)
        return np.sum(last**2)

    found: list[Layout] = []
    args = np.eye(3) / 2, np.ones((4, 3))
    run = gl.compile(instrumented(loss, found.append))
    _, gradient, table, _ = run(*args)
    np.testing.assert_allclose(gradient, gl.grad(loss)(*args))
    assert any(p.op == "scan" for p in found[-1].places) or "scan[0]" in [
        p.name for p in found[-1].places
    ]
    assert table[0] == pytest.approx(float(np.linalg.norm(gradient)))


@pytest.mark.parametrize(
    ("loss", "params", "error", "words"),
    [
        (lambda w, x: x @ w, np.ones(3), gl.ShapeError, "scalar"),
        (lambda w, x: np.sum(x @ w), np.ones(3, int), gl.DtypeError, "no derivative"),
        (lambda w, x: np.sum(x), "w", gl.DtypeError, "no number"),
    ],
    ids=["vector", "ints", "text"],
)
def test_what_has_no_gradient_is_refused_as_grad_refuses_it(
    loss: Any, params: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        instrumented(loss, lambda layout: None)(params, np.eye(3))
