"""What is given to a training and does not fit: objectives, callbacks, generators."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.ir.errors import CallError, NotSupported

X = np.linspace(-1, 1, 8)


def fitted(objective: Any, **how: Any) -> Any:
    return gl.fit(np.zeros(1), objective, X, epochs=2, batch_size=4, opt=0.1, **how)


@pytest.mark.parametrize(
    ("objective", "told"),
    [
        (lambda: 0.0, "<lambda>() does not take the weights and 1 of the batch"),
        (lambda w: np.sum(w), "<lambda>(w) does not take the weights and 1"),
        (lambda w, x, y: np.sum(w), "missing a required argument: 'y'"),
        (lambda w, x, *, rate: np.sum(w), "missing a required argument: 'rate'"),
    ],
)
def test_an_objective_of_another_arity_is_told_with_its_signature(
    objective: Callable[..., Any], told: str
) -> None:
    with pytest.raises(CallError, match=re.escape(told)) as caught:
        fitted(objective)
    assert isinstance(caught.value, TypeError)


def test_so_is_one_that_reads_weights_by_name() -> None:
    weights = gl.params(w=np.zeros(1))
    for call in (
        lambda f: weights.grad(f, X),
        lambda f: gl.train(weights, f, 1, 0.1, X),
    ):
        with pytest.raises(CallError, match="does not take 1 arguments, nor the weights and these"):
            call(lambda a, b, c: 0.0)  # type: ignore[no-untyped-call]


def test_a_type_error_of_its_own_stays_what_it_is() -> None:
    def loss(w: Any, x: Any) -> Any:
        return len(3)  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="has no len") as caught:
        fitted(loss)
    assert not isinstance(caught.value, CallError)


class Counts:
    def __init__(self) -> None:
        self.steps = 0

    def on_step(self, run: Any) -> None:
        self.steps += 1


def loss(w: Any, x: Any) -> Any:
    return np.mean((w * x - x) ** 2)


def test_one_callback_may_stand_alone() -> None:
    for callbacks in (one := Counts(), [one], (one,)):
        one.steps = 0
        fitted(loss, callbacks=callbacks)
        assert one.steps == 4
    assert len(fitted(loss, callbacks=None)) == 2
    with pytest.raises(CallError, match="a callback of type function has none of on_start"):
        fitted(loss, callbacks=print_nothing)


def print_nothing(run: Any) -> None:
    """No callback: a function."""


# ---- generators ----------------------------------------------------------------------------------


class Holder:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(1)

    def loss(self, w: Any, x: Any) -> Any:
        return loss(w, x + self.rng.normal(size=4))


def with_a_generator(w: Any, x: Any) -> Any:
    return np.sum(gl.nn.dropout(w * x, 0.5, rng=RNG))


def with_numpys_own(w: Any, x: Any) -> Any:
    return loss(w, x + np.random.normal(size=4))


def with_one_made_anew(w: Any, x: Any) -> Any:
    return loss(w, x + np.random.default_rng().normal(size=4))


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    "objective", [Holder().loss, with_a_generator, with_numpys_own, with_one_made_anew]
)
def test_a_generator_whose_sample_every_step_would_repeat_is_refused(objective: Any) -> None:
    with pytest.raises(NotSupported, match="all steps would repeat this one sample") as caught:
        fitted(objective)
    assert "gl.random" in str(caught.value)


def test_without_a_compiled_step_it_draws_anew() -> None:
    held = Holder()
    seen = gl.train(np.zeros(1), held.loss, 4, 0.0, X[:4], jit=False).losses
    assert len(set(seen)) == 4


def test_keys_and_numbers_that_numpy_repeats_too_are_fine() -> None:
    def keyed(w: Any, x: Any, *, key: Any) -> Any:
        return loss(w, x + gl.random.normal(key, (4,)))

    def seeded(w: Any, x: Any) -> Any:
        return loss(w, x + np.random.default_rng(7).normal(size=4))

    assert len(set(gl.train(np.zeros(1), keyed, 4, 0.0, X[:4]).losses)) == 4
    assert len(set(gl.train(np.zeros(1), seeded, 4, 0.0, X[:4]).losses)) == 1
