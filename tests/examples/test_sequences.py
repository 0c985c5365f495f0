"""The character models: what they see, what they carry, and that both ways give equal numbers."""

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.examples import gpt, gru, lstm, rwkv
from gradloom.examples.learning import Array, Weights

LETTERS = 11
RNG = np.random.default_rng(0)
TEXT = RNG.integers(0, LETTERS, (3, 20))


def double(weights: Weights) -> Weights:
    """The weights as float64, moved away from where they begin."""
    rng = np.random.default_rng(1)
    return {k: v + 0.1 * rng.standard_normal(v.shape) for k, v in weights.items()}


def scores_of(name: str) -> Any:
    """The scores [batch, time, letter] of a model for TEXT-like arrays."""
    weights = double({"gru": gru, "lstm": lstm, "gpt": gpt, "rwkv": rwkv}[name].init(RNG, LETTERS))
    if name == "gru":
        return lambda x: gru.scores(weights, gru.states(weights, x))
    if name == "lstm":
        return lambda x: np.stack([lstm.read(weights, lstm.nothing(), row)[0] for row in x])
    return lambda x: {"gpt": gpt, "rwkv": rwkv}[name].scores(weights, x)


@pytest.mark.parametrize("name", ["gru", "lstm", "gpt", "rwkv"])
def test_no_model_sees_what_comes_later(name: str) -> None:
    scores, other = scores_of(name), TEXT.copy()
    other[:, 12:] = (other[:, 12:] + 1) % LETTERS
    before, after = scores(TEXT), scores(other)
    assert before.shape == (3, 20, LETTERS)
    # Not to the bit: RWKV divides by the largest weight of the whole window.
    assert np.allclose(before[:, :12], after[:, :12], rtol=1e-12)
    assert np.abs(before[:, 12:] - after[:, 12:]).min(axis=(0, 2)).max() > 0


@pytest.mark.parametrize("model", [gru, gpt, rwkv], ids=["gru", "gpt", "rwkv"])
def test_gradients_agree_with_differences(model: Any) -> None:
    weights, rng = double(model.init(RNG, LETTERS)), np.random.default_rng(2)
    x, y = TEXT[:, :9], TEXT[:, 1:10]
    slope = gl.compile(gl.grad(model.loss), backend="numpy")(weights, x, y)
    way = {k: rng.standard_normal(v.shape) for k, v in weights.items()}

    def along(step: float) -> Any:
        return model.loss({k: v + step * way[k] for k, v in weights.items()}, x, y)

    expected = (along(1e-5) - along(-1e-5)) / 2e-5
    assert np.isclose(sum(np.sum(slope[k] * way[k]) for k in way), expected, rtol=1e-6)


def test_the_units_are_the_gated_ones_of_gl_nn() -> None:
    weights = double(gru.init(RNG, LETTERS))
    units = weights["bias"].shape[0]
    bias = np.concatenate([np.zeros(2 * units), weights["bias"]])
    found, _ = gl.nn.gru(
        weights["read"][TEXT], None, np.eye(3 * units), weights["recall"], None, bias, time_axis=1
    )
    assert np.allclose(gru.states(weights, TEXT), found, atol=1e-12)


def test_the_memory_is_that_of_gl_nn() -> None:
    weights, x = double(lstm.init(RNG, LETTERS)), TEXT[0]
    units = weights["recall"].shape[0]
    hidden, (said, kept) = gl.nn.lstm(
        weights["read"][x], None, np.eye(4 * units), weights["recall"]
    )
    found, state = lstm.read(weights, lstm.nothing(), x)
    assert np.allclose(found, hidden @ weights["write"] + weights["common"], atol=1e-12)
    assert np.allclose(state, (said, kept), atol=1e-12)


def test_a_text_read_in_two_pieces_is_the_text_read_at_once() -> None:
    weights = double(lstm.init(RNG, LETTERS))
    whole, _ = lstm.read(weights, lstm.nothing(), TEXT[0])
    first, state = lstm.read(weights, lstm.nothing(), TEXT[0, :7])
    second, _ = lstm.read(weights, state, TEXT[0, 7:])
    assert np.allclose(np.concatenate([first, second]), whole, atol=1e-12)


def test_streams_are_read_as_each_alone() -> None:
    weights = double(lstm.init(RNG, LETTERS))
    states = tuple(np.stack([part] * 3) for part in lstm.nothing())
    found, _ = gl.vmap(lstm.read, in_axes=(None, 0, 0))(weights, states, TEXT)
    assert np.allclose(found, scores_like(weights, TEXT), atol=1e-12)


def scores_like(weights: Weights, x: Array) -> Array:
    return np.stack([lstm.read(weights, lstm.nothing(), row)[0] for row in x])


def test_a_longer_text_makes_no_larger_program() -> None:
    weights = gru.init(RNG, LETTERS)
    compiled = gl.compile(gru.loss, backend="numpy")
    sizes = [
        len(compiled.graph(weights, x, x).nodes)
        for x in (np.zeros((2, n), np.int64) for n in (32, 64))
    ]
    assert sizes[0] == sizes[1] < 60


def test_all_at_once_and_step_by_step_give_the_same_numbers() -> None:
    weights = double(rwkv.init(RNG, LETTERS))
    at_once = rwkv.scores(weights, TEXT)
    by_steps = gl.compile(rwkv.read, backend="numpy")
    for row, expected in zip(TEXT, at_once, strict=True):
        assert np.allclose(rwkv.read(weights, row), expected, atol=1e-10)
        assert np.allclose(by_steps(weights, row), expected, atol=1e-10)


def test_the_faded_means_are_those_of_gl_nn() -> None:
    rng = np.random.default_rng(3)
    key, value = rng.standard_normal((2, 4, 10, 5))
    fade, bonus = np.exp(rng.standard_normal(5)), rng.standard_normal(5)
    found, _ = gl.nn.wkv(key.swapaxes(0, 1), value.swapaxes(0, 1), fade, bonus)
    assert np.allclose(rwkv.recalled(key, value, fade, bonus), found.swapaxes(0, 1), atol=1e-12)


@pytest.mark.parametrize("model", [gru, lstm, gpt, rwkv], ids=["gru", "lstm", "gpt", "rwkv"])
def test_a_text_is_written_on_to_its_length(model: Any) -> None:
    letters = 61
    text = model.written(model.init(RNG, letters), "Shall I", 12, np.random.default_rng(0))
    assert text.startswith("Shall I")
    assert len(text) == 12
