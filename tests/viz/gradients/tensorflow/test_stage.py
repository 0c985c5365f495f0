"""Derivatives from a tape, both ways, where TensorFlow offers them and where it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradloom.ir.errors import NotDifferentiable

tf = pytest.importorskip("tensorflow")

from gradloom.viz.gradients.tensorflow.stage import TapeStage  # noqa: E402 - after the question

pytestmark = pytest.mark.framework


def stage(f: Any, x: Any) -> TapeStage:
    leaf = tf.constant(x)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(leaf)
        made = f(leaf)
    return TapeStage("y", made, ("x",), [leaf], tape)


@pytest.mark.parametrize("size", [4, 40])
def test_pushed_and_pulled_slopes_are_the_same_one_by_one_and_in_a_graph(size: int) -> None:
    w = np.random.default_rng(0).normal(size=(size, size))
    made = stage(lambda x: tf.nn.softmax(tf.linalg.matvec(w, x)), np.linspace(0, 1, size))
    pulled = made.pull(np.eye(size))[0]
    np.testing.assert_allclose(made.push(0, np.eye(size)), pulled.T, atol=1e-14)
    np.testing.assert_allclose(made.push(0, np.eye(size)[:3]), pulled.T[:3], atol=1e-14)


def test_a_gradient_that_only_goes_back_is_never_taken_forward() -> None:
    @tf.custom_gradient  # type: ignore[misc] # it has no types
    def hidden(x: Any) -> Any:
        def back(ct: Any) -> Any:
            return tf.constant(3.0 * ct.numpy())  # right, and not recorded

        return x * 3.0, back

    made = stage(hidden, np.float32([1.0, 2.0]))
    np.testing.assert_allclose(made.pull(np.eye(2, dtype=np.float32))[0], 3 * np.eye(2))
    with pytest.raises(NotDifferentiable):
        made.push(0, np.eye(2, dtype=np.float32))
    with pytest.raises(NotDifferentiable, match="no second derivative"):
        made.push(0, np.eye(2, dtype=np.float32))


def test_a_source_without_slope_is_zero_both_ways() -> None:
    made = stage(lambda x: tf.floor(x) + 0 * x, np.float32([1.5, 2.5]))
    assert not made.pull(np.eye(2, dtype=np.float32))[0].any()
    assert not made.push(0, np.eye(2, dtype=np.float32)).any()
