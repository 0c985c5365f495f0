"""Calls that are made again give what the first gave, on their own values."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import gradloom.eager as gt
from gradloom.eager.home import here

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def _local() -> Iterator[None]:
    with gt.local():
        yield


def _both(f: Callable[[Any, Any], Any]) -> None:
    """Three rounds on other numbers each, in gradloom and torch."""
    rng = np.random.default_rng(0)
    for _ in range(3):
        data = rng.standard_normal((3, 4)).astype(np.float32)
        made = f(gt, gt.from_numpy(data.copy())).detach().numpy()
        due = f(torch, torch.from_numpy(data.copy())).detach().numpy()
        np.testing.assert_allclose(made, due, rtol=1e-5, atol=1e-6)


def _trained(m: Any, x: Any) -> Any:
    w = x.detach().clone().requires_grad_()
    v = x.detach().clone().requires_grad_()
    loss = ((w * v).tanh() @ (w + w).T).softmax(1).log().sum() + (w[1:] * 2.0).sum()
    loss.backward()
    return w.grad + v.grad


def _same_derivatives(m: Any, x: Any) -> Any:
    w = x.detach().clone().requires_grad_()
    y = w * 1
    z = y + (y + 1)  # of the same derivative, and then of two
    z = z + (y + z * 2)
    (m.where(w > 0, y, y + 1) + m.where(w > 0, y * 2, z)).sum().backward()
    return w.grad


def _masked(m: Any, x: Any) -> Any:
    return x[x > 0].sum() + m.masked_select(x, x < 0).mean()


def _in_place(m: Any, x: Any) -> Any:
    y = x.T
    y[0] += 1
    x.view(12)[3:5] = 7
    y *= y.reshape(12).max()
    return x


def _twice(m: Any, x: Any) -> Any:
    w = x.detach().clone().requires_grad_()
    y = (w * w * w).sum()
    (g,) = m.autograd.grad(y, w, create_graph=True)
    return m.autograd.grad((g * w).sum(), w)[0]


def _without(m: Any, x: Any) -> Any:
    w = x.detach().clone().requires_grad_()
    y = w * 3.0
    with m.no_grad():
        z = w * 3.0
    assert (y.requires_grad, z.requires_grad) == (True, False)
    y.sum().backward()
    return w.grad + z


def _pairs(m: Any, x: Any) -> Any:
    values, places = x.max(dim=1)
    parts = x.split(2, dim=1)
    return values + places.to(m.float32) + parts[0].sum() * parts[1].mean()


@pytest.mark.parametrize(
    "f", [_trained, _same_derivatives, _masked, _in_place, _twice, _without, _pairs]
)
def test_rounds_on_other_numbers_agree_with_torch(f: Callable[[Any, Any], Any]) -> None:
    _both(f)


def test_numbers_that_are_equal_and_mean_other_things_are_told_apart() -> None:
    x = gt.ones(2) + gt.tensor([0.0, 1.0])
    for _ in range(2):
        assert np.signbit((x * -0.0).numpy()).all()
        assert not np.signbit((x * 0.0).numpy()).any()
        assert (gt.tensor([1, 2]) * 2).dtype == "int64"
        assert (gt.tensor([1, 2]) * 2.0).dtype == "float32"
        assert (gt.tensor([True]) * True).dtype == "bool"
        assert (gt.tensor([True]) * 1).dtype == "int64"


def test_the_same_tensor_twice_is_not_two_equal_ones() -> None:
    for _ in range(2):
        x = gt.tensor([1.0, 2.0], requires_grad=True)
        y = gt.tensor([1.0, 2.0], requires_grad=True)
        (x * y).sum().backward()
        (x * x).sum().backward()
        assert x.grad.tolist() == [3.0, 6.0]
        assert y.grad.tolist() == [1.0, 2.0]


def test_numbers_written_in_place_of_tensors_are_told_apart() -> None:
    for _ in range(2):
        assert (gt.ones(2) + gt.full((2,), 3.0)).tolist() == [4.0, 4.0]
        assert (gt.zeros(2) + gt.full((2,), 3.0)).tolist() == [3.0, 3.0]


def test_what_is_remembered_keeps_no_tensor() -> None:
    def round_() -> None:
        x = gt.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        y = x.T[:, 0].reshape(1, 2).expand(3, 2)
        (y * x.detach()[0]).sum().backward()
        assert x.grad.tolist() == [[3.0, 6.0], [0.0, 0.0]]

    round_()
    gc.collect()
    before = len(here().tensors)
    for _ in range(5):
        round_()
    gc.collect()
    assert len(here().tensors) == before


def test_the_line_of_an_error_is_that_of_the_call() -> None:
    x, bad = gt.ones(2, 3), gt.ones(4, 5)
    for _ in range(2):
        with pytest.raises(gt.errors.ShapeError, match="inner sizes differ") as caught:
            x @ bad
        assert "x @ bad" in str(caught.value)
