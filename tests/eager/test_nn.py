"""Layers, losses and optimizers give torch's numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

import gradloom.eager as gt
from tests.eager.twins import run_both

pytestmark = pytest.mark.framework
RNG = np.random.default_rng(5)
X = RNG.normal(size=(4, 6)).astype(np.float32)
Y = RNG.uniform(0.05, 0.95, (4, 6)).astype(np.float32)
CLASSES = np.array([0, 5, 2, 2])


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with gt.local():
        yield


@pytest.mark.parametrize("text", [
    *[f"F.{name}(x * 3)" for name in (
        "relu", "sigmoid", "tanh", "silu", "mish", "selu", "logsigmoid", "softsign", "relu6",
        "tanhshrink", "hardsigmoid", "hardswish", "gelu", "leaky_relu", "elu", "softplus",
        "hardtanh", "glu", "normalize")],
    "F.gelu(x, approximate='tanh')", "F.leaky_relu(x, 0.2)", "F.elu(x, 0.5)", "F.softmax(x, dim=1)",
    "F.softplus(x, 2.0)", "F.log_softmax(x, 0)", "F.linear(x, y, y[:, 0])", "F.linear(x, y)",
    "F.mse_loss(x, y)", "F.mse_loss(x, y, reduction='none')", "F.l1_loss(x, y, reduction='sum')",
    "F.binary_cross_entropy(y, (x > 0).float())",
    "F.binary_cross_entropy_with_logits(x * 50, y)", "F.smooth_l1_loss(x, y, beta=0.5)",
    "F.huber_loss(x, y, delta=0.7)", "F.kl_div(F.log_softmax(x, 1), y, reduction='batchmean')",
    "F.cross_entropy(x, m.tensor([0, 5, 2, 2]))", "F.cross_entropy(x, F.softmax(y, dim=1))",
    "F.cross_entropy(x, m.tensor([0, -100, 2, 2]))",
    "F.cross_entropy(x, m.tensor([0, 1, 2, 2]), weight=m.arange(6.0), reduction='sum')",
    "F.nll_loss(x, m.tensor([1, 1, 0, 2]), reduction='none')",
    "F.cross_entropy(x.reshape(2, 3, 4), m.tensor([[0, 1, 2, 0], [1, 1, 2, 2]]))",
    "F.layer_norm(x, (6,), y[0], y[1])", "F.embedding(m.tensor([[0, 3], [1, 1]]), x)",
    "F.one_hot(m.tensor([0, 2]), 4)", "F.dropout(x, 0.5, training=False)",
    "F.scaled_dot_product_attention(x[None], y[None], (x + y)[None])",
    "F.scaled_dot_product_attention(x[None], y[None], y[None], is_causal=True)",
])  # fmt: skip
def test_functional_is_torchs(text: str) -> None:
    def program(m: Any, x: Any, y: Any) -> Any:
        return eval(text, {"m": m, "F": m.nn.functional, "x": x, "y": y})

    run_both(program, [X, Y], grad=True)


def _model(m: Any) -> Any:
    nn = m.nn
    return nn.Sequential(nn.Linear(6, 8, bias=False), nn.BatchNorm1d(8), nn.Tanh(), nn.LayerNorm(8),
                         nn.Linear(8, 6, bias=False))  # fmt: skip


@pytest.mark.parametrize(("name", "options"), [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "betas": (0.8, 0.9)}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.1}),
])  # fmt: skip
def test_training_goes_torchs_way(name: str, options: dict[str, Any]) -> None:
    torch.manual_seed(0)
    theirs, ours = _model(torch), _model(gt)
    ours.load_state_dict({k: gt.from_numpy(v.numpy()) for k, v in theirs.state_dict().items()})
    theirs_opt = getattr(torch.optim, name)(theirs.parameters(), **options)
    ours_opt = getattr(gt.optim, name)(ours.parameters(), **options)
    for _ in range(6):
        losses = []
        for m, model, opt, make in (
            (gt, ours, ours_opt, gt.from_numpy),
            (torch, theirs, theirs_opt, torch.from_numpy),
        ):
            opt.zero_grad()
            loss = m.nn.functional.cross_entropy(model(make(X)), make(CLASSES))
            loss.backward()
            opt.step()
            losses.append(loss.item())
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    state = ours.state_dict()
    assert list(state) == list(theirs.state_dict())
    for key, value in theirs.state_dict().items():
        np.testing.assert_allclose(state[key].numpy(), value.numpy(), rtol=2e-3, atol=2e-4)
    ours.eval()
    theirs.eval()
    with gt.no_grad(), torch.no_grad():
        np.testing.assert_allclose(
            ours(gt.from_numpy(X)).numpy(), theirs(torch.from_numpy(X)).numpy(),
            rtol=2e-3, atol=2e-4,
        )  # fmt: skip


def test_a_step_whose_numbers_change_is_one_program() -> None:
    from gradloom.eager.home import here

    w = gt.nn.Parameter(gt.ones(3))
    opt = gt.optim.Adam([w], lr=0.1)
    for i in range(6):
        opt.param_groups[0]["lr"] = 0.1 / (i + 1)
        opt.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        opt.step()
        loss.item()
    assert len(here()._programs) <= 2


def test_a_module_lists_what_it_has() -> None:
    class Net(gt.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = gt.nn.Linear(2, 3)
            self.scale = gt.nn.Parameter(gt.ones(3))
            self.register_buffer("seen", gt.zeros(1))

        def forward(self, x: gt.Tensor) -> gt.Tensor:
            return self.first(x) * self.scale

    net = Net()
    assert [n for n, _ in net.named_parameters()] == ["scale", "first.weight", "first.bias"]
    assert list(net.state_dict()) == ["scale", "seen", "first.weight", "first.bias"]
    assert isinstance(net.scale, gt.nn.Parameter)
    assert not isinstance(net.seen, gt.nn.Parameter)
    net(gt.ones(4, 2)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    assert not net.eval().first.training
    net.double()
    assert net(gt.ones(1, 2, dtype=gt.float64)).dtype == gt.float64
    with pytest.raises(KeyError, match=r"first\.bias"):
        net.load_state_dict({"scale": gt.ones(3)})
    with pytest.raises(ValueError, match="differ"):
        net(gt.ones(4, 5, dtype=gt.float64))


def test_dropout_keeps_the_mean_and_rests_outside_of_training() -> None:
    gt.manual_seed(0)
    layer = gt.nn.Dropout(0.25)
    dropped = layer(gt.ones(10_000))
    assert (dropped == 0).sum().item() == pytest.approx(2_500, rel=0.1)
    assert dropped.mean().item() == pytest.approx(1.0, rel=0.05)
    assert layer.eval()(gt.ones(5)).tolist() == [1.0] * 5


@pytest.mark.parametrize("norm_type", [2.0, 1.0, float("inf")])
def test_gradients_are_clipped_as_torchs(norm_type: float) -> None:
    found = []
    for m in (gt, torch):
        ps = [m.tensor([3.0, 4.0], requires_grad=True), m.tensor([1.0], requires_grad=True)]
        sum((p * p).sum() for p in ps).backward()
        total = m.nn.utils.clip_grad_norm_(ps, 1.5, norm_type)
        found.append([total.item(), *[v for p in ps for v in p.grad.tolist()]])
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_tensors_are_saved_and_loaded(tmp_path: Path) -> None:
    model = gt.nn.Linear(3, 2)
    gt.save(model.state_dict(), tmp_path / "model.safetensors")
    other = gt.nn.Linear(3, 2)
    other.load_state_dict(gt.load(tmp_path / "model.safetensors"))
    assert gt.equal(model.weight, other.weight)
    assert gt.equal(model.bias, other.bias)
    with pytest.raises(FileNotFoundError):
        gt.load(tmp_path / "nothing")
    (tmp_path / "bad").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(ValueError, match="no safetensors"):
        gt.load(tmp_path / "bad")
    with pytest.raises(ValueError, match="nothing else"):
        gt.save({"epoch": 3}, tmp_path / "state")
