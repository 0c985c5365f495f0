"""Pieces of a signal give what the whole gives, however it is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradloom as gl

nn = gl.nn
rng = np.random.default_rng(2)
cuts = st.lists(st.integers(0, 13), max_size=4).map(sorted)
options = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))


def pieces(x, at):
    return np.split(x, at, axis=-1)


def streamed(f, x, at, state):
    made = []
    for piece in pieces(x, at):
        y, state = f(piece, state)
        made.append(y)
    return np.concatenate(made, axis=-1), state


@settings(max_examples=60, deadline=None)
@given(cuts, options, st.booleans())
def test_a_streamed_convolution_is_that_of_the_whole(at, given_options, causal):
    k, stride, dilation = given_options
    x, w, b = rng.normal(size=(2, 4, 13)), rng.normal(size=(6, 2, k)), rng.normal(size=6)

    def f(piece, state):
        return nn.streaming_conv1d(piece, w, b, state, stride, dilation, 2)

    state = nn.streaming_conv1d_init(4, k, dilation, 2) if causal else None
    made, _ = streamed(f, x, at, state)
    if causal:
        due = nn.causal_conv1d(x, w, b, stride, dilation, 2)
    elif dilation * (k - 1) >= 13:
        assert made.shape[-1] == 0
        return
    else:
        due = nn.conv1d(x, w, b, stride, 0, dilation, 2)
    np.testing.assert_allclose(made, due, rtol=1e-12, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(cuts, options)
def test_streamed_images_are_the_whole(at, given_options):
    k, stride, dilation = given_options
    x, w = rng.normal(size=(1, 2, 7, 13)), rng.normal(size=(3, 2, 2, k))

    def f(piece, state):
        return nn.streaming_conv2d(piece, w, None, state, stride, dilation, 1)

    made, _ = streamed(f, x, at, nn.streaming_conv2d_init(2, 7, k, dilation))
    edges = ((1, 1), (dilation * (k - 1), 0))
    due = nn.conv2d(x, w, stride=stride, pad=edges, dilation=dilation)
    np.testing.assert_allclose(made, due, rtol=1e-12, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(cuts, options)
def test_a_streamed_transposed_convolution_is_that_of_the_whole(at, given_options):
    k, stride, dilation = given_options
    x, w, b = rng.normal(size=(1, 3, 13)), rng.normal(size=(3, 2, k)), rng.normal(size=2)

    def f(piece, state):
        return nn.streaming_conv_transpose1d(piece, w, b, state, stride, dilation)

    made, (tail, _) = streamed(f, x, at, nn.streaming_conv_transpose1d_init())
    due = nn.conv_transpose1d(x, w, b, stride, 0, dilation)
    whole = np.concatenate([made, tail + b[:, None]], axis=-1)
    np.testing.assert_allclose(whole[..., : due.shape[-1]], due, rtol=1e-12, atol=1e-12)


def test_a_streamed_transposed_convolution_of_images_is_that_of_the_whole():
    x, w = rng.normal(size=(1, 3, 4, 9)), rng.normal(size=(3, 2, 2, 3))

    def f(piece, state):
        return nn.streaming_conv_transpose2d(piece, w, None, state, 2)

    made, (tail, _) = streamed(f, x, [2, 5], None)
    due = nn.conv_transpose2d(x, w, stride=2)
    np.testing.assert_allclose(np.concatenate([made, tail], -1), due, rtol=1e-12, atol=1e-12)


def test_a_step_compiles_and_differentiates():
    x, w = rng.normal(size=(1, 1, 4)), rng.normal(size=(1, 1, 3))
    state = nn.streaming_conv1d_init(1, 3)[0]

    def step(x, kept):
        y, (kept, _) = nn.streaming_conv1d(x, w, None, (kept, 0))
        return y, kept

    for one, two in zip(gl.compile(step)(x, state), step(x, state), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12)
    gradient = gl.grad(lambda x: np.sum(step(x, state)[0]))(x)
    assert gradient[0, 0, 0] == pytest.approx(w.sum())
