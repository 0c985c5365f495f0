"""Modules that write, share, compile and recompute, cut into layers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import gradloom as gl

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402 - after the question whether it is there

from tests.viz.gradients.torch.nets import (  # noqa: E402 - so is this
    check_against_torch,
    loss,
)
from tests.viz.gradients.ways import check_sums  # noqa: E402 - so is this

pytestmark = pytest.mark.framework


def names(shown: Any) -> list[str]:
    return [layer.name for layer in shown.layers][1:-2]


def test_what_is_written_over_a_layer_leaves_the_layer_as_it_was() -> None:
    net = nn.Sequential(nn.Linear(3, 5), nn.ReLU(inplace=True), nn.Linear(5, 2))
    x = torch.randn(2, 3)
    shown = gl.viz.gradients(net, x, loss=loss)
    np.testing.assert_allclose(shown.layer("0").activation, net[0](x).detach())
    assert (shown.layer("0").activation < 0).any()
    check_sums(shown, 1e-6)


def test_a_module_called_for_what_it_writes_is_no_layer_and_nothing_is_lost() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear, self.relu = nn.Linear(3, 3), nn.ReLU(inplace=True)

        def forward(self, x: Any) -> Any:
            y = self.linear(x)
            self.relu(y)
            return y * x

    net, x = Net(), torch.randn(2, 3)
    shown = gl.viz.gradients(net, x, loss=loss)
    leaf = x.clone().requires_grad_()
    (own,) = torch.autograd.grad(loss(net(leaf)), [leaf])
    np.testing.assert_allclose(shown.layers[0].gradient, own, atol=1e-6)
    assert names(shown) == ["linear"]


def test_modules_that_carry_their_input_are_passed_over_or_cut_when_named() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Identity(), nn.Unflatten(1, (2, 2)), nn.Flatten())
    net.append(nn.Dropout().eval()).append(nn.Tanh()).double()
    x = torch.randn(2, 3, dtype=torch.float64)
    assert names(check_against_torch(net, x)) == ["0", "5"]
    assert names(check_against_torch(net, x, layers=["1", "3", "4"])) == ["1", "3", "4"]


def test_a_view_that_is_written_to_by_another_name_is_told() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear, self.flat = nn.Linear(3, 3), nn.Flatten()

        def forward(self, x: Any) -> Any:
            y = self.linear(x)
            z = self.flat(y)
            y.mul_(2)
            return z * z

    x = torch.randn(2, 3)
    check_sums(gl.viz.gradients(Net(), x, loss=loss), 1e-5)  # `flat` carries: it is not cut
    with pytest.raises(gl.NotSupported, match="result differs"):
        gl.viz.gradients(Net(), x, loss=loss, layers=["flat"])


def test_what_does_not_lead_from_the_input_to_the_loss_is_no_layer() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.place, self.used = nn.Embedding(3, 3), nn.Linear(3, 3)
            self.frozen, self.spare = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x: Any) -> Any:
            with torch.no_grad():
                scale = self.frozen(x)
            self.spare(x)
            return self.used(x + self.place(torch.arange(3))) * scale

    x = torch.randn(3, 3, dtype=torch.float64)
    assert names(check_against_torch(Net().double(), x)) == ["used"]
    with pytest.raises(gl.ArgumentError, match="'spare' has no part"):
        gl.viz.gradients(Net().double(), x, layers=["spare"])


def test_compiled_modules_are_looked_into_as_they_were_written() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.compile(nn.Sequential(nn.Linear(3, 3), nn.GELU()))

        def forward(self, x: Any) -> Any:
            return self.body(x) * 2

    x = torch.randn(2, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own parts, when its compiler is loaded
        net = torch.compile(Net())
    shown = gl.viz.gradients(net, x, loss=loss)
    assert (shown.title, names(shown)) == ("Net", ["body.0", "body.1"])
    check_sums(shown, 1e-6)


def test_checkpointed_parts_are_recomputed_without_cuts() -> None:
    from torch.utils.checkpoint import checkpoint

    class Net(nn.Module):
        def __init__(self, reentrant: bool) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
            self.reentrant = reentrant

        def forward(self, x: Any) -> Any:
            return checkpoint(self.body, x, use_reentrant=self.reentrant)

    x = torch.randn(2, 3, dtype=torch.float64)
    assert names(check_against_torch(Net(False).double(), x)) == ["body.0", "body.1"]
    with pytest.raises(RuntimeError, match="use_reentrant"):
        gl.viz.gradients(Net(True).double(), x)


def test_parametrized_modules_and_transformers_have_their_layers() -> None:
    from torch.nn.utils.parametrizations import weight_norm

    x = torch.randn(1, 2, 4, dtype=torch.float64)
    net = nn.Sequential(weight_norm(nn.Linear(4, 4)), nn.Tanh()).double()
    assert names(check_against_torch(net, x)) == ["0", "1"]
    layer = nn.TransformerEncoderLayer(4, 2, 6, batch_first=True).double().eval()
    shown = check_against_torch(layer, x)
    assert names(shown) == ["self_attn[0]", "norm1", "linear1", "linear2", "norm2"]


def test_what_other_threads_run_meanwhile_is_not_cut() -> None:
    from concurrent.futures import ThreadPoolExecutor

    other = nn.Linear(3, 3)

    class Net(nn.Module):
        def forward(self, x: Any) -> Any:
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(other, x).result() * x

    shown = gl.viz.gradients(Net(), torch.randn(2, 3), loss=loss)
    assert names(shown) == []
    check_sums(shown, 1e-6)


def test_a_module_that_takes_derivatives_itself_is_shown_without_layers() -> None:
    class Force(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.energy = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))

        def forward(self, x: Any) -> Any:
            return torch.autograd.grad(self.energy(x).sum(), x, create_graph=True)[0]

    net, x = Force().double(), torch.randn(2, 3, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="appears to not have been used"):
        gl.viz.gradients(net, x, loss=loss)
    assert names(check_against_torch(net, x, layers=[])) == []
