"""Shapes and indices that do not fit are typed errors, plain and traced; none is a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom import nn
from gradloom.ir.errors import ArgumentError, DtypeError, IndexOutOfRange, ShapeError
from tests.backends.test_agreement import BACKENDS, installed

A = np.linspace(-1, 1, 15).reshape(5, 3)
ONES = np.ones(3)
POOLED, AT = nn.max_pool1d(np.arange(12.0).reshape(1, 2, 6), 2, return_indices=True)

SHAPES: list[Callable[..., Any]] = [
    lambda: nn.prelu(A, np.ones(4)),
    lambda: nn.prelu(A, np.ones((3, 1, 2))),
    lambda: nn.prelu(A[0], np.ones(4)),
    lambda: nn.prelu(A, ONES, axis=5),
    lambda: nn.wkv(A, A[:, :2], ONES, ONES),
    lambda: nn.wkv(A, A, np.ones(4), ONES),
    lambda: nn.wkv(A, A, ONES, np.ones((2, 1)), parallel=True),
    lambda: nn.wkv(A, A, ONES, ONES, nn.wkv_init(np.ones(4))),
    lambda: nn.wkv(A[:0], A[:0], ONES, ONES),
    lambda: nn.wkv(np.float64(1), np.float64(1), ONES, ONES),
    lambda: nn.wkv_cell(A[0], A[0], nn.wkv_init(np.ones(4)), ONES, ONES),
    lambda: nn.token_shift(A, np.ones(4)),
    lambda: nn.mix(A, A, np.ones(4)),
    lambda: nn.triplet_margin_loss(A, A[:, :2], A),
    lambda: nn.triplet_margin_loss(A, A, A[:4]),
    lambda: nn.max_unpool1d(POOLED, AT[..., :2], 2),
]
ARGUMENTS: list[Callable[..., Any]] = [
    lambda: nn.wkv(A, A, ONES, ONES, (1, 2)),  # type: ignore[arg-type]
    lambda: nn.wkv(A, A, ONES, ONES, nn.wkv_init(ONES), parallel=True),
    lambda: nn.wkv_cell(A[0], A[0], 3, ONES, ONES),  # type: ignore[arg-type]
    lambda: nn.max_unpool1d(POOLED, AT, 2, output_size=(3,)),
    lambda: nn.max_unpool1d(POOLED, AT, 2, output_size=(100,)),
    lambda: nn.dropout(A, 0.5, rng=gl.random.key(0)),
    lambda: nn.dropout(A, 0.5, rng=3),
    lambda: nn.dropout(A, 0.5, gl.random.key(0)),  # type: ignore[arg-type]
    lambda: nn.alpha_dropout(A, 0.5, rng=gl.random.key(0)),
]


@pytest.mark.parametrize("call", SHAPES)
def test_shapes_that_do_not_fit_are_shape_errors(call: Callable[..., Any]) -> None:
    with pytest.raises(ShapeError):
        call()


@pytest.mark.parametrize("call", ARGUMENTS)
def test_what_stands_in_the_wrong_place_is_told(call: Callable[..., Any]) -> None:
    with pytest.raises(ArgumentError):
        call()


def test_a_traced_call_says_the_same() -> None:
    with pytest.raises(ShapeError, match="prelu: 4 weights for axis 1"):
        gl.compile(nn.prelu)(A, np.ones(4))
    with pytest.raises(ShapeError, match="wkv: w"):
        gl.compile(nn.wkv)(A, A, np.ones(4), ONES)
    with pytest.raises(ShapeError, match="triplet_margin_loss"):
        gl.compile(nn.triplet_margin_loss)(A, A[:, :2], A)


def test_what_broadcasts_still_does() -> None:
    assert nn.prelu(A, np.ones(1)).shape == nn.prelu(A, np.float64(0.5)).shape == A.shape
    assert nn.prelu(A[0], np.ones(3)).shape == (3,)
    assert nn.wkv(A, A, 0.5, ONES)[0].shape == A.shape
    assert np.isfinite(nn.triplet_margin_loss(A, A, A[:1]))
    assert nn.max_unpool1d(POOLED, AT, 2, output_size=(1, 2, 7)).shape == (1, 2, 7)


@pytest.mark.parametrize("shift", [-2, -6, 6])
def test_a_place_that_no_pool_gives_is_an_index_error(shift: int) -> None:
    with pytest.raises(IndexOutOfRange, match="max_unpool1d: index"):
        nn.max_unpool1d(POOLED, AT + shift, 2)
    with pytest.raises(DtypeError):
        nn.max_unpool1d(POOLED, AT * 1.0, 2)
    for name in BACKENDS:
        run = gl.compile(lambda x, at: nn.max_unpool1d(x, at, 2), backend=installed(name))
        np.testing.assert_array_equal(run(POOLED, AT), nn.max_unpool1d(POOLED, AT, 2))
        with pytest.raises(IndexError):
            run(POOLED, AT + shift)
