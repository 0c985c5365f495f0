"""Strides are torch's, so that what is a view there is one here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch

import gradloom.eager as gt
from gradloom.eager.elementwise import ASKING, FLOATING, FLOATING_PAIRS, KEEPING
from gradloom.eager.layouts import FOLLOWING
from tests.eager.programs import FLOATS, PAIRS

pytestmark = pytest.mark.framework


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with gt.local():
        yield


def strides(x: Any) -> tuple[int, ...] | None:
    """Those along axes longer than 1, which alone say where elements are."""
    if not isinstance(x, gt.Tensor | torch.Tensor):
        return None
    return tuple(s for s, n in zip(x.stride(), x.shape, strict=True) if n > 1)


def results(x: Any) -> list[Any]:
    return list(x) if isinstance(x, tuple | list) else [x]


def assert_lies_like_torchs(text: str, *axes: tuple[int, ...]) -> None:
    """The expression of permuted tensors has torch's strides."""
    found = []
    for m in (gt, torch):
        given = []
        for i, order in enumerate(axes):
            shape = [(4, 3), (2, 3, 4)][len(order) - 2]
            array = np.linspace(0.1, 0.9, int(np.prod(shape))).reshape(shape) + i
            given.append(m.tensor(array.tolist()).permute(*order))
        names = dict(zip("xy", given, strict=False))
        found.append([strides(r) for r in results(eval(text, {"m": m, **names}))])
    assert found[0] == found[1]


OTHERWISE = (
    "2 ** x", "m.pow(2.0, x)",  # row by row in torch, as no other function of numbers and tensors
    "x.topk(2)", "x.topk(2, dim=0, largest=False)",  # ours are parts of all that was sorted
    "x[m.tensor(1)]",  # a view in torch
    "(x > 0.3).nonzero()", "m.addmm(x[:, :3], x, x.T, beta=2, alpha=3)",
)  # fmt: skip
"""Expressions whose results lie otherwise in torch."""


@pytest.mark.parametrize("text", [text for text in FLOATS if text not in OTHERWISE])
def test_what_is_made_of_a_transposed_tensor_lies_as_torchs(text: str) -> None:
    try:
        eval(text, {"m": torch, "x": torch.rand(4, 3).T})
    except RuntimeError as error:
        pytest.skip(str(error)[:60])
    assert_lies_like_torchs(text, (1, 0))


@pytest.mark.parametrize("text", PAIRS)
def test_what_is_made_of_two_tensors_lies_as_torchs(text: str) -> None:
    assert_lies_like_torchs(text, (1, 0), (0, 1))


CUBES = (
    "x + y", "y * x", "x + y[0]", "x[0] + y", "x[:, :1] - y[:1]", "m.where(x > y, x, y)",
    "(x + 1).reshape(-1)", "(x + 1).permute(2, 0, 1) * y.permute(2, 0, 1)", "x.sum(0)", "y.sum(2)",
    "x.mean(1, keepdim=True) + y", "x.clone()", "x.contiguous()",
    "x[:, None].expand(-1, 2, -1, -1)",
    "x[:, None].expand(-1, 2, -1, -1) + 1", "m.sort(x, 1)", "x.cumsum(0)", "x.softmax(0)",
    "x @ y.transpose(1, 2)", "m.linalg.inv(x[:, :2, :2] @ y[:, :2, :2].transpose(1, 2))",
    "x.to(m.float64)", "m.flip(x, (0,))", "x.masked_fill(y > 0.5, 0)", "m.zeros_like(x)",
    "x.std(0)",
)  # fmt: skip


@settings(deadline=None, max_examples=20)
@given(order=st.permutations(range(3)))
@pytest.mark.parametrize("text", CUBES)
def test_three_axes_in_any_order_lie_as_torchs(text: str, order: list[int]) -> None:
    assert_lies_like_torchs(text, tuple(order), tuple(order))


def test_what_follows_is_what_the_tables_of_functions_have() -> None:
    assert {*FLOATING, *FLOATING_PAIRS, *KEEPING, *ASKING} <= FOLLOWING


def test_a_reshape_of_what_was_made_of_a_transpose_is_a_copy() -> None:
    for m in (gt, torch):
        x = m.arange(6).reshape(2, 3).T + 1
        x.reshape(-1).zero_()
        assert x.tolist() == [[1, 4], [2, 5], [3, 6]]
        x.T.reshape(-1).zero_()
        assert not x.any()
        y = m.ones(2, 3).T.exp().sin() * 2
        assert y.stride() == (1, 3)
        assert m.linalg.inv(m.eye(2)).stride() == (1, 2)


def test_a_call_that_is_remembered_lies_as_the_first() -> None:
    for _ in range(3):
        x = gt.ones(2, 3).T
        assert x.exp().stride() == (1, 3)
        assert (x + x).sin().stride() == (1, 3)
        assert x.contiguous().exp().stride() == (2, 1)
