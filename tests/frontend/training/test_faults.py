"""Losses, gradients and labels that are no good: what is said of them, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from tests.frontend.training.problems import equal, line_loss, lines

BACKENDS = ("numpy", "torch", "jax", "tensorflow")


def logs(w: Any, x: Any) -> Any:
    shifted = x - w[0]
    return np.mean(np.log(shifted))  # the bad line


def data() -> np.ndarray:
    """Numbers whose logarithm is fine, but for the fifth."""
    x = np.full(12, 3.0)
    x[5] = -1.0
    return x


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_a_loss_that_is_no_number_is_named_with_step_batch_op_and_line(backend: str | None) -> None:
    if backend not in (None, "numpy"):
        pytest.importorskip(backend)
    with pytest.raises(gl.NotFinite) as raised:
        gl.fit(np.zeros(1), logs, data(), epochs=2, opt=0.1, batch_size=2, shuffle=False,
               backend=backend)  # fmt: skip
    text = str(raised.value)
    assert text.startswith("fit: the loss is nan at step 3 (epoch 1, batch 3); log gives the first")
    assert "test_faults.py" in text
    assert "the bad line" in text
    assert isinstance(raised.value, FloatingPointError)


def test_a_gradient_that_is_no_number_is_named_too() -> None:
    def root(w: Any) -> Any:
        return np.sum(np.sqrt(w * w))

    with pytest.raises(gl.NotFinite, match=r"train: the gradient's norm is nan \(the loss is 0\)"):
        gl.train(np.zeros(2), root, 3, 0.1)


def test_bad_data_is_told_as_that() -> None:
    x, y = lines()
    y[3] = np.nan
    with pytest.raises(gl.NotFinite, match=r"the batch had nan in array 1 at \(3,\)"):
        gl.train(np.zeros(2), line_loss, 3, 0.1, x, y)


def test_weights_that_are_no_numbers_are_told_as_that() -> None:
    with pytest.raises(gl.NotFinite, match=r"the weights had inf in w at \(1,\)"):
        gl.train({"w": np.array([1, np.inf])}, lambda w: np.sum(w["w"] ** 2), 3, 0.1)


def test_a_loss_that_grows_without_end_is_stopped() -> None:
    with pytest.raises(gl.NotFinite, match="sum of their squares is too large"):
        gl.train(np.ones(2), lambda w: np.sum(w**4), 100, 1.0)


def test_the_weights_are_those_before_the_bad_step() -> None:
    weights = gl.params(w=np.zeros(1))
    with pytest.raises(gl.NotFinite):
        gl.fit(weights, lambda x: logs(weights["w"], x), data(), epochs=1, opt=0.1, batch_size=2,
               shuffle=False)  # fmt: skip
    due = gl.fit(np.zeros(1), logs, data()[:4], epochs=1, opt=0.1, batch_size=2, shuffle=False)
    assert equal(weights.w, due.weights)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_bad_batches_can_be_left_out(accumulate: int) -> None:
    made = gl.fit(np.zeros(1), logs, data(), epochs=2, opt=gl.optim.Adam(), batch_size=2,
                  shuffle=False, on_nan="skip", accumulate=accumulate)  # fmt: skip
    assert made.skipped == [2, 8]
    assert np.isnan(made.losses[2])
    assert np.isfinite(list(made)).all()
    assert np.isfinite(made.weights).all()


def test_an_epoch_of_bad_batches_alone_is_an_error() -> None:
    with pytest.raises(gl.ArgumentError, match="epoch 1 has no batch that gave finite numbers"):
        gl.fit(np.zeros(1), logs, -np.ones(4), epochs=2, opt=0.1, batch_size=2, on_nan="skip")


def test_the_checkpoint_before_a_bad_step_stays_and_can_be_gone_on_from(tmp_path: Path) -> None:
    kept = gl.training.Checkpoints(tmp_path, every_steps=1)
    options: dict[str, Any] = {"opt": gl.optim.Adam(), "batch_size": 2, "shuffle": False}
    with pytest.raises(gl.NotFinite):
        gl.fit(np.zeros(1), logs, data(), epochs=1, checkpoint=kept, **options)
    assert gl.training.load_checkpoint(tmp_path).step == 2
    options["opt"] = gl.optim.Adam()
    made = gl.fit(np.zeros(1), logs, data(), epochs=1, checkpoint=tmp_path, resume=True,
                  on_nan="skip", **options)  # fmt: skip
    assert made.skipped == [2]
    assert len(made.losses) == 6


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("label", [3, -1])
def test_labels_that_are_no_class_are_an_error_on_every_backend(backend: str, label: int) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)
    y = np.array([0, 1, 2, label, 0, 1])

    def loss(w: Any, x: Any, y: Any) -> Any:
        return gl.nn.cross_entropy(x @ w, y)

    with pytest.raises(gl.IndexOutOfRange, match="a label is none of 3 classes") as raised:
        gl.fit(np.zeros((4, 3)), loss, np.ones((6, 4)), y, epochs=1, opt=0.1, batch_size=2,
               shuffle=False, backend=backend)  # fmt: skip
    (note,) = raised.value.__notes__
    assert note.startswith("at step 2 (epoch 1, batch 2); array 1 of the batch has int64 from")


@pytest.mark.parametrize("backend", BACKENDS)
def test_indices_that_are_no_row_are_an_error_on_every_backend(backend: str) -> None:
    if backend != "numpy":
        pytest.importorskip(backend)

    def loss(w: Any, at: Any) -> Any:
        return np.sum(gl.nn.embedding(w, at) ** 2)

    with pytest.raises(gl.IndexOutOfRange, match="none of a table of 3 rows"):
        gl.train(np.ones((3, 2)), loss, 1, 0.1, np.array([0, 3]), backend=backend)


def test_an_error_of_the_objective_itself_says_where_in_the_training_it_happened() -> None:
    with pytest.raises(IndexError, match="out of bounds") as raised:
        gl.fit(np.ones((3, 2)), lambda w, at: np.sum(w[at]), np.arange(6), epochs=1, opt=0.1,
               batch_size=2, shuffle=False)  # fmt: skip
    assert raised.value.__notes__ == [
        "at step 2 (epoch 1, batch 2); array 0 of the batch has int64 from 2 to 3"
    ]


def test_shapes_that_disagree_are_named_with_the_users_line() -> None:
    with pytest.raises(gl.ShapeError, match=r"test_faults.py"):
        gl.train(np.ones((3, 2)), lambda w, x: np.sum(x @ w), 1, 0.1, np.ones((4, 5)))
