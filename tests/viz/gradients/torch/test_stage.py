"""Derivatives between cuts, both ways, where torch offers them and where it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradloom as gl
from gradloom.viz.gradients import slopes

torch = pytest.importorskip("torch")

from gradloom.viz.gradients.torch.elementwise import is_elementwise  # noqa: E402 - so is this
from gradloom.viz.gradients.torch.stage import TorchStage  # noqa: E402 - after the question
from tests.viz.gradients.torch.nets import loss  # noqa: E402 - so is this
from tests.viz.gradients.ways import check_sums  # noqa: E402 - so is this

pytestmark = pytest.mark.framework


class Doubled(torch.autograd.Function):  # type: ignore[misc] # it has no types
    """`[x, x * x]`; how its derivative is written is the subclass's."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return torch.cat([x, x * x])


class Hidden(Doubled):
    """The derivative is right, and torch's record of it is not."""

    @staticmethod
    def backward(ctx: Any, ct: Any) -> Any:
        (x,) = ctx.saved_tensors
        a, b = ct.chunk(2)
        return a + 2 * x * b.detach()


class Outside(Doubled):
    """The derivative is computed by numpy, so that no batch of them can be."""

    @staticmethod
    def backward(ctx: Any, ct: Any) -> Any:
        (x,) = ctx.saved_tensors
        a, b = np.split(ct.numpy(), 2)
        return torch.tensor(a + 2 * x.numpy() * b)


@pytest.mark.parametrize("function", [Hidden, Outside], ids=["hidden", "outside"])
@pytest.mark.parametrize("work", [1 << 24, 1])
def test_a_derivative_that_only_goes_back_is_never_taken_forward(
    function: Any, work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slopes, "WORK", work)
    x = torch.tensor([1.0, -2.0, 3.0])
    shown = gl.viz.gradients(lambda x: function.apply(x), x, loss=loss)
    links = shown.links("input", 1)[0]
    assert (links.sources.tolist(), links.targets.tolist()) == ([1, 1], [1, 4])
    np.testing.assert_allclose(links.slopes, [1.0, -4.0])
    if work > 1:
        check_sums(shown, 1e-6)


def stage(f: Any, x: Any) -> TorchStage:
    leaf = x.requires_grad_()
    return TorchStage("y", f(leaf), ("x",), [leaf])


def test_pushed_and_pulled_slopes_are_the_same_numbers() -> None:
    x = torch.randn(3, dtype=torch.float64)
    w = torch.randn(3, 4, dtype=torch.float64)
    made = stage(lambda x: torch.softmax(x @ w, 0), x)
    pulled = made.pull(np.eye(4))[0]
    np.testing.assert_allclose(made.push(0, np.eye(3)), pulled.T, atol=1e-14)


@pytest.mark.parametrize(
    ("f", "wanted"),
    [
        (lambda x: torch.relu(x * 2) + torch.sigmoid(x), True),
        (lambda x: torch.nn.functional.gelu(x).clamp(-1, 1), True),
        (lambda x: x.add(1).relu_(), True),
        (lambda x: x + x.T, False),
        (lambda x: x.tanh().flip(0), False),
        (lambda x: x * x.sum(), False),
        (lambda x: x[:1] + x, False),
        (lambda x: torch.softmax(x, 0), False),
        (lambda x: Hidden.apply(x)[:2], False),
        (lambda x: x.unsqueeze(0) + x.unsqueeze(1), False),
    ],
)  # fmt: skip
def test_only_what_is_computed_element_by_element_is_said_to_be(f: Any, wanted: bool) -> None:
    x = torch.randn(2, 2, dtype=torch.float64)
    shown = gl.viz.gradients(f, x, loss=loss)
    whole = torch.autograd.functional.jacobian(f, x).numpy().reshape(-1, 4).T
    (flow,) = (flow for flow in shown.flows if flow.target == "output")
    slopes_ = np.zeros_like(whole)
    slopes_[flow.sources, flow.targets] = flow.slopes
    np.testing.assert_allclose(slopes_, whole, atol=1e-14)
    leaf = x.clone().requires_grad_()
    assert is_elementwise(f(leaf.clone()), [leaf]) is wanted


def test_a_source_without_slope_is_zero_both_ways() -> None:
    made = stage(lambda x: torch.floor(x) + 0 * x, torch.randn(3))
    assert not made.pull(np.eye(3, dtype=np.float32))[0].any()
    assert not made.push(0, np.eye(3, dtype=np.float32)).any()


def test_numbers_that_are_none_are_carried() -> None:
    shown = gl.viz.gradients(lambda x: torch.sqrt(x).sum(), torch.tensor([1.0, 0.0, -1.0]))
    values = shown.layers[0].gradient
    assert values[0] == 0.5
    assert np.isinf(values[1])
    assert np.isnan(values[2])


def test_weights_that_changed_since_are_told_when_links_are_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slopes, "WORK", 1)
    net = torch.nn.Linear(3, 2)
    shown = gl.viz.gradients(net, torch.ones(1, 3), loss=loss)
    with torch.no_grad():
        net.weight += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        shown.links("input", 0)
    assert shown.render().links("input", 0)
