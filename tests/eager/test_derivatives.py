"""Derivatives of what was recorded, where torch's own rules are at stake."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import gradloom.eager as gt


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with gt.local():
        yield


def _leaf(*values: float) -> gt.Tensor:
    return gt.tensor(list(values), requires_grad=True)


def test_two_backward_passes_add_up() -> None:
    x = _leaf(1.0, 2.0)
    (x * x).sum().backward()
    (x * 3).sum().backward()
    assert x.grad.tolist() == [5.0, 7.0]


def test_a_slice_has_a_derivative() -> None:
    x = _leaf(1.0, 2.0, 3.0)
    (x[1:] * x[:-1]).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 2.0]


def test_an_index_taken_twice_counts_twice() -> None:
    x = _leaf(1.0, 2.0, 3.0)
    x[gt.tensor([0, 0, 2])].sum().backward()
    assert x.grad.tolist() == [2.0, 0.0, 1.0]


def test_a_value_that_was_looked_at_still_has_derivatives() -> None:
    x = _leaf(1.0, 2.0)
    y = x.exp()
    y.detach().numpy()
    loss = (y * y).sum()
    before = loss.item()
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.exp(2 * np.array([1.0, 2.0])), rtol=1e-6)
    assert before == pytest.approx(float(loss))


def test_a_second_pass_needs_retain_graph() -> None:
    x = _leaf(1.0, 2.0)
    kept = (x * x).sum()
    kept.backward(retain_graph=True)
    kept.backward()
    assert x.grad.tolist() == [4.0, 8.0]
    with pytest.raises(RuntimeError, match="second time"):
        kept.backward()


def test_no_grad_records_nothing() -> None:
    x = _leaf(1.0)
    with gt.no_grad():
        y = x * 2
    assert not y.requires_grad
    assert y.is_leaf

    @gt.no_grad()
    def f() -> gt.Tensor:
        return x * 2

    assert not f().requires_grad
    assert (x * 2).requires_grad


def test_a_detached_tensor_is_a_constant() -> None:
    x = _leaf(3.0)
    (x * x.detach()).sum().backward()
    assert x.grad.tolist() == [3.0]


def test_leaves_are_updated_in_place_without_history() -> None:
    x = _leaf(1.0, 2.0)
    for _ in range(3):
        (x * x).sum().backward()
        with gt.no_grad():
            x -= 0.25 * x.grad
        x.grad = None
    assert x.is_leaf
    assert x.requires_grad
    assert x.tolist() == [0.125, 0.25]
    with pytest.raises(RuntimeError, match="leaf"):
        x += 1


def test_data_is_changed_without_history() -> None:
    x = _leaf(1.0, 2.0)
    x.data -= 1
    assert x.tolist() == [0.0, 1.0]
    (x * x).sum().backward()
    assert x.grad.tolist() == [0.0, 2.0]


def test_changes_in_place_are_part_of_the_history() -> None:
    x = _leaf(1.0, 2.0, 3.0)
    y = x * 2
    y[0] = 7.0
    y[1:] *= x[1:]
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 8.0, 12.0]


def test_hooks_see_and_change_derivatives() -> None:
    x = _leaf(1.0, 2.0)
    seen: list[list[float]] = []
    y = x * 3
    y.register_hook(lambda g: seen.append(g.tolist()))
    handle = x.register_hook(lambda g: g * 10)
    (y * y).sum().backward()
    assert seen == [[6.0, 12.0]]
    assert x.grad.tolist() == [180.0, 360.0]
    handle.remove()
    x.grad = None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_result_keeps_its_derivative_where_asked() -> None:
    x = _leaf(1.0, 2.0)
    y = x * 3
    y.retain_grad()
    (y * y).sum().backward()
    assert y.grad.tolist() == [6.0, 12.0]


def test_grad_gives_derivatives_and_leaves_grad_alone() -> None:
    x, y = _leaf(2.0), _leaf(5.0)
    gx, gy = gt.autograd.grad((x * x * y).sum(), [x, y])
    assert (gx.tolist(), gy.tolist(), x.grad) == ([20.0], [4.0], None)
    with pytest.raises(ValueError, match="not used"):
        gt.autograd.grad((x * x).sum(), [x, y])
    gx, none = gt.autograd.grad((x * x).sum(), [x, y], allow_unused=True)
    assert none is None


def test_second_derivatives_are_those_of_the_first() -> None:
    x = _leaf(0.3, 0.7)
    y = (gt.tanh(x) * gt.sin(x)).sum()
    (g,) = gt.autograd.grad(y, x, create_graph=True)
    (h,) = gt.autograd.grad(g.sum(), x, create_graph=True)
    (third,) = gt.autograd.grad(h.sum(), x)
    z = np.array([0.3, 0.7])
    t, s, c = np.tanh(z), np.sin(z), np.cos(z)
    d = 1 - t * t
    np.testing.assert_allclose(g.detach().numpy(), d * s + t * c, rtol=1e-5)
    np.testing.assert_allclose(h.detach().numpy(), -2 * t * d * s + 2 * d * c - t * s, rtol=1e-5)
    dd = -2 * t * d
    ddd = -2 * d * d - 2 * t * dd
    np.testing.assert_allclose(third.numpy(), ddd * s + 3 * dd * c - 3 * d * s - t * c, rtol=1e-4)


def test_a_gradient_penalty_trains() -> None:
    w = gt.tensor([[0.5, -0.3], [0.2, 0.8]], requires_grad=True)
    x = gt.tensor([[1.0, 2.0]], requires_grad=True)
    (g,) = gt.autograd.grad(gt.sigmoid(x @ w).sum(), x, create_graph=True)
    (g * g).sum().backward()

    def penalty(weights: np.ndarray) -> float:
        s = 1 / (1 + np.exp(-np.array([[1.0, 2.0]]) @ weights))
        return float((((s * (1 - s)) @ weights.T) ** 2).sum())

    start = np.array([[0.5, -0.3], [0.2, 0.8]])
    for i, j in np.ndindex(2, 2):
        step = np.zeros((2, 2))
        step[i, j] = 1e-5
        slope = (penalty(start + step) - penalty(start - step)) / 2e-5
        assert w.grad[i, j].item() == pytest.approx(slope, rel=1e-3)


def test_backward_says_what_it_lacks() -> None:
    with pytest.raises(RuntimeError, match="does not require grad"):
        gt.ones(3).sum().backward()
    with pytest.raises(RuntimeError, match="scalar"):
        (_leaf(1.0, 2.0) * 2).backward()
    x = _leaf(1.0, 2.0)
    (x * 2).backward(gt.tensor([1.0, 10.0]))
    assert x.grad.tolist() == [2.0, 20.0]
    with pytest.raises(TypeError, match="floats"):
        gt.tensor([1, 2], requires_grad=True)


def test_long_programs_are_sent_in_parts_and_have_the_same_derivatives() -> None:
    x = _leaf(1.0)
    y = x
    for _ in range(2000):
        y = y * 1.001
    y.sum().backward()
    assert x.grad.item() == pytest.approx(1.001**2000, rel=1e-4)
